"""`dialogs init`: its flags."""

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project's folder.")] = Path(),
) -> None:
    """Write the files of a first project: a scenario, the configuration, schemas for editors, a workflow for CI.

    No file is overwritten, and nothing is asked. The last lines say how to go on.
    """
    from dialogs.cli.beginning import begin  # noqa: PLC0415 - what --help does not need

    begin(folder)
