"""`dialogs diff`: its flags."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options, report_flags, sameness_flags
from dialogs.cli.report_flags import Format
from dialogs.sameness import Metric


def diff(
    baseline: Annotated[
        Path, typer.Argument(help="The transcripts to compare with.", metavar="BASELINE", show_default=False)
    ],
    candidate: Annotated[
        Path, typer.Argument(help="The transcripts to judge.", metavar="CANDIDATE", show_default=False)
    ],
    *,
    format_: Annotated[Format, typer.Option("--format", help="How to write the comparison.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to FILE, and not to stdout.")
    ] = None,
    fail_on: report_flags.FailOn = None,
    metric: sameness_flags.MetricFlag = Metric.EXACT,
    threshold: sameness_flags.Threshold = None,
    ignore: sameness_flags.Ignore = None,
    normalize: sameness_flags.Normalize = None,
    embedding_model: sameness_flags.EmbeddingModel = None,
    record: sameness_flags.RecordLikenesses = None,
    replay: sameness_flags.ReplayLikenesses = None,
    config: options.ConfigurationPath = None,
    full: Annotated[bool, typer.Option("--full", help="Show long texts and long lists whole.")] = False,
    no_pager: options.NoPager = False,
) -> None:
    """Say which turns changed between two transcript files, and how.

    Exit code 1 where something has one of the labels of --fail-on.
    """
    # Imported here, since --help needs none of it.
    from dialogs.cli.comparing import compare_files  # noqa: PLC0415
    from dialogs.cli.reporting import report  # noqa: PLC0415

    labels = report_flags.labels_to_fail_on(fail_on)
    sameness = sameness_flags.sameness_of(metric, threshold, ignore, normalize)
    meaning = sameness_flags.Meaning(embedding_model, record, replay)
    meaning.check(is_wanted=metric is Metric.SEMANTIC)
    with ExitStack() as files:
        compared = compare_files(
            files, baseline, candidate, sameness=sameness, config=config, fail_on=labels, meaning=meaning
        )
        report(compared, format_, output, full=full, no_pager=no_pager)
    raise typer.Exit(1 if compared.fails else 0)
