import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from builders import transcript
from command import dialogs, environment
from dialogs.transcript_files import write_transcripts

# A pager that says what it was given, and with which options for `less`.
PAGER = """#!/bin/sh
echo "PAGED with $LESS"
exec cat
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a pager, a long transcript and a short one."""
    tmp_path.joinpath("page").write_text(PAGER)
    tmp_path.joinpath("page").chmod(0o755)
    write_transcripts(tmp_path / "long.jsonl", [transcript("talk", *["Hello?", "Hi."] * 40)])
    write_transcripts(tmp_path / "short.jsonl", [transcript("talk", "Hello?", "Hi.")])
    return tmp_path


def on_a_terminal(folder: Path, *arguments: str, **variables: str) -> str:
    """Run the command with a terminal for its stdout; return what the terminal was sent."""
    ours, theirs = pty.openpty()
    named = {"TERM": "xterm", "PAGER": str(folder / "page"), "LINES": "30", **variables}
    command = [sys.executable, "-m", "dialogs", *arguments]
    streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, env=environment(named), **streams):  # type: ignore[call-overload]
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 4096):
                seen += data
        except OSError:  # Linux's way to say that the other end is closed
            pass
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def test_long_output_goes_through_the_pager(folder: Path) -> None:
    seen = on_a_terminal(folder, "show", "long.jsonl")

    assert seen.startswith("PAGED with FRX\n")
    assert seen.count("Hello?") == 40


def test_the_reader_s_own_options_of_less_are_kept(folder: Path) -> None:
    assert on_a_terminal(folder, "show", "long.jsonl", LESS="S").startswith("PAGED with S\n")


def test_a_comparison_goes_through_the_pager_too(folder: Path) -> None:
    for file, answer in (("old", "Hi."), ("new", "Hey, you.")):
        write_transcripts(folder / f"{file}.jsonl", [transcript(f"talk-{n}", "Hello?", answer) for n in range(20)])

    assert on_a_terminal(folder, "diff", "old.jsonl", "new.jsonl").startswith("PAGED")


@pytest.mark.parametrize(
    ("file", "flags", "variables"),
    [
        ("short.jsonl", [], {}),
        ("long.jsonl", ["--no-pager"], {}),
        ("long.jsonl", [], {"PAGER": ""}),
        ("long.jsonl", [], {"PAGER": "cat"}),
        ("long.jsonl", [], {"PAGER": "no-such-pager"}),
        ("long.jsonl", [], {"TERM": "dumb"}),
    ],
)
def test_nothing_is_paged_that_fits_or_that_should_not_be(
    folder: Path, file: str, flags: list[str], variables: dict[str, str]
) -> None:
    seen = on_a_terminal(folder, "show", file, *flags, **variables)

    assert "PAGED" not in seen
    assert "Hello?" in seen


def test_what_goes_into_a_pipe_is_never_paged(folder: Path) -> None:
    done = dialogs("show", "long.jsonl", cwd=folder, variables={"PAGER": str(folder / "page"), "TERM": "xterm"})

    assert done.stdout.count("Hello?") == 40
    assert "PAGED" not in done.stdout


def test_a_pager_that_is_left_early_ends_the_command_in_silence(folder: Path) -> None:
    folder.joinpath("page").write_text("#!/bin/sh\nhead -1\n")

    assert len(on_a_terminal(folder, "show", "long.jsonl").splitlines()) == 1
