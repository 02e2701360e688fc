"""`dialogs merge`: its flags."""

from pathlib import Path
from typing import Annotated

import typer


def merge(
    parts: Annotated[
        list[Path],
        typer.Argument(help="The transcript files of all shards of one run.", metavar="PARTS...", show_default=False),
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The transcript file of the whole.")],
) -> None:
    """Put the transcripts of a run's shards together, and check that all are there and none twice."""
    from dialogs.cli.putting_together import put_together  # noqa: PLC0415 - what --help does not need

    put_together(parts, output)
