import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from builders import dialogue, in_turn, play
from command import dialogs, environment
from dialogs.cli.progress import Progress
from dialogs.reports.wrapping import display_width
from dialogs.tally import Tally
from servers import Received, Wire, completion, serve


def slowly(request: Received) -> Wire:
    return Wire(0.3, *completion(f"You said: {request.last_user_text}").pieces)


def resize(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))


def on_a_terminal(
    arguments: list[str], cwd: Path, variables: dict[str, str], columns: int, then_columns: int | None = None
) -> str:
    """Run the command with a terminal of that width for its stderr; return what the terminal was sent.

    The terminal gets `then_columns` once the first turns were shown.
    """
    ours, theirs = pty.openpty()
    resize(theirs, columns)
    command = [sys.executable, "-m", "dialogs", *arguments]
    with subprocess.Popen(
        command, cwd=cwd, env=environment(variables), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
    ):
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 4096):
                seen += data
                if then_columns is not None and b"1/" in seen:
                    resize(ours, then_columns)
        except OSError:  # Linux's way to say that the other end is closed
            pass
    os.close(ours)
    return seen.decode()


def test_a_terminal_shows_turns_dialogues_and_tokens_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("turns: [one, two, three]")
    with serve(slowly) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        seen = on_a_terminal(["run", "a.yaml", "-m", "m", "-o", "out.jsonl"], tmp_path, variables, 80)

    bars = [line for line in seen.replace("\r", "\n").split("\n") if "turns" in line and "tokens" in line]
    assert any(line.startswith("2/3 turns") and "10 tokens" in line for line in bars)
    assert "1 dialogue: 1 completed" in seen


def shown(seen: str) -> list[str]:
    """Take from what a terminal was sent the lines that were drawn over each other."""
    return [
        line for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", seen).replace("\r", "\n").split("\n") if "turns" in line
    ]


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_no_line_of_the_display_is_wider_than_the_terminal(tmp_path: Path, columns: int) -> None:
    (tmp_path / "a.yaml").write_text("turns: [one, two, three]")
    with serve(slowly) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        seen = on_a_terminal(["run", "a.yaml", "-m", "m", "-o", "out.jsonl"], tmp_path, variables, columns)

    bars = [line for line in shown(seen) if "/3 turns" in line]
    assert any(line.startswith("2/3 turns") for line in bars)
    assert max(map(display_width, bars)) <= columns


def test_a_terminal_that_becomes_narrow_is_given_narrow_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("turns: [one, two, three, four, five, six]")
    with serve(slowly) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        seen = on_a_terminal(["run", "a.yaml", "-m", "m", "-o", "out.jsonl"], tmp_path, variables, 120, 30)

    late = [line for line in shown(seen) if line.startswith(("4/6", "5/6", "6/6"))]
    assert late
    assert max(map(display_width, late)) <= 30


@pytest.mark.parametrize("many", [10, 10_000])
def test_without_a_terminal_a_line_comes_from_time_to_time(capsys: pytest.CaptureFixture[str], many: int) -> None:
    tally = Tally()
    played, _requests = play(dialogue("Hello?"), in_turn("Hi."))

    async def run() -> str:
        written = ""
        with Progress(tally, turns=2 * many, dialogues=many, every_s=0.001) as progress:
            for _ in range(many // 2):
                progress.played(played)
            while not written:
                await asyncio.sleep(0)
                written = capsys.readouterr().err
        return written.splitlines()[0]

    assert asyncio.run(run()) == f"0:00:00: 0/{2 * many:,} turns, {many // 2:,}/{many:,} dialogues, 0 tokens"


def test_elsewhere_there_is_no_bar(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("turns: [one, two, three]")
    with serve(slowly) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        ended = dialogs("run", "a.yaml", "-m", "m", "-o", "out.jsonl", cwd=tmp_path, variables=variables)

    assert "/3 turns" not in ended.stderr
