"""Transcript files: read a line at a time, written in order and whole or not at all."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from dialogs.encoding import decode, encode_line_utf8
from dialogs.errors import UnreadableTranscriptError
from dialogs.opened_files import compressing, open_lines
from dialogs.transcript import Transcript

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_MUCH = 64 * 1024


def read_transcripts(path: str | Path) -> Iterator[Transcript]:
    """Read a transcript file, plain or compressed, a dialogue at a time; "-" is standard input.

    Empty lines are passed over.

    Raises:
        UnreadableTranscriptError: the file or one of its lines cannot be read; the message names the line.
    """
    reader = LineReader(str(path))
    try:
        with open_lines(path) as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield reader.read(line, number)
    except OSError as error:
        raise UnreadableTranscriptError(f"{path}: {error.strerror}; wanted a transcript file (JSONL)") from None


class LineReader:
    """Reads the lines of one file, which `name` names in messages."""

    def __init__(self, name: str) -> None:
        """Begin without having read anything."""
        self._name = name
        self._bytes = 0
        self._quickly: Callable[[bytes], Transcript | None] | None = None

    def read(self, line: bytes, number: int) -> Transcript:
        """Read the line of this number.

        Raises:
            UnreadableTranscriptError: it is no transcript.
        """
        if self._quickly is not None:
            return self._quickly(line) or _read_line(line, f"{self._name}:{number}")
        self._bytes += len(line)
        if self._bytes > _MUCH:
            from dialogs.transcript_wire import read_quickly  # noqa: PLC0415 - for little, importing takes longer

            self._quickly = read_quickly
        return _read_line(line, f"{self._name}:{number}")


def _read_line(line: bytes, where: str) -> Transcript:
    try:
        record = decode(line)
    except ValueError as error:
        cut = "" if line.endswith(b"\n") else " (the line has no end: was the file cut off?)"
        raise UnreadableTranscriptError(f"{where}: no JSON: {error}{cut}; wanted a transcript, a line each") from None
    try:
        return Transcript.from_record(record)
    except ValueError as error:
        raise UnreadableTranscriptError(f"{where}: {error}") from None


def write_transcripts(path: str | Path, transcripts: Iterable[Transcript], *, stable: bool = False) -> None:
    """Write a transcript file whole, replacing what was there in one step; `.zst` in its name compresses it."""
    with TranscriptWriter(path, stable=stable) as writer:
        for position, transcript in enumerate(transcripts):
            writer.write(position, transcript)


class TranscriptWriter:
    """Writes transcripts in the order of their positions, whatever the order in which they come.

    What comes early waits in an unnamed file on disk, so that memory does not grow with the number of dialogues. The
    file appears under its name, flushed to disk, when the context is left without an exception; until then it is
    NAME.partial beside it.
    """

    def __init__(self, path: str | Path, *, stable: bool = False) -> None:
        """Prepare to write to `path`, whose folder is made where it is missing."""
        self.path = Path(path)
        self._stable = stable
        self._next = 0
        self._early: dict[int, tuple[int, int]] = {}
        self._spool_end = 0

    def __enter__(self) -> Self:
        """Open the files."""
        # Imported here, since what only reads transcripts would wait for them.
        import tempfile  # noqa: PLC0415

        import jsonlines  # noqa: PLC0415

        folder = self.path.parent
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._partial = self.path.with_name(f"{self.path.name}.partial")
        self._file = os.fdopen(os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE), "wb")
        self._spool = tempfile.TemporaryFile(dir=folder, buffering=0)
        self._compressing = compressing(self._file, self.path)
        self._lines = self._compressing.__enter__()
        self._writer = jsonlines.Writer(self._lines, dumps=encode_line_utf8)
        return self

    def write(self, position: int, transcript: Transcript) -> None:
        """Take the transcript that stands at `position` (from 0) in the file; positions may be left out for good."""
        if position == self._next:
            self._writer.write(transcript.record(stable=self._stable))
            self._next += 1
            self._copy_early()
            return
        line = encode_line_utf8(transcript.record(stable=self._stable)) + b"\n"
        self._spool.write(line)
        self._early[position] = (self._spool_end, len(line))
        self._spool_end += len(line)

    def _copy_early(self) -> None:
        while (span := self._early.pop(self._next, None)) is not None:
            self._copy(span)
            self._next += 1

    def _copy(self, span: tuple[int, int]) -> None:
        start, length = span
        self._lines.write(os.pread(self._spool.fileno(), length, start))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the file its name, or leave nothing behind where an exception ended the writing."""
        self._spool_rest()
        self._spool.close()
        self._compressing.__exit__(kind, error, traceback)
        if kind is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if self.path.exists():
            os.fchmod(self._file.fileno(), self.path.stat().st_mode & 0o7777)
        self._file.close()
        self._partial.replace(self.path)
        _sync_folder(self.path.parent)

    def _spool_rest(self) -> None:
        for position in sorted(self._early):
            self._copy(self._early[position])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
