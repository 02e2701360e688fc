"""`dialogs chat`: talks to an endpoint, and saves the talk as a scenario."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options


def chat(
    *,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME", help="Talk to this model.", show_default="as for `dialogs run`"),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="MODULE:NAME", help="Talk to a Python function of one's own.")
    ] = None,
    system: Annotated[str | None, typer.Option(metavar="TEXT", help="The system prompt.")] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml", help="Save the talk as a scenario, after each reply; no file is overwritten."
        ),
    ] = None,
    config: options.ConfigurationPath = None,
) -> None:
    '''Talk to an endpoint, the whole history going out with each turn.

    quit or Ctrl-D ends the talk. A message of several lines begins and ends with """. Ctrl-C takes back a message that
    waits for its reply. Without a terminal each line of standard input is a message; replies go to stdout.
    '''
    from dialogs.cli.talking import talk  # noqa: PLC0415 - what a talk needs is slow to import

    if model and endpoint:
        raise typer.BadParameter("a talk is with one: leave out -m or --endpoint", param_hint="'--endpoint'")
    talk(model=f"function:{endpoint}" if endpoint else model, system=system, save=save, config=config)
