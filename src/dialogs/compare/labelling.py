"""The table of labels: from the live arm and the pinned arm, each held against the baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from dialogs.labels import Label


class State(Enum):
    """A reply held against the baseline's; ERROR also where a dialogue ended before the turn."""

    SAME = auto()
    DIFFERS = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label, what it rests on in a few words, and whether it is about the pinned reply."""

    label: Label
    reason: str = ""
    of_pinned: bool = False


_BOTH: Final[Mapping[tuple[State, State], Verdict]] = {
    (State.SAME, State.SAME): Verdict(Label.SAME),
    (State.SAME, State.DIFFERS): Verdict(
        Label.MASKED, "differs on the baseline's history, and an earlier change hides it on its own", of_pinned=True
    ),
    (State.SAME, State.ERROR): Verdict(Label.ERROR, "no reply on the baseline's history", of_pinned=True),
    (State.DIFFERS, State.SAME): Verdict(
        Label.KNOCK_ON, "the same on the baseline's history: a change before it made this one"
    ),
    (State.DIFFERS, State.DIFFERS): Verdict(Label.CHANGED, "differs on the baseline's history too", of_pinned=True),
    (State.DIFFERS, State.ERROR): Verdict(Label.ERROR, "no reply on the baseline's history", of_pinned=True),
    (State.ERROR, State.SAME): Verdict(
        Label.UNREACHED, "not reached on its own history; the same on the baseline's", of_pinned=True
    ),
    (State.ERROR, State.DIFFERS): Verdict(
        Label.CHANGED, "not reached on its own history; differs on the baseline's", of_pinned=True
    ),
    (State.ERROR, State.ERROR): Verdict(Label.ERROR, "no reply on either history", of_pinned=True),
}
_SHARED: Final[Mapping[State, Verdict]] = {
    State.SAME: Verdict(Label.SAME),
    State.DIFFERS: Verdict(Label.CHANGED, "differs on the same replies so far"),
    State.ERROR: Verdict(Label.ERROR, "no reply"),
}
_PINNED_ALONE: Final[Mapping[State, Verdict]] = {
    State.SAME: Verdict(Label.SAME, of_pinned=True),
    State.DIFFERS: Verdict(Label.CHANGED, "differs on the baseline's history", of_pinned=True),
    State.ERROR: Verdict(Label.ERROR, "no reply on the baseline's history", of_pinned=True),
}
_UNATTRIBUTED: Final = Verdict(
    Label.UNATTRIBUTED, "the replies before it differ too, and it was not asked on the baseline's history"
)
_NO_MORE: Final = "the sides differ no more than each from itself, asked again and again"
_MORE: Final = "asked again and again, the sides differ more than each from itself"
_UNSTABLE: Final = "asked once more on the same history, the candidate differs from itself"


def both(live: State, pinned: State) -> Verdict:
    """Judge a turn that was asked on both histories; an ERROR of `live` is also a turn that was not reached."""
    return _BOTH[live, pinned]


def pinned_alone(pinned: State) -> Verdict:
    """Judge a turn of a dialogue that was played on the baseline's history alone."""
    return _PINNED_ALONE[pinned]


def live_alone(live: State, *, same_history: bool) -> Verdict:
    """Judge a turn by its live reply: one that stands for both arms, or one beside which nothing was asked."""
    return _UNATTRIBUTED if live is State.DIFFERS and not same_history else _SHARED[live]


def confirmed(verdict: Verdict, *, repeats: bool) -> Verdict:
    """Judge anew by the replies to the same request: `repeats` says that all are the same as the first."""
    if repeats or verdict.label not in {Label.CHANGED, Label.MASKED}:
        return verdict
    return Verdict(Label.UNSTABLE, _UNSTABLE, verdict.of_pinned)


def tested(verdict: Verdict, *, differs: bool) -> Verdict:
    """Judge anew by the noise of both sides: `differs` says that they differ more than each does from itself."""
    if verdict.label is Label.ERROR:
        return verdict
    if not differs:
        weak = verdict.label in {Label.CHANGED, Label.MASKED, Label.UNSTABLE}
        return Verdict(Label.NOT_DISTINGUISHABLE, _NO_MORE, verdict.of_pinned) if weak else verdict
    if verdict.label is Label.MASKED:
        return verdict
    return Verdict(Label.CHANGED, _MORE, verdict.of_pinned)
