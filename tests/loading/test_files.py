"""Bytes that are no text, or no text that YAML parsers read alike, and files that are no files."""

import os
import socket
from pathlib import Path

import pytest

from dialogs.errors import InvalidFilesError
from dialogs.loading import MAX_BYTES, load_scenarios
from scenario_files import faults_of, words_of

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


def refusal(path: str, max_bytes: int = MAX_BYTES) -> str:
    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios([path], max_bytes=max_bytes)
    return str(caught.value)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert words_of(b"\xef\xbb\xbfturns: [hi]\n") == ["hi"]


def test_a_place_after_a_byte_order_mark_does_not_count_it() -> None:
    assert faults_of(b"\xef\xbb\xbfturns: \xff\n") == ["1:8: byte 0xff is not UTF-8; wanted UTF-8 text"]


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_every_line_ending_is_read(ending: str) -> None:
    assert words_of(f"turns:{ending}  - |{ending}    a{ending}    b{ending}") == ["a\nb\n"]


def test_a_fifo_is_refused_without_waiting() -> None:
    os.mkfifo("talk.yaml")

    assert refusal("talk.yaml") == "talk.yaml: a FIFO; wanted a regular file"


def test_a_device_is_refused() -> None:
    assert refusal("/dev/zero") == "/dev/zero: a device; wanted a regular file"


def test_a_socket_is_refused() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("talk.yaml")

        assert refusal("talk.yaml") == "talk.yaml: a socket; wanted a regular file"


def test_a_file_that_may_not_be_read_is_refused(unprivileged: Path) -> None:
    path = unprivileged / "talk.yaml"
    path.touch(mode=0o000)

    assert refusal(str(path)) == f"{path}: cannot be read: Permission denied; wanted a readable file"


def test_a_folder_that_may_not_be_read_is_refused(unprivileged: Path) -> None:
    path = unprivileged / "closed"
    path.mkdir(mode=0o000)

    assert refusal(str(path)) == f"{path}: cannot be read: Permission denied; wanted a readable folder"


def test_a_file_over_the_limit_is_refused() -> None:
    Path("talk.yaml").write_text(f"turns: [hi]\n#{'x' * (4 << 20)}\n")

    assert refusal("talk.yaml") == "talk.yaml: larger than 4 MB; wanted a smaller file, or a larger --max-file-size"
    assert load_scenarios(["talk.yaml"], max_bytes=5 << 20)


def test_a_file_of_exactly_the_limit_is_read() -> None:
    Path("talk.yaml").write_text("turns: [hi]\n")

    assert load_scenarios(["talk.yaml"], max_bytes=12)
    assert refusal("talk.yaml", max_bytes=11).startswith("talk.yaml: larger than 11 bytes")


def test_a_file_of_unknown_size_is_bounded_too() -> None:
    assert refusal("/proc/self/maps", max_bytes=100).startswith("/proc/self/maps: larger than 100 bytes")


@pytest.mark.parametrize("target", ["secret.yaml", "/etc/passwd", "/etc"])
def test_a_link_out_of_its_folder_is_refused_and_its_target_not_named(target: str, folder: Path) -> None:
    Path("inside").mkdir()
    Path("secret.yaml").write_text("turns: [password]\n")
    link = Path("inside/talk.yaml")
    link.symlink_to(folder / target)

    assert refusal("inside") == "inside/talk.yaml: a symbolic link that leads out of its folder; wanted a file inside"


def test_a_link_that_is_named_itself_is_held_to_its_folder_too() -> None:
    Path("inside").mkdir()
    Path("secret.yaml").write_text("turns: [password]\n")
    Path("inside/talk.yaml").symlink_to("../secret.yaml")

    assert refusal("inside/talk.yaml") == (
        "inside/talk.yaml: a symbolic link that leads out of its folder; wanted a file inside"
    )


def test_a_link_within_its_folder_is_followed_and_read_once() -> None:
    Path("inside/below").mkdir(parents=True)
    Path("inside/talk.yaml").write_text("turns: [hi]\n")
    Path("inside/below/again.yaml").symlink_to("../talk.yaml")

    assert [scenario.place.file for scenario in load_scenarios(["inside"])] == ["inside/below/again.yaml"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("gone.yaml", "cannot be read: No such file or directory; wanted a readable file"),
        ("talk.yaml", "a symbolic link that leads nowhere; wanted a regular file"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(target: str, reason: str) -> None:
    Path("talk.yaml").symlink_to(target)

    assert refusal(".") == f"talk.yaml: {reason}"
