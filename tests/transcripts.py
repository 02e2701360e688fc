"""Transcripts made by hand, with every arm of their turns as a test wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dialogs.transcript import (
    ArmRecord,
    CompletionRecord,
    ExpectationRecord,
    Outcome,
    Transcript,
    TranscriptError,
    TurnRecord,
)

LATE = TranscriptError(0, "timeout", "late")


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn: the live reply, None for none; `pinned` is the reply beside, an error, or None where none was asked."""

    live: str | None
    pinned: str | TranscriptError | None = None
    confirmations: Sequence[str] = ()
    resamples: Sequence[str] = ()
    expectations: Sequence[ExpectationRecord] = ()
    user: str = ""


def completion(reply: int) -> CompletionRecord:
    return CompletionRecord(reply, "0" * 64, "stop")


def arm(reply: str | TranscriptError, *script: str) -> ArmRecord:
    said = tuple({"role": "user", "content": text} for text in script)
    if isinstance(reply, TranscriptError):
        return ArmRecord(script=said, error=reply)
    return ArmRecord(({"role": "assistant", "content": reply},), (completion(0),), said)


def asked(*turns: str | Asked, against: Transcript | None = None, alone: bool = False, **changes: object) -> Transcript:
    """Make a transcript of turns; it ends in an error at the first turn without a live reply.

    `against` is the baseline that it was played against, `alone` on its history alone.
    """
    messages: list[Mapping[str, str]] = []
    records: list[TurnRecord] = []
    error: TranscriptError | None = None
    for number, turn in enumerate((Asked(turn) if isinstance(turn, str) else turn for turn in turns), 1):
        user = turn.user or f"question {number}"
        completions: tuple[CompletionRecord, ...] = ()
        if error is None:
            messages.append({"role": "user", "content": user})
        if turn.live is not None:
            completions = (completion(len(messages)),)
            messages.append({"role": "assistant", "content": turn.live})
        elif error is None and not alone:
            error = replace(LATE, turn=number)
        records.append(
            TurnRecord(
                number,
                completions,
                pinned=None if turn.pinned is None else arm(turn.pinned, user),
                confirmations=tuple(arm(reply) for reply in turn.confirmations),
                resamples=tuple(arm(reply) for reply in turn.resamples),
                expectations=tuple(turn.expectations),
            )
        )
    made = Transcript(
        id="talk@scripted#0",
        scenario="talk",
        model="scripted",
        outcome=Outcome.ERROR if error else Outcome.COMPLETED,
        messages=tuple(messages),
        turns=tuple(records),
        error=error,
        baseline_sha256=against.stable_sha256 if against else None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]
