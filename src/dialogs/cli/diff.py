"""`dialogs diff`: its flags."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options, sameness_flags
from dialogs.sameness import Metric


class Format(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    JSON = "json"


def diff(
    baseline: Annotated[
        Path, typer.Argument(help="The transcripts to compare with.", metavar="BASELINE", show_default=False)
    ],
    candidate: Annotated[
        Path, typer.Argument(help="The transcripts to judge.", metavar="CANDIDATE", show_default=False)
    ],
    *,
    format_: Annotated[Format, typer.Option("--format", help="How to write the comparison.")] = Format.TEXT,
    metric: sameness_flags.MetricFlag = Metric.EXACT,
    threshold: sameness_flags.Threshold = None,
    ignore: sameness_flags.Ignore = None,
    normalize: sameness_flags.Normalize = None,
    config: options.ConfigurationPath = None,
    full: Annotated[bool, typer.Option("--full", help="Show long texts and long lists whole.")] = False,
) -> None:
    """Say which turns changed between two transcript files, and how.

    Exit code 1 where something differs, has an error on a side, or is missing from the candidate.
    """
    from dialogs.cli.comparing import print_comparison  # noqa: PLC0415 - what --help does not need

    sameness = sameness_flags.sameness_of(metric, threshold, ignore, normalize)
    fails = print_comparison(baseline, candidate, sameness, config, as_json=format_ is Format.JSON, full=full)
    raise typer.Exit(1 if fails else 0)
