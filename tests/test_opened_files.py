import os
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest

from dialogs import opened_files
from dialogs.opened_files import DamagedFileError, compressing, decompressed, is_compressed, open_anywhere, open_lines

TEXT = b"".join(b"line %d of many, alike and yet not the same: %d\n" % (number, number**7) for number in range(50_000))
SKIPPABLE = b"\x53\x2a\x4d\x18\x04\x00\x00\x00abcd"  # as pzstd writes before its frames


def packed(text: bytes, piece: int = 1 << 20) -> bytes:
    file = BytesIO()
    with compressing(file, Path("x.jsonl.zst")) as lines:
        for start in range(0, len(text), piece):
            lines.write(text[start : start + piece])
    return file.getvalue()


def read(path: Path) -> bytes:
    with open_lines(path) as file:
        return b"".join(file)


@pytest.mark.parametrize(
    "data",
    [
        packed(TEXT),
        packed(TEXT[:1000]) + packed(b"") + packed(TEXT[1000:]),
        SKIPPABLE + packed(TEXT) + SKIPPABLE,
        TEXT,
    ],
    ids=["one frame", "several", "skippable", "plain"],
)
@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.zst"])
def test_a_file_is_known_by_what_it_holds(data: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)

    if data is TEXT and name.endswith(".zst"):
        with pytest.raises(DamagedFileError) as error:
            read(tmp_path / name)
        assert error.value.strerror == "its name ends in .zst, yet it holds text that is not compressed; rename it"
    else:
        assert read(tmp_path / name) == TEXT


def test_the_bytes_of_a_compressed_text_do_not_depend_on_its_pieces() -> None:
    assert len({packed(TEXT, piece) for piece in (7919, 65_536, 131_072, 1 << 24)}) == 1


def test_a_frame_has_a_checksum() -> None:
    data = bytearray(packed(TEXT))
    data[-1] ^= 1

    with pytest.raises(OSError, match="checksum"):
        decompressed(bytes(data), len(TEXT))


@pytest.mark.parametrize("size", [4, 100, 100_000, -1])
def test_what_is_cut_off_is_read_to_there_and_then_named(size: int, tmp_path: Path) -> None:
    (tmp_path / "x.zst").write_bytes(packed(TEXT)[:size])

    found: list[bytes] = []
    with open_lines(tmp_path / "x.zst") as file, pytest.raises(DamagedFileError, match="zstd data is cut off after "):
        found.extend(file)
    assert TEXT.startswith(b"".join(found))


def test_damage_says_what_zstd_says(tmp_path: Path) -> None:
    data = packed(TEXT)
    (tmp_path / "x.zst").write_bytes(data[:1000] + bytes(100) + data[1100:])

    with pytest.raises(DamagedFileError, match=r"its zstd data is damaged after [\d,]+ bytes of text \(.+\); copy"):
        read(tmp_path / "x.zst")


def test_an_empty_file_holds_no_line(tmp_path: Path) -> None:
    (tmp_path / "x.zst").touch()

    assert read(tmp_path / "x.zst") == b""


def test_no_text_makes_a_whole_frame() -> None:
    assert is_compressed(packed(b""))
    assert decompressed(packed(b""), 10) == b""


def test_a_compressed_file_can_be_read_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "x.zst").write_bytes(packed(TEXT))
    with ExitStack() as files:
        file = open_anywhere(tmp_path / "x.zst", files)
        end = os.pread(file.fileno(), 100, len(TEXT) - 100)
        start = file.readline()

    assert (start, end) == (TEXT[: TEXT.index(b"\n") + 1], TEXT[-100:])


def test_a_plain_file_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(TEXT)
    with ExitStack() as files:
        file = open_anywhere(tmp_path / "x.jsonl", files)

        assert os.fstat(file.fileno()).st_ino == (tmp_path / "x.jsonl").stat().st_ino


def test_a_line_without_an_end_stops_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_files, "LONGEST_LINE", 1 << 20)
    (tmp_path / "x.zst").write_bytes(packed(TEXT + bytes(100 << 20)))

    with pytest.raises(DamagedFileError, match="a line of more than 1,048,576 bytes"):
        read(tmp_path / "x.zst")


def test_no_more_is_unpacked_than_is_wanted() -> None:
    assert decompressed(packed(bytes(100 << 20)), 10) == bytes(11)


def test_no_text_begins_as_compressed_data_does() -> None:
    assert not any(is_compressed(start) for start in (b"", b"(", b'{"format":1', b"S*M", "µ".encode()))


def test_an_exception_ends_the_writing_without_another(tmp_path: Path) -> None:
    def write() -> None:
        with (tmp_path / "x").open("wb") as file, compressing(file, Path("x.zst")) as lines:
            lines.write(TEXT)
            raise KeyError

    with pytest.raises(KeyError):
        write()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="No space left"),
        Path("/dev/full").open("wb", buffering=0) as file,
        compressing(file, tmp_path / "x.zst") as lines,
    ):
        lines.write(os.urandom(1 << 20))
