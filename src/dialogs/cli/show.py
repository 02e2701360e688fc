"""`dialogs show`: its flags."""

from pathlib import Path
from typing import Annotated

import typer


def show(
    file: Annotated[
        Path, typer.Argument(help="A transcript file; - is standard input.", metavar="FILE", show_default=False)
    ],
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="Only this dialogue: its id, the scenario's, a glob, or the beginning of one id.",
            show_default=False,
        ),
    ] = None,
    *,
    request: Annotated[
        str | None,
        typer.Option(metavar="ID:TURN", help="Print what was sent in this turn as a curl command, and nothing else."),
    ] = None,
) -> None:
    """Read a transcript comfortably in a terminal."""
    from dialogs.cli.showing import print_request, print_transcripts  # noqa: PLC0415 - what --help does not need

    if request is None:
        print_transcripts(file, wanted)
    else:
        print_request(file, request, wanted)
