"""`dialogs verify`: holds every recorded history against the hash of what was sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.output import write_lines


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Transcript files; - is standard input.")],
    *,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Verify what was asked on these transcripts' histories too."),
    ] = None,
) -> None:
    """Hold every recorded history against the hash of what was sent.

    Exit code 1 where a transcript's messages are not those that its replies were given to.
    """
    from dialogs.cli.verifying import verified  # noqa: PLC0415 - what reads transcripts is not for --help

    wrong = 0

    def lines() -> Iterator[str]:
        nonlocal wrong
        for line, is_wrong in verified(files, baseline):
            wrong += is_wrong
            yield line

    write_lines(lines())
    raise typer.Exit(1 if wrong else 0)
