"""The faults of one file, noted while its reading goes on."""

import re
from typing import Final, Protocol

from dialogs.encoding import JsonValue, encode_line
from dialogs.errors import FileFault, Place

MOST_FAULTS: Final = 1000
_EXCERPT: Final = 40
_LINE_BREAK: Final = re.compile("\r\n|\r|\n")


class Located(Protocol):
    """Anything that stands at a place of the file; line and column count from 1."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column, in characters."""


class _Notes:
    """What was noted in a scenario file and in the files that it names."""

    __slots__ = ("noted", "omitted")

    def __init__(self) -> None:
        self.noted: list[FileFault] = []
        self.omitted = 0


class Faults:
    """Collects the faults of `file`: at most 1000, since a hostile file can hold a million, and then their number.

    `source` is the file's whole text, where a place in a text is yet to be found.
    """

    def __init__(self, file: str, source: str = "", notes: _Notes | None = None) -> None:
        """Begin with none; `file` is the name shown to people."""
        self.file = file
        self.source = source
        self._notes = notes or _Notes()

    def __len__(self) -> int:
        """Count the faults so far."""
        return len(self._notes.noted) + self._notes.omitted

    @property
    def full(self) -> bool:
        """Whether more faults are only counted."""
        return len(self._notes.noted) >= MOST_FAULTS

    def beside(self, file: str, source: str = "") -> "Faults":
        """Return the faults of a file that this one names; they are noted and counted with these."""
        return Faults(file, source, self._notes)

    def add(self, at: Located, message: str) -> None:
        """Note what was found and what was wanted."""
        self.add_at(at.line, at.column, message)

    def add_at(self, line: int, column: int, message: str) -> None:
        """Note a fault at a place; a line of 0 is the whole file."""
        if self.full:
            self._notes.omitted += 1
        else:
            self._notes.noted.append(FileFault(Place(self.file, line, column), message))

    def place(self, node: Located) -> Place:
        """Return where `node` stands."""
        return Place(self.file, node.line, node.column)

    def forget(self, count: int) -> None:
        """Drop all but the first `count` faults: what was noted in a text that is no scenario quotes it."""
        self._notes.omitted = max(0, count - len(self._notes.noted))
        del self._notes.noted[count:]

    def in_order(self) -> list[FileFault]:
        """Return the faults by place."""
        faults = sorted(self._notes.noted, key=lambda fault: fault.place)
        if self._notes.omitted:
            faults.append(FileFault(Place(self.file), f"{self._notes.omitted} more faults; mend those above first"))
        return faults


def line_and_column(text: str) -> tuple[int, int]:
    """Return the place, from 1, of what stands after `text`."""
    lines = _LINE_BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def quoted(text: str) -> str:
    """Show a few words of a file in a message, harmless for a terminal."""
    return encode_line(text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…")


def excerpt(value: JsonValue) -> str:
    """Show a value in a message, cut to a readable length."""
    if isinstance(value, str):
        return quoted(value)
    text = encode_line(value)
    return text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"
