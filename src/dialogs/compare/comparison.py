"""The types of a comparison: what every report is made from."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dialogs.compare.evidence import ExpectationChange, NoiseEvidence
from dialogs.compare.replies import Reply
from dialogs.labels import FAILING, Label
from dialogs.model_text import ModelText
from dialogs.sameness import Sameness
from dialogs.transcript import TranscriptError

# So many different differences are nobody's cause, and would fill the memory.
_MOST_INPUTS: Final = 10_000


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
    CASE = "case"
    SYSTEM = "system"
    PARAMS = "params"
    EXTRA_BODY = "extra_body"
    TOOLS = "tools"
    TOOL_RESULTS = "tool_results"
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

    `turn` is the candidate's number, or the baseline's where the turn is missing; `baseline_turn` is the baseline's
    where that is another. What the user says in it, and the replies, one a completion, are kept only where the turn is
    not the same. `candidate` is the live reply, `pinned` the one on the baseline's history, where that was asked
    beside. `reason` says what a label rests on. `similarity`, from 0 to 1, is that of the replies that the label is
    about, under the metric; `exact` gives none.
    """

    turn: int
    label: Label
    user: ModelText | None = None
    aspects: tuple[Aspect, ...] = ()
    baseline: tuple[Reply, ...] = ()
    candidate: tuple[Reply, ...] = ()
    baseline_turn: int | None = None
    pinned: tuple[Reply, ...] = ()
    pinned_error: TranscriptError | None = None
    reason: str = ""
    similarity: float | None = None
    expectations: tuple[ExpectationChange, ...] = ()
    noise: NoiseEvidence | None = None


@dataclass(frozen=True, slots=True)
class DialogueComparison:
    """One dialogue of both sides; an id is None, and the turns all missing or added, where a side has it not.

    `place` is where the scenario stands in its file. `notes` say what else a reader should know of the pair.
    `baseline_variant` is the accepted variant that it was compared with, where there are several. `is_whole` says that
    the candidate came to its end, and on its own replies.
    """

    label: Label
    baseline_id: str | None
    candidate_id: str | None
    turns: tuple[TurnComparison, ...]
    inputs: tuple[InputDifference, ...] = ()
    baseline_error: TranscriptError | None = None
    candidate_error: TranscriptError | None = None
    place: str | None = None
    notes: tuple[str, ...] = ()
    baseline_variant: int = 1
    is_whole: bool = True

    @property
    def id(self) -> str:
        """The candidate's id, or the baseline's where the candidate has none."""
        return self.candidate_id or self.baseline_id or ""

    @property
    def is_new(self) -> bool:
        """Whether the candidate says what the baseline does not: in its replies, or by what was put in."""
        if self.candidate_id is None:
            return False
        changes = (change.label for turn in self.turns for change in turn.expectations)
        return self.label is not Label.SAME or bool(self.inputs) or any(label is not Label.UNMET for label in changes)

    @property
    def is_acceptable(self) -> bool:
        """Whether a baseline can take it in, and would be another by it."""
        return self.is_new and self.is_whole and self.candidate_error is None

    @property
    def differs(self) -> bool:
        """Whether there is anything to say of it."""
        return self.label is not Label.SAME or any(turn.expectations for turn in self.turns)


@dataclass(slots=True)
class _Counts:
    dialogues: Counter[Label] = field(default_factory=Counter)
    turns: Counter[Label] = field(default_factory=Counter)
    expectations: Counter[Label] = field(default_factory=Counter)
    inputs: Counter[InputDifference] = field(default_factory=Counter)
    acceptable: int = 0

    def add(self, dialogue: DialogueComparison) -> None:
        self.dialogues[dialogue.label] += 1
        has_expectations = False
        for turn in dialogue.turns:
            self.turns[turn.label] += 1
            if turn.expectations:
                has_expectations = True
                self.expectations.update(change.label for change in turn.expectations)
        if has_expectations or dialogue.inputs or dialogue.label is not Label.SAME:  # as few are, of many
            self.acceptable += dialogue.is_acceptable
        for difference in dialogue.inputs:
            if len(self.inputs) < _MOST_INPUTS or difference in self.inputs:
                self.inputs[difference] += 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two transcript files against each other: the baseline's dialogues in their order, then what was added.

    `dialogues` can be iterated again, but perhaps not held in memory: large ones are compared anew each time.
    """

    dialogues: Collection[DialogueComparison]
    sameness: Sameness = field(default_factory=Sameness)
    baseline_models: tuple[str, ...] = ()
    candidate_models: tuple[str, ...] = ()
    _counts: _Counts = field(init=False, repr=False, compare=False, default_factory=_Counts)

    def __post_init__(self) -> None:
        """Count, in one pass."""
        for dialogue in self.dialogues:
            self._counts.add(dialogue)

    def differing(self) -> Iterator[DialogueComparison]:
        """Give the dialogues that there is something to say of."""
        return (dialogue for dialogue in self.dialogues if dialogue.differs)

    def turn_counts(self) -> Mapping[Label, int]:
        """Count the turns of each label."""
        return _in_order(self._counts.turns)

    def dialogue_counts(self) -> Mapping[Label, int]:
        """Count the dialogues of each label."""
        return _in_order(self._counts.dialogues)

    def expectation_counts(self) -> Mapping[Label, int]:
        """Count the expectations that are unmet on a side."""
        return _in_order(self._counts.expectations)

    @property
    def is_acceptable(self) -> bool:
        """Whether there is a dialogue that the baseline can take in."""
        return self._counts.acceptable > 0

    def inputs(self) -> Sequence[tuple[InputDifference, int]]:
        """Give each difference of the inputs with the number of dialogues that have it, by kind, commonest first.

        Of more than 10,000 different ones the first are given.
        """
        order = list(Input)
        return sorted(self._counts.inputs.items(), key=lambda item: (order.index(item[0].input), -item[1]))

    def fails(self, labels: frozenset[Label] = FAILING) -> bool:
        """Say whether a turn, a dialogue or an expectation has one of `labels`."""
        return not labels.isdisjoint({*self.turn_counts(), *self.dialogue_counts(), *self.expectation_counts()})


def _in_order(counts: Mapping[Label, int]) -> Mapping[Label, int]:
    return {label: counts[label] for label in Label if label in counts}
