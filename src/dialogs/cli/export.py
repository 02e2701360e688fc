"""`dialogs export`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.formats import TargetFormat


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A transcript file; - is standard input.", show_default=False)
    ],
    *,
    to: Annotated[TargetFormat, typer.Option("--to", help="The format to write.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="The file to write; - is standard output.")
    ] = Path("-"),
    everything: Annotated[
        bool, typer.Option("--all", help="To openai and sharegpt: take dialogues too that are not completed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """Write transcripts for other tools: fine-tuning examples, ShareGPT, Inspect AI's log, CSV.

    In CSV, cells that begin with = + - or @ get an apostrophe, so that no spreadsheet takes them for formulas.
    """
    from dialogs.cli.exporting import export_transcripts  # noqa: PLC0415 - what --help does not need

    export_transcripts(file, to, output, everything=everything, force=force)
