"""Writes transcripts in another format, to a file as a whole or to stdout, and says what did not fit."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import assert_never

import typer

from dialogs.cli.formats import TargetFormat
from dialogs.cli.output import write_lines
from dialogs.errors import IncompleteError, NothingSelectedError, WrongUseError
from dialogs.formats.csv_rows import csv_rows
from dialogs.formats.exports import LEFT_OUT, Export
from dialogs.formats.fine_tuning import fine_tuning_lines
from dialogs.formats.inspect_log import inspect_log
from dialogs.formats.sharegpt_lists import sharegpt_array
from dialogs.journal.files import make_folder, replacing
from dialogs.loading.paths import shown
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts

_STDOUT = Path("-")


def export_transcripts(file: Path, to: TargetFormat, output: Path, *, everything: bool, force: bool) -> None:
    """Write all of a transcript file, a dialogue at a time.

    Raises:
        WrongUseError: a file would be replaced, or --all is given for a format that takes all anyway.
        NothingSelectedError: the file holds no dialogue.
        IncompleteError: the file could not be written.
    """
    if everything and to not in {TargetFormat.OPENAI, TargetFormat.SHAREGPT}:
        raise WrongUseError(f"--all: {to.value} takes all dialogues anyway; wanted it left out")
    if output.is_dir():
        raise WrongUseError(f"{shown(str(output))} is a folder; wanted the name of a file")
    if output != _STDOUT and output.exists() and not force:
        raise WrongUseError(f"{shown(str(output))} is there already; --force replaces it")
    notes: Counter[str] = Counter()
    read: Counter[str] = Counter()
    pieces = _export(to, everything=everything)(_counted(_begun(file), read), notes)
    if output == _STDOUT:
        write_lines((piece.removesuffix("\n") for piece in pieces), is_data=True)
    else:
        _write(output, pieces)
    for note, number in notes.items():
        typer.echo(harmless_line(f"{note}: {number:,}"), err=True)
    where = "" if output == _STDOUT else f": {shown(str(output))}"
    left_out = sum(number for note, number in notes.items() if LEFT_OUT in note)
    exported = f"{read['dialogues'] - left_out:,} of " if left_out else ""
    typer.echo(f"{exported}{count(read['dialogues'], 'dialogue')} exported{where}", err=True)


def _export(to: TargetFormat, *, everything: bool) -> Export:
    match to:
        case TargetFormat.OPENAI:
            return partial(fine_tuning_lines, everything=everything)
        case TargetFormat.SHAREGPT:
            return partial(sharegpt_array, everything=everything)
        case TargetFormat.INSPECT:
            return partial(inspect_log, written_at=datetime.now(UTC).isoformat(timespec="seconds"))
        case TargetFormat.CSV:
            return csv_rows
        case _:
            assert_never(to)


def _counted(transcripts: Iterator[Transcript], read: Counter[str]) -> Iterator[Transcript]:
    for transcript in transcripts:
        read["dialogues"] += 1
        yield transcript


def _begun(file: Path) -> Iterator[Transcript]:
    """Return the transcripts, once the first is read: nothing is to be written of a file that has none."""
    transcripts = read_transcripts(file)
    for first in transcripts:
        return chain([first], transcripts)
    raise NothingSelectedError(f"{file}: no dialogue in this file")


def _write(output: Path, pieces: Iterator[str]) -> None:
    try:
        make_folder(output.parent)
        with replacing(output) as write:
            for piece in pieces:
                write(piece.encode())
    except OSError as error:
        raise IncompleteError(f"{shown(str(output))} could not be written: {error.strerror}") from None
