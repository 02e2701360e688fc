"""Reads two transcript files and prints what changed between them."""

from pathlib import Path

from dialogs.cli.output import stdout_terminal, write_lines
from dialogs.compare import compare
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.reports.comparison_json import comparison_json
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.transcript_files import read_transcripts


def print_comparison(baseline: Path, candidate: Path, *, as_json: bool, full: bool) -> bool:
    """Print the comparison; say whether it fails.

    Raises:
        NothingSelectedError: the baseline holds nothing to compare with.
        UnreadableTranscriptError: a file cannot be read.
        WrongUseError: both are standard input, or a file holds one dialogue twice.
    """
    if str(baseline) == str(candidate) == "-":
        raise WrongUseError("only one of the two files can be -, standard input")
    before = list(read_transcripts(baseline))
    if not before:
        raise NothingSelectedError(f"{baseline}: no dialogue in this file to compare with")
    comparison = compare(before, read_transcripts(candidate))
    if as_json:
        write_lines([comparison_json(comparison)], is_data=True)
    else:
        write_lines(draw(comparison_parts(comparison, full=full), stdout_terminal()))
    return comparison.fails()
