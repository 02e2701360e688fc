"""A transcript file as a list of its lines, whose dialogues are read from disk when they are wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from dialogs.encoding import JsonObject, decode, encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Line:
    """Where one dialogue stands in its file; `is_stable` says that nothing in it differs from run to run."""

    id: str
    variant: int
    number: int
    start: int
    length: int
    is_stable: bool


class IndexedTranscripts:
    """The dialogues of one file that stays open, by line; `name` is the file's in messages."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Find the lines.

        Raises:
            UnreadableTranscriptError: a line is no transcript; the message names it.
        """
        self._file = file
        self._name = name
        self.lines = tuple(self._find())
        self._by_id: dict[str, list[Line]] = {}
        for line in self.lines:
            self._by_id.setdefault(line.id, []).append(line)

    def _find(self) -> Iterator[Line]:
        start = 0
        for number, data in enumerate(self._file, 1):
            if data.strip():
                record = self._decode(data, number)
                name, variant = record.get("id"), record.get("variant", 1)
                if not isinstance(name, str) or not isinstance(variant, int):
                    raise UnreadableTranscriptError(f"{self._name}:{number}: no transcript; wanted one, a line each")
                yield Line(name, variant, number, start, len(data), "run" not in record)
            start += len(data)

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

    def transcript(self, line: Line) -> Transcript:
        """Read one dialogue.

        Raises:
            UnreadableTranscriptError: it is none.
        """
        try:
            return Transcript.from_record(self._decode(self.data(line), line.number))
        except ValueError as error:
            raise UnreadableTranscriptError(f"{self._name}:{line.number}: {error}") from None

    def named(self, name: str) -> Transcript:
        """Read the first dialogue of this id, which must be there."""
        return self.transcript(self._by_id[name][0])

    def lines_of(self, name: str | None) -> Sequence[Line]:
        """Give the lines of this id, one a variant; none where there is no such dialogue."""
        return self._by_id.get(name or "", ())

    def __iter__(self) -> Iterator[Transcript]:
        """Give the dialogues in the order of the file."""
        return map(self.transcript, self.lines)


def stable_line(transcript: Transcript) -> bytes:
    """Write what is the same in every run with the same replies, on one line."""
    return f"{encode_line(transcript.record(stable=True))}\n".encode()
