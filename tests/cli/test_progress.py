import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

from command import dialogs, environment
from servers import Received, Wire, completion, serve


def slowly(request: Received) -> Wire:
    return Wire(0.3, *completion(f"You said: {request.last_user_text}").pieces)


def on_a_terminal(arguments: list[str], cwd: Path, variables: dict[str, str], columns: int) -> str:
    """Run the command with a terminal of that width for its stderr; return what the terminal was sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    command = [sys.executable, "-m", "dialogs", *arguments]
    with subprocess.Popen(
        command, cwd=cwd, env=environment(variables), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
    ):
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 4096):
                seen += data
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


def test_elsewhere_there_is_no_bar(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("turns: [one, two, three]")
    with serve(slowly) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        ended = dialogs("run", "a.yaml", "-m", "m", "-o", "out.jsonl", cwd=tmp_path, variables=variables)

    assert "/3 turns" not in ended.stderr
