"""What was asked of a turn beside its live reply, for the page: on the baseline's history, and once more."""

from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.reports.page.view import CheckView, MessageView, check_views, message_view
from dialogs.reports.summary import count
from dialogs.transcript import ArmRecord, TranscriptError, TurnRecord


@dataclass(frozen=True, slots=True)
class ArmView:
    """One more asking: what came of it."""

    title: str
    messages: tuple[MessageView, ...]
    checks: tuple[CheckView, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class ArmsView:
    """All askings of one side, folded under one line."""

    title: str
    arms: tuple[ArmView, ...]


def arms_view(side: str, turn: TurnRecord | None) -> tuple[ArmsView, ...]:
    """Show what was asked beside; nothing where there is nothing. `side` names the side where there are two."""
    if turn is None or not (turn.pinned or turn.confirmations or turn.resamples):
        return ()
    parts = [
        *(["1 reply on the baseline's history"] if turn.pinned else []),
        *([count(len(turn.confirmations), "confirmation")] if turn.confirmations else []),
        *([count(len(turn.resamples), "resample")] if turn.resamples else []),
    ]
    return (ArmsView(f"{side}{', '.join(parts)}", tuple(_arms(turn))),)


def _arms(turn: TurnRecord) -> Iterator[ArmView]:
    if turn.pinned is not None:
        yield _arm("on the baseline's history", turn.pinned)
    for name, arms in (("confirmation", turn.confirmations), ("resample", turn.resamples)):
        for number, arm in enumerate(arms, 1):
            yield _arm(f"{name} {number} of {len(arms)}", arm)


def _arm(title: str, arm: ArmRecord) -> ArmView:
    completions = {completion.reply: completion for completion in arm.completions}
    messages = tuple(message_view(message, completions.get(n), None) for n, message in enumerate(arm.messages))
    return ArmView(title, messages, check_views(arm.expectations), "" if arm.error is None else error_text(arm.error))


def error_text(error: TranscriptError) -> str:
    """Say which turn failed, and why."""
    status = "" if error.status is None else f", HTTP {error.status}"
    return f"turn {error.turn} failed: {error.kind}{status}: {error.message}"
