"""Reads two transcript files and prints what changed between them."""

from pathlib import Path

from dialogs.cli.output import stdout_terminal, write_lines
from dialogs.cli.sameness_flags import configured_rules
from dialogs.compare import compare
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.reports.comparison_json import comparison_json
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.sameness import Sameness
from dialogs.transcript_files import read_transcripts


def print_comparison(
    baseline: Path, candidate: Path, sameness: Sameness, config: str | None, *, as_json: bool, full: bool
) -> bool:
    """Print the comparison under the rules given and the configuration's; say whether it fails.

    Raises:
        NothingSelectedError: the baseline holds nothing to compare with.
        UnreadableTranscriptError: a file cannot be read.
        InvalidFilesError: anything is wrong in the configuration.
        WrongUseError: both are standard input, or a file holds one dialogue twice.
    """
    if str(baseline) == str(candidate) == "-":
        raise WrongUseError("only one of the two files can be -, standard input")
    before = list(read_transcripts(baseline))
    if not before:
        raise NothingSelectedError(f"{baseline}: no dialogue in this file to compare with")
    rules = sameness.ignoring(configured_rules(config, [before[0].place or ""]))
    comparison = compare(before, read_transcripts(candidate), rules)
    if as_json:
        write_lines([comparison_json(comparison)], is_data=True)
    else:
        write_lines(draw(comparison_parts(comparison, full=full), stdout_terminal()))
    return comparison.fails()
