"""A file that cannot grow any more stands for a full disk: each write past the limit fails with an error."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from command import dialogs, environment
from servers import Received, Server, Wire, completion, serve

FLAGS = ("run", "scenarios", "-m", "m", "-j", "4", "-o", "out.jsonl", "--stable")
DIALOGUES, TURNS = 12, 3


def echo(request: Received) -> Wire:
    return completion(f"{request.last_user_text} {'and so on ' * 60}")


def variables(server: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}


def run_with_limit(server: Server, folder: Path, kibibytes: int) -> "subprocess.CompletedProcess[str]":
    """Run the command where no file may grow past the limit."""
    command = f'ulimit -f {kibibytes}; exec "$@"'
    return subprocess.run(
        ["/bin/bash", "-c", command, "bash", sys.executable, "-m", "dialogs", *FLAGS],
        cwd=folder,
        env=environment({**variables(server), "PYTHONDONTWRITEBYTECODE": "1"}),  # half a .pyc would be left
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def write_scenarios(folder: Path) -> None:
    (folder / "scenarios").mkdir(parents=True)
    for number in range(DIALOGUES):
        turns = "".join(f"  - turn {turn} of {number}\n" for turn in range(TURNS))
        (folder / "scenarios" / f"talk-{number:02}.yaml").write_text(f"turns:\n{turns}")


@pytest.fixture
def expected(tmp_path: Path) -> bytes:
    write_scenarios(tmp_path / "undisturbed")
    with serve(echo) as server:
        dialogs(*FLAGS, cwd=tmp_path / "undisturbed", variables=variables(server))
    return (tmp_path / "undisturbed" / "out.jsonl").read_bytes()


@pytest.mark.parametrize("kibibytes", [8, 12, 24, 40])
def test_a_full_disk_stops_the_sending_and_loses_nothing(kibibytes: int, expected: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_scenarios(folder)
    with serve(echo) as server:
        stopped = run_with_limit(server, folder, kibibytes)
        asked = len(server.requests)
        resumed = dialogs(*FLAGS, "--resume", cwd=folder, variables=variables(server))

    assert (stopped.returncode, resumed.code) == (3, 0), stopped.stderr + resumed.stderr
    assert "nothing more was sent" in stopped.stderr
    assert "--resume" in stopped.stderr
    assert asked <= DIALOGUES * TURNS
    assert len(server.requests) == DIALOGUES * TURNS
    assert expected == (folder / "out.jsonl").read_bytes()


def test_a_folder_that_is_removed_in_mid_run_loses_no_reply(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_scenarios(folder)
    (folder / "place").mkdir()

    def removes_the_folder(request: Received) -> Wire:
        if request.last_user_text == "turn 1 of 0":
            for path in (folder / "place").iterdir():
                path.unlink()
            (folder / "place").rmdir()
        return echo(request)

    flags = [*FLAGS[:-2], "place/out.jsonl", "--stable", "-j", "1"]
    with serve(removes_the_folder) as server:
        ended = dialogs(*flags, cwd=folder, variables={**variables(server), "TMPDIR": str(tmp_path)})
        asked = len(server.requests)

    assert ended.code == 3
    assert asked <= 3
    assert "removed" in ended.stderr
    spills = re.findall(r"\S*\.spill\b", ended.stderr)
    assert spills
    assert all(Path(folder, spill).exists() for spill in spills)
