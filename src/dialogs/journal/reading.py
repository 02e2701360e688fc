"""Recordings found by key and place, each read from the file when it is wanted."""

import os
from collections import deque
from collections.abc import Container
from pathlib import Path
from typing import Final

from dialogs.errors import UnreadableJournalError
from dialogs.journal.claims import Claims
from dialogs.journal.contents import whole_lines
from dialogs.journal.lines import is_whole
from dialogs.journal.recordings import Recording, identity_in, is_completion, key_and_dialogue_in
from dialogs.opened_files import open_lines
from dialogs.record import RecordError

_CHUNK: Final = 16 << 10


def read_line_at(descriptor: int, offset: int) -> bytes:
    """Read the line that begins at `offset`, whatever the file's own position."""
    data = b""
    size = _CHUNK
    while chunk := os.pread(descriptor, size, offset + len(data)):
        data += chunk
        end = data.find(b"\n", len(data) - len(chunk))
        if end >= 0:
            return data[: end + 1]
        size = len(data)
    return data


class Recordings:
    """The completions of an open file, by the hash of their identity."""

    def __init__(self, descriptor: int, path: Path, index: dict[int, int]) -> None:
        """Read from `descriptor`, which stays the caller's."""
        self._descriptor = descriptor
        self._path = path
        self._index = index

    def __len__(self) -> int:
        """Count the recordings."""
        return len(self._index)

    def find(self, identity: bytes) -> tuple[int, Recording] | None:
        """Return the recording with this key and place, and where its line begins. Raises as `read` does."""
        offset = self._index.get(hash(identity))
        if offset is None:
            return None
        line = self._line(offset)
        return (offset, self._recording(line, offset)) if identity_in(line) == identity else None

    def read(self, offset: int) -> Recording:
        """Read the recording whose line begins at `offset`.

        Raises:
            UnreadableJournalError: the file has changed since it was opened.
        """
        return self._recording(self._line(offset), offset)

    def _line(self, offset: int) -> bytes:
        line = read_line_at(self._descriptor, offset)
        if not is_whole(line):
            raise UnreadableJournalError(f"{self._path}: the record at byte {offset} has changed since it was opened")
        return line

    def _recording(self, line: bytes, offset: int) -> Recording:
        try:
            return Recording.from_line(line)
        except RecordError as error:
            raise UnreadableJournalError(f"{self._path}: the record at byte {offset}: {error}") from None


class Unclaimed:
    """Recordings of dialogues that the run does not play: for requests whose own place has none.

    They are found by key alone, in the order of recording, and each is given once: nothing is shared between dialogues
    or samples.
    """

    def __init__(
        self, path: Path, recordings: Recordings, claimed: Container[str], claims: Claims | None = None
    ) -> None:
        """Read the file at `path` when first asked; `claimed` are the names of the dialogues that are played.

        With `claims`, other processes take from the same file.
        """
        self.claims = claims
        self._path = path
        self._recordings = recordings
        self._claimed = claimed
        self._offsets: dict[int, deque[int]] | None = None

    def take(self, key: str) -> tuple[int, Recording] | None:
        """Return the next recording with this key, and where its line begins."""
        if self._offsets is None:
            self._offsets = self._read()
        offsets = self._offsets.get(hash(key.encode()))
        while offsets:
            offset = offsets.popleft()
            recording = self._recordings.read(offset)
            if recording.key != key:
                return None
            if self.claims is None or self.claims.claim(offset):
                return offset, recording
        return None

    def _read(self) -> dict[int, deque[int]]:
        found: dict[int, deque[int]] = {}
        with open_lines(self._path) as file:
            for line in whole_lines(file, self._path):
                if is_completion(line.data):
                    key, dialogue = key_and_dialogue_in(line.data)
                    if dialogue not in self._claimed:
                        found.setdefault(hash(key), deque()).append(line.offset)
        return found
