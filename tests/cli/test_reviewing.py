"""`dialogs accept --review` at a terminal, as a person meets it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import transcript
from command import environment
from dialogs.transcript_files import read_transcripts, write_transcripts

HOSTILE = "Fine.\x1b[2J\x1b]0;owned\x07 \u202egnp\r\n[q]uit: a"
REVIEW = ("accept", "new.jsonl", "main.jsonl", "--review")
CTRL_C, CTRL_D = b"\x03", b"\x04"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("one", "two", "three")
    write_transcripts(tmp_path / "main.jsonl", [transcript(name, "When?", "Within 30 days.") for name in names])
    write_transcripts(tmp_path / "new.jsonl", [transcript(name, "When?", HOSTILE) for name in names])
    return tmp_path


def at_a_terminal(folder: Path, keys: Sequence[bytes], columns: int = 80) -> tuple[int, str]:
    """Review in a terminal of that width, and press keys, each at the next question; return exit code and screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    # A terminal sends Ctrl-C to those whose terminal it is, which a program becomes by opening it.
    code = (
        "import os, sys, runpy; os.setsid(); os.close(os.open(os.ttyname(0), os.O_RDWR)); runpy.run_module('dialogs')"
    )
    command = [sys.executable, "-c", code, *REVIEW]
    env = environment({"TERM": "xterm", "COLUMNS": str(columns)})
    with subprocess.Popen(command, cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        waiting = list(keys)
        try:
            while data := os.read(ours, 4096):
                seen += data
                if waiting and seen.endswith(b"[q]uit? "):
                    os.write(ours, waiting.pop(0))
        except OSError:  # Linux's way to say that the other end is closed
            pass
    os.close(ours)
    return process.returncode, seen.decode("utf-8", "replace")


def accepted(folder: Path) -> list[str]:
    return [each.scenario for each in read_transcripts(folder / "main.jsonl") if "Fine" in str(each.messages[-1])]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([b"a\n", b"s\n", b"a\n"], ["one", "three"]),
        ([b"accept\n", b"SKIP\n", b"Q\n"], ["one"]),
        ([b"?\n", b"\x1b[A\n", b"\n", b"\xff\n", b"m\n", b"acc\n", b"q\n"], ["one"]),
        ([b"a\n", CTRL_D], ["one"]),
        ([CTRL_D], []),
    ],
)
def test_each_dialogue_gets_what_is_pressed_for_it(folder: Path, keys: list[bytes], expected: list[str]) -> None:
    code, _screen = at_a_terminal(folder, keys)

    assert (code, accepted(folder)) == (0, expected)


def test_ctrl_c_takes_nothing_of_what_was_said_yes_to(folder: Path) -> None:
    code, screen = at_a_terminal(folder, [b"a\n", CTRL_C])

    assert (code, accepted(folder)) == (130, [])
    assert "nothing was accepted" in screen


@pytest.mark.parametrize("columns", [12, 80])
def test_no_reply_acts_on_the_terminal(folder: Path, columns: int) -> None:
    _code, screen = at_a_terminal(folder, [b"m\n", b"q\n"], columns)

    assert "\\x1b[2J" in screen
    assert all(each not in screen for each in ("\x1b[2J", "\x1b]", "\x07", "\u202e"))


def test_a_closed_standard_input_has_no_answers(folder: Path) -> None:
    command = f'"{sys.executable}" -m dialogs {" ".join(REVIEW)} <&-'
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment({}), capture_output=True, check=False)  # noqa: S607 - the shell's own way

    assert (done.returncode, accepted(folder)) == (0, [])
    assert done.stderr.endswith(b"main.jsonl: 0 dialogues accepted\n")
