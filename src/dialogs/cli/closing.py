"""The end of a run with a baseline: what changed, on stderr, as `dialogs diff` of the two files would say it later."""

import os
import sys
from collections.abc import Iterator

import typer

from dialogs.arms.baselines import Baselines
from dialogs.cli.output import stderr_terminal
from dialogs.cli.reporting import Compared
from dialogs.compare import Label, compare
from dialogs.replaying import Replay
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.reports.terminal import is_log_of_ci, unheeded
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts


def compared_with_baseline(job: Replay, fail_on: frozenset[Label]) -> Compared | None:
    """Compare what a run has played with its baseline; None where it has none.

    Of the baseline only those dialogues count that were to be played, where that was a part of them or was stopped.
    """
    plan = job.plan
    if plan is None or plan.baselines is None:
        return None
    played = {transcript.id for transcript in read_transcripts(job.output)}
    is_whole = not plan.is_of_part and all(dialogue.id in played for dialogue in job.dialogues)
    before = iter(plan.baselines) if is_whole else _of_played(plan.baselines, job, played)
    comparison = compare(before, read_transcripts(job.output), plan.rules.sameness)
    return Compared(comparison, ComparedFiles(str(plan.baselines.path), str(job.output)), fail_on)


def _of_played(baselines: Baselines, job: Replay, played: set[str]) -> Iterator[Transcript]:
    for dialogue in job.dialogues:
        if dialogue.id in played:
            yield from baselines.of(dialogue)


def print_comparison(compared: Compared) -> None:
    """Write a comparison to stderr."""
    lines = draw(comparison_parts(compared.comparison, accept=compared.files.accept), stderr_terminal())
    for line in map(unheeded, lines) if is_log_of_ci(os.environ) else lines:
        typer.echo(line, file=sys.stderr)
