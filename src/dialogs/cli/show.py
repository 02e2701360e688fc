"""`dialogs show`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options
from dialogs.errors import WrongUseError


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
    models: Annotated[
        bool, typer.Option("--models", help="Print a table of its models: how much each two reply the same.")
    ] = False,
    textconv: Annotated[
        bool, typer.Option("--textconv", help="Print as plain text what is the same in every run, for git to compare.")
    ] = False,
    no_pager: options.NoPager = False,
) -> None:
    """Read a transcript comfortably in a terminal."""
    # Imported here, since --help needs none of it.
    from dialogs.cli.showing import print_models, print_request, print_stable_text, print_transcripts  # noqa: PLC0415

    if sum([request is not None, models, textconv]) > 1:
        raise WrongUseError("--request, --models and --textconv exclude each other; choose one of them")
    if request is not None:
        print_request(file, request, wanted)
    elif models:
        print_models(file, wanted)
    elif textconv:
        print_stable_text(file)
    else:
        print_transcripts(file, wanted, no_pager=no_pager)
