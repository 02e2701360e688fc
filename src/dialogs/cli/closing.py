"""The end of a run with a baseline: what changed, on stderr, as `dialogs diff` of the two files would say it later."""

import os
import sys
from contextlib import ExitStack

import typer

from dialogs.arms.baselines import Baselines
from dialogs.cli.output import stderr_terminal
from dialogs.cli.report_flags import ReportFlags
from dialogs.cli.reporting import Compared, Sides
from dialogs.cli.sameness_flags import Meaning, words_of
from dialogs.comparing import compare_files
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.replaying import Replay
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.reports.terminal import is_log_of_ci, unheeded


def compared_with_baseline(job: Replay, reports: ReportFlags, files: ExitStack) -> Compared | None:
    """Compare what a run has played with its baseline; None where it has none.

    Of the baseline only those dialogues count that were to be played, where that was a part of them or was stopped.
    `files` are to stay open as long as the comparison is looked at.
    """
    plan = job.plan
    if plan is None or plan.baselines is None:
        return None
    played = IndexedTranscripts(open_transcripts(job.output, files), str(job.output))
    baseline = _counting(plan.baselines, job, played, is_part=plan.is_of_part)
    comparison = compare_files(baseline, played, plan.rules.sameness)
    flags = words_of(reports.sameness, reports.configuration, Meaning())
    names = ComparedFiles(str(plan.baselines.path), str(job.output), flags)
    return Compared(comparison, names, reports.fail_on, Sides(baseline, played))


def _counting(baselines: Baselines, job: Replay, played: IndexedTranscripts, *, is_part: bool) -> IndexedTranscripts:
    """Return those of a baseline's dialogues that count."""
    ids = {line.id for line in played.lines}
    if not is_part and all(dialogue.id in ids for dialogue in job.dialogues):
        return baselines.transcripts
    counting = {line for dialogue in job.dialogues if dialogue.id in ids for line in baselines.lines_of(dialogue)}
    return baselines.transcripts.only(counting)


def print_comparison(compared: Compared) -> None:
    """Write a comparison to stderr."""
    lines = draw(comparison_parts(compared.comparison, accept=compared.files.accept), stderr_terminal())
    for line in map(unheeded, lines) if is_log_of_ci(os.environ) else lines:
        typer.echo(line, file=sys.stderr)
