"""Sealed lines: one record a line, in ASCII, with a checksum over the line's raw bytes.

    {"crc32":"1f7c3a90","format":1,"kind":"sent",…}

The checksum is a CRC-32 of everything behind its eight digits, the newline included. What stands before it is the same
in every line, so a change of any one bit of a line is found.
"""

import json
import re
from collections.abc import Iterator
from enum import Enum
from functools import partial
from typing import BinaryIO, Final, NamedTuple
from zlib import crc32

from dialogs.encoding import decode

FORMAT: Final = 1
_HEAD: Final = b'{"crc32":"'
_SEALED: Final = len(_HEAD) + 8
_FORMAT_FIELD: Final = b'","format":%d,' % FORMAT
FIELDS: Final = _SEALED + len(_FORMAT_FIELD)
_LONGEST: Final = 256 << 20  # an answer of 16 MiB, each of its bytes escaped, and as much for the request
_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


class LineState(Enum):
    """What a line's checksum says of it."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    TORN = "torn"


class Line(NamedTuple):
    """One line of a record file: its number from 1, its first byte's offset, and its bytes with the newline.

    A torn line is the last one and lacks its end; its bytes run to the end of the file and are not held here.
    """

    number: int
    offset: int
    data: bytes
    state: LineState = LineState.WHOLE


def seal(fields: bytes) -> bytes:
    """Make the line of a record whose fields are the JSON text `fields`, without braces."""
    rest = b"%b%b}\n" % (_FORMAT_FIELD, to_ascii(fields))
    return b"%b%08x%b" % (_HEAD, crc32(rest), rest)


def to_ascii(text: bytes) -> bytes:
    r"""Write `\\uXXXX` for what is not ASCII in a JSON text."""
    if text.isascii():
        return text
    return _NON_ASCII.sub(lambda match: json.dumps(match.group())[1:-1], text.decode()).encode()


def is_whole(line: bytes) -> bool:
    """Say whether a line is, bit by bit, as it was sealed."""
    return line[:_SEALED] == b'{"crc32":"%08x' % crc32(line[_SEALED:]) and line.startswith(_FORMAT_FIELD, _SEALED)


def may_be_records(start: bytes) -> bool:
    """Say whether a file that begins with `start` may be one of ours, be it torn or damaged."""
    text = start.strip(b"\0")
    return _HEAD.startswith(text[: len(_HEAD)]) or b'"crc32"' in text or b'"kind":"' in text


def newer_format(line: bytes) -> int | None:
    """Return the format's number where a line is of a newer format than this program reads."""
    try:
        record = decode(line)
    except ValueError:
        return None
    number = record.get("format") if isinstance(record, dict) else None
    return number if isinstance(number, int) and number > FORMAT else None


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """Read a record file from its start, a line at a time, and check each line."""
    offset = 0
    for number, data in enumerate(iter(partial(file.readline, _LONGEST), b""), 1):
        length = len(data)
        if is_whole(data):
            yield Line(number, offset, data)
        elif data.endswith(b"\n"):
            yield Line(number, offset, data, LineState.DAMAGED)
        else:
            length, ended = _pass_over(file, data)
            yield Line(number, offset, b"", LineState.DAMAGED if ended else LineState.TORN)
        offset += length


def _pass_over(file: BinaryIO, data: bytes) -> tuple[int, bool]:
    """Read to the end of a line that is longer than any record; return its length, and whether it has an end."""
    length = len(data)
    while data and not data.endswith(b"\n"):
        data = file.readline(_LONGEST)
        length += len(data)
    return length, bool(data)
