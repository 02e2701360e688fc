"""`dialogs cassette`: looks into cassettes and journals, and keeps them small and whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.output import write_lines
from dialogs.errors import WrongUseError

cassette_app = typer.Typer(
    help="Look into cassettes and journals, and keep them small and whole.", no_args_is_help=True
)


@cassette_app.command()
def stats(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Cassettes or journals.", show_default=False)],
) -> None:
    """Say what cassettes and journals hold: recordings, dialogues, endpoints, tokens, requests."""
    write_lines(line for file in files for line in _statistics(file))


def _statistics(file: Path) -> Iterator[str]:
    from dialogs.journal.statistics import statistics  # noqa: PLC0415 - not for --help
    from dialogs.reports.summary import count  # noqa: PLC0415
    from dialogs.reports.terminal import harmless_line  # noqa: PLC0415

    found = statistics(file)
    held = f"{count(found.recordings, 'recording')} of {count(found.dialogues, 'dialogue')}"
    torn = f", {count(found.torn, 'byte')} of them a torn last line" if found.torn else ""
    yield f"{file}: {held} in {count(found.size, 'byte')}{torn}"
    for name, endpoints in found.endpoints.items():
        for endpoint in endpoints:
            yield harmless_line(f"  {name}: {endpoint.model} at {endpoint.identity}")
    yield f"  {found.usage.prompt_tokens} prompt and {found.usage.completion_tokens} completion tokens"
    if found.ledger.sent:
        yield f"  {found.ledger}"


@cassette_app.command()
def prune(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A cassette; with --damaged also a journal.", show_default=False)
    ],
    transcripts: Annotated[
        list[Path] | None,
        typer.Argument(metavar="TRANSCRIPTS...", help="Keep what these transcripts use.", show_default=False),
    ] = None,
    *,
    damaged: Annotated[bool, typer.Option("--damaged", help="Move damaged lines to FILE.damaged.")] = False,
) -> None:
    """Drop the recordings that no given transcript uses, or move damaged lines out of the way.

    The transcripts are best those of a run with --replay FILE.
    """
    if damaged == bool(transcripts):
        raise WrongUseError("dialogs cassette prune: wanted either transcripts whose recordings are kept, or --damaged")
    if not file.is_file():
        raise WrongUseError(f"{file}: no such file; wanted a cassette")
    write_lines(_move_damaged(file) if damaged else _drop_unused(file, transcripts or []))


def _move_damaged(file: Path) -> Iterator[str]:
    from dialogs.journal.rewriting import move_damaged  # noqa: PLC0415 - not for --help
    from dialogs.reports.summary import count  # noqa: PLC0415

    moved, aside = move_damaged(file)
    yield f"{file}: {count(moved, 'damaged line')} moved to {aside}" if moved else f"{file}: no damaged line"


def _drop_unused(file: Path, transcripts: list[Path]) -> Iterator[str]:
    from dialogs.journal.contents import recordings  # noqa: PLC0415 - not for --help
    from dialogs.journal.pruning import Uses  # noqa: PLC0415
    from dialogs.journal.rewriting import prune as drop  # noqa: PLC0415
    from dialogs.reports.summary import count  # noqa: PLC0415
    from dialogs.transcript_files import read_transcripts  # noqa: PLC0415

    uses = Uses((item for path in transcripts for item in read_transcripts(path)), recordings(file))
    dropped = drop(file, uses.__contains__)
    yield f"{file}: dropped {count(dropped, 'recording')} that no transcript uses"
