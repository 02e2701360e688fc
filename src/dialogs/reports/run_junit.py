"""A run as a JUnit file: a test case for each dialogue, by how it ended."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from dialogs.reports.junit import JUnitCase, Problem, junit
from dialogs.reports.outcomes import ended
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from dialogs.reports.transcript_text import transcript_parts
from dialogs.transcript import Outcome, Transcript

_WIDTH: Final = 100


def run_junit(transcripts: Callable[[], Iterable[Transcript]], file: str) -> str:
    """Write the transcripts of `file`: an unmet expectation is a failure, a dialogue that did not end an error."""
    return junit(_cases(transcripts()), suite="dialogs run", properties=[("transcripts", file)])


def _cases(transcripts: Iterable[Transcript]) -> Iterator[JUnitCase]:
    for transcript in transcripts:
        time_s = None if transcript.elapsed_ms is None else transcript.elapsed_ms / 1000
        yield JUnitCase(transcript.scenario, transcript.id, _problem(transcript), time_s=time_s)


def _problem(transcript: Transcript) -> Problem | None:
    if transcript.outcome is Outcome.COMPLETED:
        return None
    element: Literal["failure", "error"] = "failure" if transcript.outcome is Outcome.UNMET else "error"
    kind = transcript.error.kind if transcript.error else transcript.outcome.value
    return Problem(element, kind, ended(transcript), page(transcript_parts(transcript), Terminal(_WIDTH)))
