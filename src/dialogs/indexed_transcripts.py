"""A transcript file as a list of its lines, whose dialogues are read from disk when they are wanted."""

import copy
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from io import SEEK_CUR, SEEK_SET, BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from dialogs.compare.pairing import pairing_key
from dialogs.encoding import JsonObject, decode, encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.opened_files import open_anywhere
from dialogs.transcript import Transcript
from dialogs.transcript_files import LineReader

# A line's head, as it is written here, ends where the parameters begin.
_AFTER_HEAD: Final = b',"params":'
_HEAD: Final = ("format", "id", "scenario", "case", "model", "sample")
_HEADS: Final = frozenset({_HEAD, (*_HEAD, "variant")})
_RESAMPLES: Final = b'"resamples":'
_BUFFER: Final = 256 * 1024  # lines are read in their order mostly, and then a few dozen at once
_RUN: Final = b',"run":{'


class Line(NamedTuple):
    """Where one dialogue stands in its file, and what pairs it.

    `is_stable` says that nothing in it differs from run to run, `is_resampled` that a turn of it was asked again.
    """

    id: str
    key: str
    model: str
    variant: int
    number: int
    start: int
    length: int
    is_stable: bool
    is_resampled: bool


class _Apart(RawIOBase):
    """An open file, read from a place of one's own."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        self._at = {SEEK_SET: 0, SEEK_CUR: self._at}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed has a private type there
        data = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class IndexedTranscripts:
    """The dialogues of one file that stays open, by line; `name` is the file's in messages."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Find the lines.

        Raises:
            UnreadableTranscriptError: a line is no transcript; the message names it.
        """
        self._file = file
        self._name = name
        self._reader = LineReader(name)
        self.lines = tuple(self._find())
        self._by_id: dict[str, list[Line]] | None = None

    def _find(self) -> Iterator[Line]:
        start = 0
        for number, data in enumerate(self._file, 1):
            if not data.isspace():
                yield self._line(data, number, start)
            start += len(data)

    def _line(self, data: bytes, number: int, start: int) -> Line:
        record = _head(data) or self._decode(data, number)
        name, scenario, model, case = record.get("id"), record.get("scenario"), record.get("model"), record.get("case")
        sample, variant = record.get("sample"), record.get("variant")
        if not (
            isinstance(name, str)
            and isinstance(scenario, str)
            and isinstance(model, str)
            and isinstance(case, dict | None)
            and isinstance(sample, int | None)
            and isinstance(variant, int | None)
        ):
            self._reader.read(data, number)  # says what is wrong
            raise UnreadableTranscriptError(f"{self._name}:{number}: no transcript; wanted one, a line each")
        return Line(
            id=name,
            key=pairing_key(name, scenario, case, model, sample or 0),
            model=sys.intern(model),
            variant=1 if variant is None else variant,
            number=number,
            start=start,
            length=len(data),
            is_stable=data.rfind(_RUN) < 0,
            is_resampled=data.rfind(_RESAMPLES) >= 0,
        )

    def _decode(self, data: bytes, number: int) -> JsonObject:
        try:
            record = decode(data)
        except ValueError as error:
            raise UnreadableTranscriptError(f"{self._name}:{number}: no JSON: {error}; wanted a transcript") from None
        if not isinstance(record, dict):
            raise UnreadableTranscriptError(f"{self._name}:{number}: wanted a transcript, a line each")
        return record

    def data(self, line: Line) -> bytes:
        """Read one line as it stands, with its end."""
        self._file.seek(line.start)
        return self._file.read(line.length).rstrip(b"\r\n") + b"\n"

    def apart(self) -> None:
        """Read from here on without the place in the file that another process, which has it open too, moves."""
        self._file = BufferedReader(_Apart(self._file.fileno()), _BUFFER)

    def transcript(self, line: Line) -> Transcript:
        """Read one dialogue.

        Raises:
            UnreadableTranscriptError: it is none.
        """
        return self.transcript_of(self.data(line), line)

    def transcript_of(self, data: bytes, line: Line) -> Transcript:
        """Make a dialogue of what stands in its line."""
        return self._reader.read(data, line.number)

    def only(self, lines: Collection[Line]) -> "IndexedTranscripts":
        """Return a part of the dialogues of the same open file, in its order."""
        part = copy.copy(self)
        part.lines = tuple(line for line in self.lines if line in lines)
        part._by_id = None  # noqa: SLF001 - our own
        return part

    def named(self, name: str) -> Transcript:
        """Read the first dialogue of this id, which must be there."""
        return self.transcript(self.lines_of(name)[0])

    def lines_of(self, name: str | None) -> Sequence[Line]:
        """Give the lines of this id, one a variant; none where there is no such dialogue."""
        if self._by_id is None:
            self._by_id = {}
            for line in self.lines:
                self._by_id.setdefault(line.id, []).append(line)
        return self._by_id.get(name or "", ())

    def __iter__(self) -> Iterator[Transcript]:
        """Give the dialogues in the order of the file."""
        return map(self.transcript, self.lines)


def _head(data: bytes) -> JsonObject | None:
    """Read only what pairs a dialogue, where that stands first; a part of an object in it would be no JSON."""
    end = data.find(_AFTER_HEAD)
    if end < 0:
        return None
    try:
        record = decode(data[:end] + b"}")
    except ValueError:
        return None
    return record if isinstance(record, dict) and tuple(record) in _HEADS else None


def open_transcripts(path: Path, files: ExitStack) -> BinaryIO:
    """Open a file to be read in any order; a compressed one, or a pipe, goes to a temporary file first. "-": stdin.

    Raises:
        UnreadableTranscriptError: it cannot be read.
    """
    try:
        return open_anywhere(path, files)
    except OSError as error:
        raise UnreadableTranscriptError(f"{path}: {error.strerror}; wanted a transcript file (JSONL)") from None


def stable_line(transcript: Transcript) -> bytes:
    """Write what is the same in every run with the same replies, on one line."""
    return f"{encode_line(transcript.record(stable=True))}\n".encode()
