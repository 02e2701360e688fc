"""The types of a comparison: what every report is made from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialogs.compare.replies import Reply
from dialogs.model_text import ModelText
from dialogs.transcript import TranscriptError


class Label(StrEnum):
    """What became of a turn, or of a whole dialogue.

    `changed`: the first turn of a dialogue that differs, on the same replies so far. `unattributed`: a later one, which
    may differ for its own sake or because its history does. `error`: a side has no reply, which is no difference.
    """

    SAME = "same"
    CHANGED = "changed"
    UNATTRIBUTED = "unattributed"
    ERROR = "error"
    MISSING = "missing"
    ADDED = "added"


# What only the candidate has does no harm to what was accepted.
FAILING: Final = frozenset(Label) - {Label.SAME, Label.ADDED}


class Aspect(StrEnum):
    """In what two replies differ."""

    CONTENT = "content"
    REFUSAL = "refusal"
    TOOL_CALLS = "tool_calls"
    FINISH_REASON = "finish_reason"


class Input(StrEnum):
    """What goes into a dialogue, and is the likely cause where its replies differ."""

    MODEL = "model"
    SERVED_MODEL = "served_model"
    SYSTEM = "system"
    PARAMS = "params"
    EXTRA_BODY = "extra_body"
    TOOLS = "tools"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class InputDifference:
    """One thing that was put in differently; `name` is a parameter's or a turn's, None stands for absent."""

    input: Input
    name: str
    baseline: ModelText | None
    candidate: ModelText | None


@dataclass(frozen=True, slots=True)
class TurnComparison:
    """One turn of both sides.

    What the user says in it, and the replies, one a completion, are kept only where the turn is not the same.
    """

    turn: int
    label: Label
    user: ModelText | None = None
    aspects: tuple[Aspect, ...] = ()
    baseline: tuple[Reply, ...] = ()
    candidate: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueComparison:
    """One dialogue of both sides; an id is None, and the turns all missing or added, where a side has it not."""

    label: Label
    baseline_id: str | None
    candidate_id: str | None
    turns: tuple[TurnComparison, ...]
    inputs: tuple[InputDifference, ...] = ()
    baseline_error: TranscriptError | None = None
    candidate_error: TranscriptError | None = None

    @property
    def id(self) -> str:
        """The candidate's id, or the baseline's where the candidate has none."""
        return self.candidate_id or self.baseline_id or ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two transcript files against each other: the baseline's dialogues in their order, then what was added."""

    dialogues: tuple[DialogueComparison, ...]

    def turn_counts(self) -> Mapping[Label, int]:
        """Count the turns of each label."""
        return _in_order(Counter(turn.label for dialogue in self.dialogues for turn in dialogue.turns))

    def dialogue_counts(self) -> Mapping[Label, int]:
        """Count the dialogues of each label."""
        return _in_order(Counter(dialogue.label for dialogue in self.dialogues))

    def inputs(self) -> Sequence[tuple[InputDifference, int]]:
        """Give each difference of the inputs with the number of dialogues that have it, by kind, commonest first."""
        counts = Counter(difference for dialogue in self.dialogues for difference in dialogue.inputs)
        order = list(Input)
        return sorted(counts.items(), key=lambda item: (order.index(item[0].input), -item[1]))

    def fails(self, labels: frozenset[Label] = FAILING) -> bool:
        """Say whether a turn or a dialogue has one of `labels`."""
        return not labels.isdisjoint({*self.turn_counts(), *self.dialogue_counts()})


def _in_order(counts: Mapping[Label, int]) -> Mapping[Label, int]:
    return {label: counts[label] for label in Label if label in counts}
