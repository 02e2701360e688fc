"""`dialogs import`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.formats import SourceFormat


def import_(
    paths: Annotated[
        list[str], typer.Argument(help="Files, directories or globs.", metavar="PATHS...", show_default=False)
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder for the scenarios.", show_default=False)
    ],
    from_: Annotated[
        SourceFormat | None,
        typer.Option("--from", help="The format of all files.", show_default="guessed from each file's content"),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Keep the replies in the files as transcripts."),
    ] = None,
    model: Annotated[
        str,
        typer.Option("--model", "-m", metavar="NAME", help="Name replies so in the baseline where a file does not."),
    ] = "import",
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Keep all replies but the last as scripted exchanges: ask one turn.")
    ] = False,
    max_file_size: Annotated[
        int, typer.Option("--max-file-size", min=1, metavar="MB", help="Refuse files, or lines of JSONL, of more.")
    ] = 64,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Turn conversations of other formats into scenarios, and their replies into a baseline.

    What a format has and scenarios have not is listed, file by file.
    """
    from dialogs.cli.importing import import_files  # noqa: PLC0415 - what --help does not need
    from dialogs.importing import ImportOptions  # noqa: PLC0415

    options = ImportOptions(from_.value if from_ else None, scripted, model, max_file_size * 1024 * 1024)
    import_files(paths, options, folder=output, baseline=baseline, force=force)
