"""`dialogs diff`: says what changed between two transcript files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.output import stdout_terminal, write_lines


class Format(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    JSON = "json"


def diff(
    baseline: Annotated[Path, typer.Argument(help="The transcripts to compare with.", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help="The transcripts to judge.", show_default=False)],
    *,
    format_: Annotated[Format, typer.Option("--format", help="How to write the comparison.")] = Format.TEXT,
    full: Annotated[bool, typer.Option("--full", help="Show long texts and long lists whole.")] = False,
) -> None:
    """Say which turns changed between two transcript files, and how.

    Exit code 1 where something differs, has an error on a side, or is missing from the candidate.
    """
    # What a comparison needs would slow down every other command's start.
    from dialogs.compare import compare  # noqa: PLC0415
    from dialogs.errors import NothingSelectedError, WrongUseError  # noqa: PLC0415
    from dialogs.reports.comparison_json import comparison_json  # noqa: PLC0415
    from dialogs.reports.comparison_text import comparison_parts  # noqa: PLC0415
    from dialogs.reports.screen import draw  # noqa: PLC0415
    from dialogs.transcript_files import read_transcripts  # noqa: PLC0415

    if str(baseline) == str(candidate) == "-":
        raise WrongUseError("only one of the two files can be -, standard input")
    before = list(read_transcripts(baseline))
    if not before:
        raise NothingSelectedError(f"{baseline}: no dialogue in this file to compare with")
    comparison = compare(before, read_transcripts(candidate))
    if format_ is Format.JSON:
        write_lines([comparison_json(comparison)])
    else:
        write_lines(draw(comparison_parts(comparison, full=full), stdout_terminal()))
    raise typer.Exit(1 if comparison.fails() else 0)
