"""Which dialogues `dialogs accept` takes: all that are new, those of some ids, or those that a person says yes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Final

from dialogs.accepting import accepted, refusal
from dialogs.cli.reviewing import review
from dialogs.cli.sameness_flags import Meaning
from dialogs.compare import Comparison, DialogueComparison, Label
from dialogs.encoding import JsonValue, canonical
from dialogs.errors import NothingSelectedError
from dialogs.indexed_transcripts import IndexedTranscripts, stable_line
from dialogs.reports.verdicts import scenario_of
from dialogs.sameness import Sameness
from dialogs.selection import is_like
from dialogs.transcript import Outcome, Transcript

_MOST_NAMED: Final = 5
_MOST_SEARCHED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be accepted, and how."""

    select: tuple[str, ...] = ()
    review: bool = False
    variant: bool = False
    prune: bool = False
    scenarios: tuple[str, ...] = ()
    sameness: Sameness = field(default_factory=Sameness)
    meaning: Meaning = field(default_factory=Meaning)
    configuration: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What enters by the candidate's ids, what leaves by the baseline's, and what neither does nor should stay so.

    `unmet` are those among the taken with an expectation that is; `refused` are dialogues that were not completed, with
    the reason; `gone` are the baseline's that would be pruned. `paired` gives the baseline's id for the candidate's.
    """

    taken: frozenset[str]
    removed: frozenset[str]
    unmet: Sequence[str]
    refused: Sequence[tuple[str, str]]
    gone: Sequence[str]
    paired: Mapping[str, str] = field(repr=False)

    def pairs(self, candidate: Iterable[str]) -> list[tuple[str, str | None]]:
        """Give each of the candidate's ids with its pair."""
        return [(name, self.paired.get(name)) for name in candidate]


def choose(comparison: Comparison, candidate: IndexedTranscripts, baseline: IndexedTranscripts, wish: Wish) -> Chosen:
    """Choose among the dialogues of a comparison.

    Raises:
        NothingSelectedError: no dialogue has an id that was selected.
        InvalidFilesError: the scenarios that say what may stay cannot be read.
    """
    chooser = _Chooser(candidate, baseline, wish)
    for dialogue in comparison.dialogues:
        chooser.look_at(dialogue)
    return chooser.chosen()


class _Chooser:
    """Sorts the dialogues of a comparison, one after the other."""

    def __init__(self, candidate: IndexedTranscripts, baseline: IndexedTranscripts, wish: Wish) -> None:
        self._candidate = candidate
        self._baseline = baseline
        self._wish = wish
        self._known = _known_cases(wish)
        self._paired: dict[str, str] = {}
        self._new: dict[str, DialogueComparison | None] = {}  # with what is to be shown, where it is
        self._unmet: set[str] = set()
        self._gone: list[DialogueComparison] = []
        self._refused: list[tuple[str, str]] = []
        self._selected = 0
        self._names: list[str] = []

    def look_at(self, dialogue: DialogueComparison) -> None:
        """Take note of one dialogue."""
        if dialogue.candidate_id and dialogue.baseline_id:
            self._paired[dialogue.candidate_id] = dialogue.baseline_id
        self._names.append(dialogue.id)
        if not self._is_selected(dialogue):
            return
        self._selected += 1
        if dialogue.label is Label.MISSING:
            if self._is_gone(dialogue):
                self._gone.append(dialogue)
        elif dialogue.is_new or dialogue.candidate_error or self._is_more_resampled(dialogue):
            self._look_at_new(dialogue)

    def _is_more_resampled(self, dialogue: DialogueComparison) -> bool:
        """Say whether the candidate alone tells how much its replies differ from themselves."""
        before, after = (self._baseline.lines_of(dialogue.baseline_id), self._candidate.lines_of(dialogue.candidate_id))
        return any(line.is_resampled for line in after) and not any(line.is_resampled for line in before)

    def _is_selected(self, dialogue: DialogueComparison) -> bool:
        if not self._wish.select:
            return True
        ids = [name for name in (dialogue.candidate_id, dialogue.baseline_id) if name]
        names = [*ids, *(name.partition("@")[0] for name in ids), *map(scenario_of, ids)]
        return any(is_like(name, glob) for name in names for glob in self._wish.select)

    def _look_at_new(self, dialogue: DialogueComparison) -> None:
        transcript = self._candidate.named(dialogue.id)
        reason = refusal(transcript)
        if reason is not None:
            self._refused.append((dialogue.id, reason))
        elif dialogue.label is not Label.SAME or not self._is_there(dialogue, transcript):
            self._new[dialogue.id] = dialogue if self._wish.review else None
            self._unmet |= {dialogue.id} if transcript.outcome is Outcome.UNMET else set()

    def _is_there(self, dialogue: DialogueComparison, transcript: Transcript) -> bool:
        """Say whether the baseline has the dialogue to the byte, as where resamples are on an earlier history."""
        lines = self._baseline.lines_of(dialogue.baseline_id)
        return len(lines) == 1 and self._baseline.data(lines[0]) == stable_line(accepted(transcript))

    def _is_gone(self, dialogue: DialogueComparison) -> bool:
        if not self._wish.scenarios:
            return True
        transcript = self._baseline.named(dialogue.id)
        return (transcript.scenario, canonical(transcript.case)) not in self._known

    def chosen(self) -> Chosen:
        """Give what is chosen, having asked where that was wanted."""
        if not self._selected:
            raise NothingSelectedError(self._nothing())
        pruned = self._gone if self._wish.prune else []
        taken, removed = frozenset(self._new), frozenset(one.id for one in pruned)
        if self._wish.review:
            shown = [*filter(None, self._new.values()), *pruned]
            said_yes = review(shown, self._candidate, self._baseline)
            taken, removed = taken & said_yes, removed & said_yes
        return Chosen(
            taken=taken,
            removed=removed,
            unmet=sorted(taken & self._unmet),
            refused=self._refused,
            gone=[one.id for one in self._gone if one.id not in removed],
            paired=self._paired,
        )

    def _nothing(self) -> str:
        globs = ", ".join(self._wish.select)
        names = self._names[:_MOST_SEARCHED]
        scenarios = dict.fromkeys(scenario_of(name) for name in names)
        near = get_close_matches(self._wish.select[0], [*scenarios, *names], n=1)
        there = ", ".join(islice(self._names, _MOST_NAMED))
        return f"--select {globs}: no dialogue is named so; " + (
            f'did you mean "{near[0]}"?' if near else f"there are {there}"
        )


def _known_cases(wish: Wish) -> frozenset[tuple[str, bytes]]:
    """Load the scenarios that say what may stay; give each with the values of its cases."""
    if not wish.scenarios:
        return frozenset()
    from dialogs.loading import load  # noqa: PLC0415 - slow to import, and rarely wanted

    scenarios, _configuration = load(wish.scenarios, wish.configuration, environ=None)
    known: set[tuple[str, bytes]] = set()
    for scenario in scenarios:
        cases: list[JsonValue] = [dict(case.values) for case in scenario.cases] or [None]
        known |= {(scenario.id, canonical(case)) for case in cases}
    return frozenset(known)
