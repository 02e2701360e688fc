"""The turns of the two sides of a dialogue, found again in each other's scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialogs.compare.aligning import align
from dialogs.compare.replies import text_of
from dialogs.encoding import JsonObject
from dialogs.model_text import ModelText
from dialogs.transcript import Outcome, Transcript, TurnRecord

_ENDED_EARLY = frozenset({Outcome.ERROR, Outcome.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class SideTurn:
    """One turn of a side: what the user says, and the record of what was asked, which a scripted turn has not."""

    turn: int
    user: ModelText | None
    record: TurnRecord | None


@dataclass(frozen=True, slots=True)
class AlignedTurn:
    """A turn of both sides, or of one; `is_unreached` where the other side ended before it could have had it."""

    before: SideTurn | None
    after: SideTurn | None
    is_unreached: bool = False


def ended_early(transcript: Transcript) -> bool:
    """Say whether a dialogue has turns that were not asked."""
    return transcript.outcome in _ENDED_EARLY


def aligned_turns(baseline: Transcript, candidate: Transcript) -> list[AlignedTurn]:
    """Pair the turns of two sides, scripted ones too, in the order of the scripts."""
    before, after = turns_of(baseline), turns_of(candidate)
    pairs = align([_said(turn) for turn in before], [_said(turn) for turn in after])
    old_end = max((at for at, (old, _) in enumerate(pairs) if old is not None), default=-1)
    new_end = max((at for at, (_, new) in enumerate(pairs) if new is not None), default=-1)
    return [
        AlignedTurn(
            before=None if old is None else before[old],
            after=None if new is None else after[new],
            is_unreached=(at > new_end and ended_early(candidate)) or (at > old_end and ended_early(baseline)),
        )
        for at, (old, new) in enumerate(pairs)
    ]


def turns_of(transcript: Transcript) -> list[SideTurn]:
    """Return all turns, scripted ones too, in order."""
    users = [text_of(message.get("content")) for message in transcript.messages if message.get("role") == "user"]
    said = dict(enumerate(users, 1))
    records = {record.turn: record for record in transcript.turns}
    for number, record in records.items():  # what a live dialogue did not reach stands only in the pinned arm
        if number not in said and record.pinned:
            said[number] = _last_user(record.pinned.script)
    return [SideTurn(number, said.get(number), records.get(number)) for number in sorted({*said, *records})]


def _said(turn: SideTurn) -> str:
    return turn.user.raw if turn.user else ""


def _last_user(messages: Sequence[JsonObject]) -> ModelText | None:
    users = [message for message in messages if message.get("role") == "user"]
    return text_of(users[-1].get("content")) if users else None
