"""A comparison as annotations of GitHub's workflows, at the scenarios' lines."""

from collections.abc import Collection, Iterator
from heapq import nsmallest
from typing import Final

from dialogs.compare import Comparison, DialogueComparison, Label
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.dialogue_text import dialogue_parts
from dialogs.reports.screen import page
from dialogs.reports.summary import count
from dialogs.reports.terminal import Terminal
from dialogs.reports.verdicts import SEVERITY, headline, labels_of, spoken
from dialogs.reports.workflow_commands import Level, annotation

# GitHub shows no more of a step's; the last one counts all, and says how to accept.
_MOST: Final = 10
_WIDTH: Final = 100
_GOOD: Final = {Label.SAME, Label.ADDED, Label.FIX, Label.NOT_DISTINGUISHABLE}
_MOST_OF_A_TEXT: Final = 2_000


def comparison_github(comparison: Comparison, files: ComparedFiles, fail_on: Collection[Label]) -> Iterator[str]:
    """Give at most ten lines, the worst dialogues first, those with a label of `fail_on` as errors."""
    seen = 0

    def rank(dialogue: DialogueComparison) -> int:
        nonlocal seen
        seen += 1
        return SEVERITY.index(labels_of(dialogue)[0])

    worst = nsmallest(_MOST - 1, comparison.differing(), key=rank)
    for dialogue in worst:
        title = f"{dialogue.id}: {headline(dialogue)}"
        yield annotation(_level(dialogue, fail_on), _message(dialogue), title=title, place=_place(dialogue))
    yield annotation("notice", _counts(comparison, files, len(worst), seen), title="dialogs diff")


def _level(dialogue: DialogueComparison, fail_on: Collection[Label]) -> Level:
    labels = labels_of(dialogue)
    if not set(fail_on).isdisjoint(labels):
        return "error"
    return "warning" if set(labels) - _GOOD else "notice"


def _message(dialogue: DialogueComparison) -> str:
    _name, *parts = dialogue_parts(dialogue)
    text = page(parts, Terminal(_WIDTH))
    return text.strip() if len(text) <= _MOST_OF_A_TEXT else f"{text[:_MOST_OF_A_TEXT]}…"


def _place(dialogue: DialogueComparison) -> str | None:
    """Point at the first expectation that is unmet, or else at the scenario."""
    changes = (change for turn in dialogue.turns for change in turn.expectations if change.label is not Label.FIX)
    return next((change.place for change in changes if change.place), dialogue.place)


def _counts(comparison: Comparison, files: ComparedFiles, shown: int, seen: int) -> str:
    counts = comparison.dialogue_counts()
    total = count(sum(counts.values()), "dialogue")
    lines = [f"{total}: {', '.join(f'{number:,} {spoken(label)}' for label, number in counts.items())}"]
    if seen > shown:
        lines.append(f"{count(seen - shown, 'more dialogue')} without an annotation; {files.diff} shows all")
    if comparison.is_acceptable and files.accept:
        lines.append(f"To accept: {files.accept}")
    return "\n".join(lines)
