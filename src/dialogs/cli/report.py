"""`dialogs report`: its flags."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    files: Annotated[
        list[Path],
        typer.Argument(help="Transcript files; - is standard input.", metavar="FILES...", show_default=False),
    ],
    *,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="The page: one file that needs nothing else.")],
) -> None:
    """Write transcripts as a page to read in a browser.

    `dialogs diff --format html` writes the page of a comparison.
    """
    # Imported here, since --help needs none of it.
    from dialogs.cli.paging import transcripts_page  # noqa: PLC0415
    from dialogs.whole_files import write_whole  # noqa: PLC0415

    write_whole(html, transcripts_page(files))
    typer.echo(f"page: {html}", err=True)
