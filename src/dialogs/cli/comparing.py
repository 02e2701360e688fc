"""Reads two transcript files and compares them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from dialogs.cli.reporting import Compared
from dialogs.cli.sameness_flags import configured_rules, words_of
from dialogs.compare import Comparison, Label, compare
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.reports.commands import ComparedFiles
from dialogs.sameness import Sameness
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts


def compare_files(
    baseline: Path, candidate: Path, sameness: Sameness, config: str | None, fail_on: frozenset[Label]
) -> Compared:
    """Compare under the rules given and the configuration's.

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
    comparison = compare_transcripts(before, read_transcripts(candidate), sameness, config)
    files = ComparedFiles(str(baseline), str(candidate), words_of(sameness, config))
    return Compared(comparison, files, fail_on)


def compare_transcripts(
    baseline: Sequence[Transcript], candidate: Iterable[Transcript], sameness: Sameness, config: str | None
) -> Comparison:
    """Compare under the rules given and the configuration's.

    Raises:
        InvalidFilesError: anything is wrong in the configuration.
        WrongUseError: a side holds one dialogue twice.
    """
    place = baseline[0].place if baseline else None
    return compare(baseline, candidate, sameness.ignoring(configured_rules(config, [place or ""])))
