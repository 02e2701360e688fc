import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.errors import IncompleteError, WrongUseError
from dialogs.whole_files import write_whole


def test_a_report_is_written_whole_into_a_new_folder(tmp_path: Path) -> None:
    write_whole(tmp_path / "reports" / "a.txt", ["één", "two"])

    assert (tmp_path / "reports" / "a.txt").read_bytes() == "één\ntwo\n".encode()
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["a.txt"]


def test_what_is_not_as_it_should_be_takes_no_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")

    def refuse(path: Path) -> None:
        assert path.read_text() == "after\n"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_whole(tmp_path / "a.txt", ["after"], check=refuse)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_an_interrupted_report_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")

    def lines() -> Iterator[str]:
        yield "after"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.txt", lines())

    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "real.txt").chmod(0o640)
    (tmp_path / "a.txt").symlink_to("real.txt")

    write_whole(tmp_path / "a.txt", ["after"])

    assert (tmp_path / "a.txt").is_symlink()
    assert ((tmp_path / "real.txt").read_text(), (tmp_path / "real.txt").stat().st_mode & 0o777) == ("after\n", 0o640)


def test_a_device_is_written_to_as_it_is() -> None:
    write_whole(Path(os.devnull), ["text"])

    assert not Path(os.devnull).is_file()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=f"^{re.escape(str(tmp_path))} is a folder; wanted the name of a file"):
        write_whole(tmp_path, ["text"])


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    with pytest.raises(IncompleteError, match=r"^/dev/full: the report could not be written: No space left on device$"):
        write_whole(Path("/dev/full"), ["text"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["talk.yaml", "main.jsonl", "main.jsonl.zst"])
def test_a_report_replaces_no_scenario_and_no_transcript(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("before")

    with pytest.raises(WrongUseError, match=r"its name is none of a report; wanted another name"):
        write_whole(tmp_path / name, ["after"])

    assert (tmp_path / name).read_text() == "before"
