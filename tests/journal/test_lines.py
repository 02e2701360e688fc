import io
import json
from zlib import crc32

import pytest

from dialogs.journal.lines import Line, LineState, is_whole, newer_format, read_lines, seal

LINE = seal(b'"kind":"sent","key":"abc"')


def read(data: bytes) -> list[Line]:
    return list(read_lines(io.BytesIO(data)))


def states(data: bytes) -> list[LineState]:
    return [line.state for line in read(data)]


def test_a_sealed_line_is_json_with_its_format() -> None:
    assert json.loads(LINE) == {"crc32": LINE[10:18].decode(), "format": 1, "kind": "sent", "key": "abc"}


@pytest.mark.parametrize("text", ["é", "日本", "\N{GRINNING FACE}", "\u2028", "\x7f", "a\\u00e9"])
def test_a_sealed_line_is_ascii_and_says_the_same(text: str) -> None:
    line = seal(b'"text":' + json.dumps(text, ensure_ascii=False).encode())

    assert line.isascii()
    assert json.loads(line)["text"] == text


@pytest.mark.parametrize("position", range(len(LINE)))
def test_every_bit_that_flips_in_a_line_is_found(position: int) -> None:
    for bit in range(8):
        flipped = bytearray(LINE)
        flipped[position] ^= 1 << bit
        assert not is_whole(bytes(flipped))


def test_a_checksum_in_capitals_is_another_line() -> None:
    line = next(line for number in range(99) if (line := seal(b'"n":%d' % number))[10:18].upper() != line[10:18])

    assert not is_whole(line[:10] + line[10:18].upper() + line[18:])


def test_lines_come_with_number_and_offset() -> None:
    assert [(line.number, line.offset) for line in read(LINE + LINE)] == [(1, 0), (2, len(LINE))]


@pytest.mark.parametrize("tail", [LINE[:1], LINE[:-1], b"\0" * 4096, LINE[:30] + b"\0" * 4096])
def test_a_last_line_without_its_end_is_torn(tail: bytes) -> None:
    assert states(LINE + tail) == [LineState.WHOLE, LineState.TORN]


@pytest.mark.parametrize("damaged", [b"\n", b"{}\n", b"hello\n", LINE[:40] + b"\n", LINE[:-1] + b" \n"])
def test_a_line_that_was_not_sealed_so_is_damaged(damaged: bytes) -> None:
    assert states(LINE + damaged + LINE) == [LineState.WHOLE, LineState.DAMAGED, LineState.WHOLE]


def test_a_line_longer_than_any_record_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogs.journal.lines._LONGEST", len(LINE))

    assert states(b"x" * 1000 + b"\n" + LINE) == [LineState.DAMAGED, LineState.WHOLE]
    assert states(LINE + b"\0" * 1000) == [LineState.WHOLE, LineState.TORN]


def test_a_newer_format_is_known_by_its_number() -> None:
    rest = LINE[18:].replace(b'"format":1', b'"format":2')
    newer = b'{"crc32":"%08x%b' % (crc32(rest), rest)

    assert not is_whole(newer)
    assert [newer_format(line) for line in (newer, LINE, b"rubbish")] == [2, None, None]
