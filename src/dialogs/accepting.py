"""What accepting makes of a baseline: which dialogues enter it in which place, which stay and which leave."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dialogs.transcript import Outcome, Transcript, TurnRecord


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the baseline that stays; `line` counts from 0."""

    line: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A dialogue of the candidate that enters the baseline as this variant, in the place of `replaced` lines."""

    id: str
    variant: int = 1
    replaced: tuple[int, ...] = ()


Slot: TypeAlias = Kept | Taken


def refusal(transcript: Transcript) -> str | None:
    """Say why a dialogue cannot be accepted; None where it can."""
    if transcript.error is not None:
        return f"error in turn {transcript.error.turn} ({transcript.error.kind})"
    if transcript.outcome in {Outcome.ERROR, Outcome.INTERRUPTED}:
        return str(transcript.outcome)
    if transcript.is_pinned:
        return "played on the baseline's history alone, so that it is no dialogue of its own"
    return None


def accepted(transcript: Transcript, variant: int = 1) -> Transcript:
    """Return what a baseline keeps of a dialogue: nothing that was asked on an earlier baseline's history."""
    pinned = transcript.baseline_sha256 is not None
    turns = tuple(_own(turn, pinned=pinned) for turn in transcript.turns)
    return replace(transcript, variant=variant, turns=turns, baseline_sha256=None)


def _own(turn: TurnRecord, *, pinned: bool) -> TurnRecord:
    """Leave resamples only where they answer the dialogue's own request."""
    resamples = () if pinned and turn.pinned is not None else turn.resamples
    return replace(turn, pinned=None, confirmations=(), resamples=resamples)


def merged(
    baseline: Sequence[tuple[str, int]],
    pairs: Sequence[tuple[str, str | None]],
    *,
    taken: Collection[str],
    removed: Collection[str],
    beside: bool,
) -> list[Slot]:
    """Put the new baseline together: its order is the old one's, and what is new stands in the candidate's order.

    `baseline` has id and variant of each line, `pairs` the id of each dialogue of the candidate in its order, and that
    of the baseline's that it is held against. `taken` are ids of the candidate's, `removed` of the baseline's. A taken
    dialogue replaces all variants of its pair, or stands behind them where `beside`.
    """
    lines: dict[str, list[int]] = {}
    for number, (name, _variant) in enumerate(baseline):
        lines.setdefault(name, []).append(number)
    entering = {old: new for new, old in pairs if old is not None and new in taken}
    follow, first = _followers([(new, old) for new, old in pairs if old is not None or new in taken])
    slots: list[Slot] = []
    for number, (name, _variant) in enumerate(baseline):
        if number == lines[name][0] and name == first:
            slots += follow.get(None, ())
        if name not in removed:
            slots += _slots_of(number, lines[name], entering.get(name), beside=beside)
        if number == lines[name][-1]:
            if beside and name in entering:
                slots.append(Taken(entering[name], max(baseline[each][1] for each in lines[name]) + 1))
            slots += follow.get(name, ())
    return slots if first is not None else [*slots, *follow.get(None, ())]


def _slots_of(number: int, lines: Sequence[int], entering: str | None, *, beside: bool) -> Iterator[Slot]:
    if entering is None or beside:
        yield Kept(number)
    elif number == lines[0]:
        yield Taken(entering, replaced=tuple(lines))


def _followers(pairs: Sequence[tuple[str, str | None]]) -> tuple[Mapping[str | None, list[Taken]], str | None]:
    """Say which new dialogues come behind which one of the baseline's (None: before the first of these)."""
    follow: dict[str | None, list[Taken]] = {}
    anchor: str | None = None
    first: str | None = None
    for new, old in pairs:
        if old is None:
            follow.setdefault(anchor, []).append(Taken(new))
        else:
            anchor = old
            first = first or old
    return follow, first
