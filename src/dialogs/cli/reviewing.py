"""`dialogs accept --review`: shows the dialogues one by one, and asks what is to become of each."""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from dialogs.cli.output import stdout_terminal, write_lines
from dialogs.compare import DialogueComparison
from dialogs.indexed_transcripts import IndexedTranscripts
from dialogs.reports.comparison_text import input_parts
from dialogs.reports.dialogue_text import dialogue_parts
from dialogs.reports.screen import BLANK, Part, draw, paragraph
from dialogs.reports.terminal import harmless_line
from dialogs.reports.transcript_text import transcript_parts

_QUESTION: Final = "[a]ccept, [s]kip, show [m]ore, [q]uit? "
_ANSWERS: Final = ("accept", "skip", "more", "quit")


def review(
    dialogues: Sequence[DialogueComparison], candidate: IndexedTranscripts, baseline: IndexedTranscripts
) -> frozenset[str]:
    """Ask for each dialogue, and return the ids of those to be taken; where the answers end, the rest is skipped.

    A KeyboardInterrupt is for the caller: what was chosen before it counts for nothing.
    """
    chosen = set()
    for number, dialogue in enumerate(dialogues, 1):
        question = f"({number} of {len(dialogues)}) {harmless_line(dialogue.id)}: "
        side = candidate if dialogue.candidate_id else baseline
        whole = [] if dialogue.baseline_id else [BLANK, *transcript_parts(side.named(dialogue.id))]
        _show([*_changes(dialogue, full=False), *whole])
        while (answer := _answer(question)) == "more":
            _show([*_changes(dialogue, full=True), BLANK, *transcript_parts(side.named(dialogue.id))])
        if answer == "quit":
            break
        if answer == "accept":
            chosen.add(dialogue.id)
    return frozenset(chosen)


def _changes(dialogue: DialogueComparison, *, full: bool) -> list[Part]:
    inputs = [part for each in dialogue.inputs for part in input_parts(each, full=full)]
    removes = [] if dialogue.candidate_id else [paragraph("accepting removes it from the baseline")]
    return [BLANK, *dialogue_parts(dialogue, full=full), *inputs, *removes]


def _show(parts: Iterable[Part]) -> None:
    write_lines(draw(parts, stdout_terminal()))


def _answer(question: str) -> str:
    """Ask until there is an answer; a first letter is enough, and where no more can come it is to quit."""
    try:
        while (given := _given(f"{question}{_QUESTION}")) is not None:
            for answer in _ANSWERS:
                if given and answer.startswith(given):
                    return answer
    except KeyboardInterrupt:
        sys.stderr.write("\nnothing was accepted\n")
        raise
    return "quit"


def _given(question: str) -> str | None:
    """Read one line of standard input; None at its end."""
    sys.stderr.write(question)
    sys.stderr.flush()
    data = b"" if sys.stdin is None else sys.stdin.buffer.readline()  # None is Python's way to say that it is closed
    if not data:
        sys.stderr.write("\n")
        return None
    return data.decode("utf-8", "replace").strip().lower()
