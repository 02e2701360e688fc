"""Compares transcripts for a program, and writes reports as text."""

import os
from collections.abc import Iterable, Iterator

from dialogs.api.scenarios import PathOf
from dialogs.compare import Comparison, compare
from dialogs.errors import WrongUseError
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import BLANK, Part, page
from dialogs.reports.terminal import Terminal
from dialogs.reports.transcript_text import transcript_parts
from dialogs.sameness import Metric, Sameness
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts


def compare_transcripts(
    baseline: PathOf | Iterable[Transcript],
    candidate: PathOf | Iterable[Transcript],
    *,
    metric: str = "exact",
    threshold: float | None = None,
    ignore: Iterable[str] = (),
) -> Comparison:
    """Compare two sets of transcripts, each a file or what `play` returned, turn by turn.

    `metric` is `exact` or `lexical`, with the likeness of 0 to 1 from which on replies are the same as `threshold`;
    what the regular expressions and JSON paths in `ignore` match does not count. `fails()` of what is returned says
    whether `dialogs diff` would exit with 1.

    Raises:
        UnreadableTranscriptError: a file cannot be read.
        WrongUseError: a side holds one dialogue twice, or a rule cannot be read.
    """
    if metric not in (Metric.EXACT, Metric.LEXICAL):
        raise WrongUseError(f'metric is "{metric}"; wanted exact or lexical (dialogs diff has semantic too)')
    return compare(
        _transcripts(baseline), _transcripts(candidate), Sameness(Metric(metric), threshold).ignoring(ignore)
    )


def _transcripts(side: PathOf | Iterable[Transcript]) -> Iterable[Transcript]:
    return read_transcripts(os.fspath(side)) if isinstance(side, str | os.PathLike) else side


def report(what: Comparison | Transcript | Iterable[Transcript], *, full: bool = False) -> str:
    """Write a comparison, or transcripts, as text for people, harmless to a terminal; long texts whole if `full`."""
    if isinstance(what, Comparison):
        return page(comparison_parts(what, full=full), Terminal())
    return page(_pages([what] if isinstance(what, Transcript) else what), Terminal())


def _pages(transcripts: Iterable[Transcript]) -> Iterator[Part]:
    for number, transcript in enumerate(transcripts):
        if number:
            yield BLANK
        yield from transcript_parts(transcript)
