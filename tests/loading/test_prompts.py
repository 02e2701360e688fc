"""A system message from a file beside the scenario."""

import os
from pathlib import Path

import pytest

from dialogs.loading import load_scenarios
from scenario_files import faults_of, load

SCENARIO = "system: {file: prompts/system.md}\nturns: [Hi]\n"
PLACE = '1:16: file "prompts/system.md"'


@pytest.fixture(autouse=True)
def prompts(folder: Path) -> Path:
    (folder / "prompts").mkdir()
    return folder / "prompts"


@pytest.mark.parametrize("text", ["Be brief.\n", "", "no", "# not: [yaml\n\tat all", "a\u2028b\x1b", "two\r\nlines"])
def test_the_file_is_the_message_as_it_stands(prompts: Path, text: str) -> None:
    (prompts / "system.md").write_bytes(text.encode())

    (scenario,) = load(SCENARIO)

    assert scenario.system == text


def test_a_byte_order_mark_is_no_part_of_the_message(prompts: Path) -> None:
    (prompts / "system.md").write_bytes(b"\xef\xbb\xbfBe brief.")

    assert load(SCENARIO)[0].system == "Be brief."


def test_the_file_is_found_beside_the_scenario_and_not_in_the_working_folder(prompts: Path, folder: Path) -> None:
    (prompts / "system.md").write_text("Be brief.")
    (folder / "elsewhere").mkdir()
    os.chdir("elsewhere")
    Path("../other.yaml").write_text(SCENARIO)

    (scenario,) = load_scenarios(["../other.yaml"])

    assert scenario.system == "Be brief."


def test_a_link_within_the_folder_is_followed(prompts: Path) -> None:
    (prompts / "real.md").write_text("Be brief.")
    (prompts / "system.md").symlink_to("real.md")

    assert load(SCENARIO)[0].system == "Be brief."


def test_a_link_out_of_the_folder_is_refused_and_its_target_not_named(prompts: Path) -> None:
    (prompts / "system.md").symlink_to("/etc/passwd")

    assert faults_of(SCENARIO) == [f"{PLACE}: a symbolic link that leads out of its folder; wanted a file inside"]


def test_a_folder_that_is_a_link_out_is_refused(prompts: Path) -> None:
    prompts.rmdir()
    prompts.symlink_to("/etc")

    assert faults_of("system: {file: prompts/passwd}\nturns: [Hi]\n") == [
        '1:16: file "prompts/passwd": a symbolic link that leads out of its folder; wanted a file inside'
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"caf\xe9", " at 1:4: byte 0xe9 is not UTF-8; wanted UTF-8 text"),
        ("Be".encode("utf-16"), " at 1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
        (b"Be\0brief", ": holds NUL characters; wanted a text file"),
        (b"x" * ((4 << 20) + 1), ": larger than 4 MB; wanted a smaller file, or a larger --max-file-size"),
    ],
)
def test_a_file_that_is_no_text_is_refused(prompts: Path, content: bytes, expected: str) -> None:
    (prompts / "system.md").write_bytes(content)

    assert faults_of(SCENARIO) == [f"{PLACE}{expected}"]


def test_a_fifo_is_refused_without_waiting(prompts: Path) -> None:
    os.mkfifo(prompts / "system.md")

    assert faults_of(SCENARIO) == [f"{PLACE}: a FIFO; wanted a regular file"]
