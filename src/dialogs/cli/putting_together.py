"""Merges the transcript files of shards into one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from dialogs.errors import IncompleteError, WrongUseError
from dialogs.merging import check_shards, merge
from dialogs.reports.summary import count
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts, write_transcripts


class _Part:
    """A file that is read anew each time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Transcript]:
        return read_transcripts(self.path)


def put_together(paths: Sequence[Path], output: Path) -> None:
    """Check the parts and write the whole.

    Raises:
        WrongUseError: the parts do not belong together, or not all are there.
        IncompleteError: the whole cannot be written.
    """
    _refuse(paths, output)
    parts = {str(path): _Part(path) for path in paths}
    ordered = check_shards(parts)
    if not ordered:
        typer.echo("the parts are stable transcripts, which know no order: they follow each other as given", err=True)
    try:
        write_transcripts(output, merge(tuple(parts.values()), ordered=ordered), stable=not ordered)
    except OSError as error:
        raise IncompleteError(f"{output}: the transcripts could not be written: {error.strerror}") from None
    dialogues = sum(1 for _ in read_transcripts(output))
    typer.echo(f"{count(dialogues, 'dialogue')} of {count(len(parts), 'shard')} in {output}", err=True)


def _refuse(paths: Sequence[Path], output: Path) -> None:
    known: dict[Path, Path] = {}
    for path in paths:
        if str(path) == "-":
            raise WrongUseError("the parts are read twice; wanted files, not standard input")
        other = known.setdefault(path.resolve(), path)
        if other is not path:
            raise WrongUseError(f"{path} is given twice; wanted each part once")
    if output.resolve() in known:
        raise WrongUseError(f"{output} is one of the parts, and would be replaced; choose another --output")
