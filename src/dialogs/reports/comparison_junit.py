"""A comparison as a JUnit file: a test case for each dialogue."""

from collections.abc import Collection, Iterator
from typing import Final, Literal

from dialogs.compare import Comparison, DialogueComparison, Label
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.dialogue_text import dialogue_parts
from dialogs.reports.junit import JUnitCase, Problem, junit
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from dialogs.reports.verdicts import headline, labels_of, scenario_of

_WIDTH: Final = 100


def comparison_junit(comparison: Comparison, files: ComparedFiles, fail_on: Collection[Label]) -> str:
    """Write the comparison; a dialogue fails where it, a turn or an expectation of it has a label of `fail_on`."""
    properties = [("baseline", files.baseline), ("candidate", files.candidate)]
    properties += [("accept", files.accept)] if comparison.is_acceptable and files.accept else []
    return junit(_cases(comparison, fail_on, files), suite="dialogs diff", properties=properties)


def _cases(comparison: Comparison, fail_on: Collection[Label], files: ComparedFiles) -> Iterator[JUnitCase]:
    for dialogue in comparison.dialogues:
        group = scenario_of(dialogue.id)
        text = _text(dialogue) if dialogue.differs else ""
        failing = [label for label in labels_of(dialogue) if label in fail_on]
        if not failing:
            yield JUnitCase(group, dialogue.id, output=text)
            continue
        element: Literal["failure", "error"] = "error" if failing[0] is Label.ERROR else "failure"
        accept = f"\nTo accept: {files.accept}\n" if dialogue.is_acceptable and files.accept else ""
        problem = Problem(element, failing[0].value, headline(dialogue), f"{text}{accept}")
        yield JUnitCase(group, dialogue.id, problem)


def _text(dialogue: DialogueComparison) -> str:
    _name, *parts = dialogue_parts(dialogue, full=True)
    place = f"{dialogue.place}\n" if dialogue.place else ""
    return place + page(parts, Terminal(_WIDTH))
