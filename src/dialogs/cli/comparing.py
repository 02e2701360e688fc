"""Reads two transcript files and compares them."""

from contextlib import ExitStack
from pathlib import Path

from dialogs import comparing
from dialogs.cli.collecting import collector_off
from dialogs.cli.reporting import Compared, Sides
from dialogs.cli.sameness_flags import Meaning, configuration_for, configured_rules, words_of
from dialogs.compare import Comparison, Label
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.reports.commands import ComparedFiles
from dialogs.sameness import Metric, Sameness


def compare_files(
    files: ExitStack,
    baseline: Path,
    candidate: Path,
    *,
    sameness: Sameness,
    config: str | None,
    fail_on: frozenset[Label],
    meaning: Meaning,
) -> Compared:
    """Compare under the rules given and the configuration's; `files` are to stay open as long as it is looked at.

    Raises:
        NothingSelectedError: the baseline holds nothing to compare with.
        UnreadableTranscriptError: a file cannot be read.
        InvalidFilesError: anything is wrong in the configuration.
        WrongUseError: both are standard input, or a file holds one dialogue twice.
    """
    if str(baseline) == str(candidate) == "-":
        raise WrongUseError("only one of the two files can be -, standard input")
    with collector_off():
        before, after = (IndexedTranscripts(open_transcripts(path, files), str(path)) for path in (baseline, candidate))
        if not before.lines:
            raise NothingSelectedError(f"{baseline}: no dialogue in this file to compare with")
        comparison = compare_transcripts(before, after, sameness, config, meaning)
    return Compared(
        comparison,
        ComparedFiles(str(baseline), str(candidate), words_of(sameness, config, meaning)),
        fail_on,
        Sides(before, after),
    )


def compare_transcripts(
    baseline: IndexedTranscripts,
    candidate: IndexedTranscripts,
    sameness: Sameness,
    config: str | None,
    meaning: Meaning,
) -> Comparison:
    """Compare under the rules given and the configuration's; by meaning, once all that differs was asked for.

    Raises:
        InvalidFilesError: anything is wrong in the configuration.
        WrongUseError: a side holds one dialogue twice.
        IncompleteError: a likeness of meaning could not be had.
    """
    first = next(iter(candidate if candidate.lines else baseline), None)
    places = [first.place] if first and first.place else []
    rules = sameness.ignoring(configured_rules(config, places))
    if rules.metric is not Metric.SEMANTIC:
        return comparing.compare_files(baseline, candidate, rules)
    from dialogs.cli.meaning import Wanted, likenesses  # noqa: PLC0415 - slow to import, as all that asks

    wanted = Wanted()
    comparing.compare_files(baseline, candidate, rules, semantic=wanted)
    found = likenesses(wanted.pairs, meaning, configuration_for(config, places))
    return comparing.compare_files(baseline, candidate, rules, semantic=found)
