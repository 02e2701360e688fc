"""Bytes that are no text, or no text that YAML parsers read alike, and files that are no files."""

import pytest

from scenario_files import faults_of

MALFORMED = [
    pytest.param(b"turns:\n  - caf\xe9 au lait\n", "2:8: byte 0xe9 is not UTF-8; wanted UTF-8 text", id="latin1"),
    pytest.param(
        b"turns: ['\xf0\x9f\x98\x80\xc3\xa9\xff']\n",
        "1:12: byte 0xff is not UTF-8; wanted UTF-8 text",
        id="bad-utf8-after-emoji",
    ),
    pytest.param(b"turns: [hi]\n# \xe2\x82", "2:3: byte 0xe2 is not UTF-8; wanted UTF-8 text", id="truncated-utf8"),
    pytest.param(b"turns: [\xc0\xaf]\n", "1:9: byte 0xc0 is not UTF-8; wanted UTF-8 text", id="overlong"),
    pytest.param(b"turns: [\xed\xa0\x80]\n", "1:9: byte 0xed is not UTF-8; wanted UTF-8 text", id="utf8-surrogate"),
    pytest.param("turns: [hi]\n".encode("utf-16"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8", id="utf16"),
    pytest.param("turns: [hi]\n".encode("utf-16-be"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8", id="utf16be"),
    pytest.param("turns: [hi]\n".encode("utf-16-le"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8", id="utf16le"),
    pytest.param("turns: [hi]\n".encode("utf-32"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8", id="utf32"),
    pytest.param("turns: [h\x00i]\n", "1:10: a NUL character: no text file; wanted YAML text", id="nul"),
    pytest.param(
        "turns: [hi\x07]\n", '1:11: U+0007 stands here as it is; wanted "\\x07" inside double quotes', id="bell"
    ),
    pytest.param(
        "turns:\n  - \x1b[31mred\n", '2:5: U+001B stands here as it is; wanted "\\x1b" inside double quotes', id="esc"
    ),
    pytest.param("turns: [\x7f]\n", '1:9: U+007F stands here as it is; wanted "\\x7f" inside double quotes', id="del"),
    pytest.param("turns: [\x9b]\n", '1:9: U+009B stands here as it is; wanted "\\x9b" inside double quotes', id="c1"),
    pytest.param(
        "turns: [a\x85b]\n", '1:10: U+0085 stands here as it is; wanted "\\x85" inside double quotes', id="nel"
    ),
    pytest.param(
        "turns:\n  - a\u2028b\n", '2:6: U+2028 stands here as it is; wanted "\\u2028" inside double quotes', id="ls"
    ),
    pytest.param(
        "turns:\n  - a\u2029b\n", '2:6: U+2029 stands here as it is; wanted "\\u2029" inside double quotes', id="ps"
    ),
    pytest.param(
        "turns: [\uffff]\n",
        '1:9: U+FFFF stands here as it is; wanted "\\uffff" inside double quotes',
        id="noncharacter",
    ),
    pytest.param(
        "\x7fELF\x02\x01\x01\x00\x00\x00", "1:8: a NUL character: no text file; wanted YAML text", id="binary"
    ),
    pytest.param(b"\x89PNG\r\n\x1a\n", "1:1: byte 0x89 is not UTF-8; wanted UTF-8 text", id="png"),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_what_is_no_text_is_refused_with_its_place(content: bytes | str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected
