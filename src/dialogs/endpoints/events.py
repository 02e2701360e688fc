"""Server-sent events, taken apart as their bytes come.

By the rules of the HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events.html), but that an event
counts also where the stream ends before its blank line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ERROR: Final = "error"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its data, lines joined by newlines, and its name, where it has one."""

    data: bytes
    name: str = ""


class EventReader:
    """Makes events of pieces that may begin and end anywhere, also within a character."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._unfinished: list[bytes] = []
        self._data: list[bytes] = []
        self._name = ""
        self._is_beginning = True

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes, and give the events that they complete."""
        self._unfinished.append(piece)
        if b"\n" not in piece and b"\r" not in piece:
            return  # joined only once there is a line, or one long line would be copied for each of its pieces
        lines = b"".join(self._unfinished).splitlines(keepends=True)
        # After a carriage return at the very end there may still come the newline that belongs to it.
        self._unfinished = [] if lines[-1].endswith(b"\n") else [lines.pop()]
        for line in lines:
            yield from self._take(line.rstrip(b"\r\n"))

    def end(self) -> Iterator[Event]:
        """Give the event that the end of the stream completes."""
        yield from self._take(b"".join(self._unfinished).rstrip(b"\r\n"))
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[Event]:
        if self._is_beginning:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._is_beginning = False
        if not line:
            yield from self._completed()
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"data":
                self._data.append(value)
            case b"event":
                self._name = value.decode(errors="replace")
            case b"error":  # no field of the standard's, but one in which llama.cpp has sent its errors
                self._name = ERROR
                self._data.append(value)
            case _:
                pass  # a comment, which keeps the connection open, or what is not for us

    def _completed(self) -> Iterator[Event]:
        event = Event(b"\n".join(self._data), self._name)
        self._data, self._name = [], ""
        if event.data:
            yield event
