"""Runs that several processes play: the real ones, against a server on loopback."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs, start
from servers import Act, Received, Server, Wire, completion, error, serve

KEY = "sk-canary-9f8e7d6c5b4a"
DIALOGUES = 12
FLAGS = ("run", "scenarios", "-m", "m", "-o", "out.jsonl", "--stable")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    for number in range(DIALOGUES):
        (tmp_path / "scenarios" / f"talk-{number:02}.yaml").write_text(f"turns:\n  - one {number}\n  - two {number}\n")
    return tmp_path


def echo(request: Received) -> Wire:
    return completion(f"{len(request.messages)} {request.last_user_text}")


def slowly(request: Received) -> Wire:
    return Wire(0.05, *echo(request).pieces)


def hanging(request: Received) -> Wire:
    """Answer first turns alone."""
    return Wire(60.0, Act.CLOSE) if request.last_user_text.startswith("two") else echo(request)


def variables(server: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}


def run(server: Server, folder: Path, *flags: str) -> Ended:
    return dialogs(*FLAGS, *flags, cwd=folder, variables=variables(server))


def started(server: Server, folder: Path, *flags: str) -> "subprocess.Popen[str]":
    return start(*FLAGS, *flags, cwd=folder, variables=variables(server))


def children(process: "subprocess.Popen[str]") -> list[int]:
    command = ["pgrep", "-P", str(process.pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "scenarios")


@pytest.fixture
def expected(folder: Path) -> bytes:
    with serve(echo) as server:
        assert run(server, folder).code == 0
    output = folder / "out.jsonl"
    found = output.read_bytes()
    output.unlink()
    return found


@pytest.mark.parametrize("workers", ["2", "5", "40"])
def test_several_processes_write_what_one_would_have(workers: str, folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        ended = run(server, folder, "--workers", workers, "--record", "cassette.jsonl")

    assert ended.code == 0, ended.stderr
    assert (folder / "out.jsonl").read_bytes() == expected
    assert len(server.requests) == 2 * DIALOGUES
    assert "12 dialogues: 12 completed\n24 turns asked" in ended.stderr
    assert "recorded: 24 completions in cassette.jsonl" in ended.stderr
    assert left(folder) == ["cassette.jsonl", "out.jsonl"]


def test_a_cassette_answers_several_processes(folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        run(server, folder, "--record", "cassette.jsonl")
        ended = run(server, folder, "--replay", "cassette.jsonl", "--workers", "3", "--select", "talk-0*")

    assert ended.code == 0, ended.stderr
    assert (folder / "out.jsonl").read_bytes() == b"".join(expected.splitlines(keepends=True)[:10])
    assert "20 from the cassette" in ended.stderr
    assert "4 recordings of cassette.jsonl not used" in ended.stderr


def test_a_shard_is_divided_too(folder: Path) -> None:
    with serve(echo) as server:
        one = run(server, folder, "--shard", "1/2")
        output = (folder / "out.jsonl").read_bytes()
        two = run(server, folder, "--shard", "1/2", "--workers", "2")

    assert (one.code, two.code) == (0, 0)
    assert (folder / "out.jsonl").read_bytes() == output
    assert 0 < len(output.splitlines()) < DIALOGUES


def test_the_limit_of_requests_holds_for_all_processes_together(folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        stopped = run(server, folder, "--workers", "2", "--max-requests", "7")
        asked = len(server.requests)
        resumed = run(server, folder, "--workers", "2", "--resume")

    assert (stopped.code, resumed.code, asked) == (3, 0, 7)
    assert "stopped early: 7 requests were sent, as many as --max-requests allows" in stopped.stderr
    assert "out.jsonl.parts holds 7 replies; the same command with --resume goes on from there" in stopped.stderr
    assert len(server.requests) == 2 * DIALOGUES
    assert (folder / "out.jsonl").read_bytes() == expected
    assert left(folder) == ["out.jsonl"]


def test_what_was_finished_is_kept_whichever_process_would_play_it(folder: Path) -> None:
    def refuses_one(request: Received) -> Wire:
        return error(400, "not this") if request.last_user_text == "two 7" else echo(request)

    with serve(refuses_one) as server:
        first = run(server, folder, "--workers", "2")
        asked = len(server.requests)
        again = run(server, folder, "--workers", "3", "--resume")

    assert (first.code, again.code, asked, len(server.requests)) == (3, 3, 2 * DIALOGUES, 2 * DIALOGUES + 1)
    assert "12 dialogues: 11 completed, 1 error, 11 of them kept from an earlier run" in again.stderr
    assert [row["scenario"] for row in rows(folder)] == [f"talk-{number:02}" for number in range(DIALOGUES)]


def test_several_processes_play_against_a_baseline_as_one_does(folder: Path) -> None:
    def wavers(request: Received) -> Wire:
        return completion("otherwise" if "one 4" in request.body.decode() else "as before")

    said = []
    with serve(lambda _request: completion("as before")) as server:
        run(server, folder, "-o", "base.jsonl")
    for workers in "1", "3":
        with serve(wavers) as server:
            ended = run(server, folder, "--workers", workers, "--baseline", "base.jsonl", "--html", "page.html")
            said.append((ended.code, re.sub(r"in [0-9.]+ s", "", ended.stderr), (folder / "out.jsonl").read_bytes()))

    assert said[0] == said[1]
    assert "12 dialogues: 11 same, 1 changed" in said[0][1]


def test_a_key_without_credit_ends_all_processes_at_once(folder: Path) -> None:
    with serve(lambda _request: error(429, "no credit", "insufficient_quota")) as server:
        ended = run(server, folder, "--workers", "2", "-j", "2")

    assert ended.code == 3
    assert len(server.requests) <= 2
    assert {row["error"]["kind"] for row in rows(folder)} == {"insufficient_quota"}


def test_failures_of_all_processes_are_counted_together(folder: Path) -> None:
    with serve(lambda _request: error(400, "not like this")) as server:
        ended = run(server, folder, "--workers", "2", "-j", "2", "--max-failures", "3")

    assert ended.code == 3
    assert "stopped early: 3 dialogues failed, as many as --max-failures allows" in ended.stderr
    assert 3 <= len(server.requests) < DIALOGUES


def test_a_process_that_is_killed_is_replaced_and_nothing_is_bought_twice(folder: Path, expected: bytes) -> None:
    with serve(slowly) as server:
        process = started(server, folder, "--workers", "2", "-j", "4")
        server.wait_for_requests(6)
        os.kill(children(process)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert re.search(r"process \d+, which played part \d of 2, was ended by SIGKILL; another one goes on", said)
    assert (folder / "out.jsonl").read_bytes() == expected
    assert len(server.requests) <= 2 * DIALOGUES + 4
    assert left(folder) == ["out.jsonl"]


def test_a_part_whose_processes_keep_dying_is_given_up(folder: Path) -> None:
    (folder / "deadly.py").write_text(
        "import os, signal\ndef answer(messages):\n"
        "    if messages[-1]['content'] == 'two 3':\n        os.kill(os.getpid(), signal.SIGKILL)\n    return 'ok'\n"
    )
    ended = dialogs("run", "scenarios", "--endpoint", "deadly:answer", "-o", "out.jsonl", "--workers", "2", cwd=folder)

    assert ended.code == 3
    assert "the part is given up" in ended.stderr
    assert "the same command with --resume goes on" in ended.stderr
    assert 0 < len(rows(folder)) < DIALOGUES


def test_what_was_finished_stays_where_a_part_is_given_up(folder: Path) -> None:
    deadly = (
        "import os\ndef answer(messages):\n    return 'ok' if 'deadly' not in messages[0]['content'] else os.abort()\n"
    )
    (folder / "deadly.py").write_text(deadly)
    flags = ("run", "scenarios", "--endpoint", "deadly:answer", "-o", "out.jsonl", "--workers", "2")
    dialogs(*flags, cwd=folder)
    (folder / "scenarios" / "talk-99.yaml").write_text("turns: [deadly]")
    ended = dialogs(*flags, "--resume", cwd=folder)

    assert ended.code == 3
    assert "13 dialogues: 12 completed, 12 of them kept from an earlier run, 1 not begun" in ended.stderr
    assert len(rows(folder)) == DIALOGUES


def interrupted(server: Server, folder: Path) -> "subprocess.Popen[str]":
    """Start two processes whose second turns hang, and stop them by Ctrl-C, which waits for what is on its way."""
    process = started(server, folder, "--workers", "2", "--grace", "60")
    server.wait_for_requests(2 * DIALOGUES)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "once more to stop at once" in process.stderr.readline()
    return process


def test_replies_stay_of_processes_that_all_died_without_a_word(folder: Path, expected: bytes) -> None:
    behaviour = {"now": hanging}

    def script(request: Received) -> Wire:
        return behaviour["now"](request)

    with serve(script) as server:
        process = interrupted(server, folder)
        for worker in children(process):
            os.kill(worker, signal.SIGKILL)
        _, said = process.communicate(timeout=30)
        behaviour["now"] = echo
        resumed = run(server, folder, "--workers", "2", "--resume")

    assert process.returncode == 130, said
    assert f"out.jsonl.parts holds {DIALOGUES} replies; the same command with --resume goes on from there" in said
    assert resumed.code == 0, resumed.stderr
    assert len(server.requests) == 3 * DIALOGUES  # the second turns once more, whose end nobody saw
    assert (folder / "out.jsonl").read_bytes() == expected


def test_a_second_ctrl_c_ends_all_processes_at_once(folder: Path) -> None:
    with serve(hanging) as server:
        process = interrupted(server, folder)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

    assert process.returncode == 130, said
    assert "12 dialogues: 12 interrupted" in said
    assert "12 of unknown end" in said


def test_ctrl_c_reaches_all_processes_and_the_run_goes_on_later(folder: Path, expected: bytes) -> None:
    with serve(slowly) as server:
        process = started(server, folder, "--workers", "2", "-j", "4")
        server.wait_for_requests(6)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        asked = len(server.requests)
        resumed = run(server, folder, "--workers", "3", "--resume")

    assert process.returncode == 130, said
    assert f"holds {asked} replies; the same command with --resume goes on from there" in said
    assert resumed.code == 0
    assert len(server.requests) == 2 * DIALOGUES
    assert (folder / "out.jsonl").read_bytes() == expected


def test_processes_end_when_the_first_one_is_killed(folder: Path) -> None:
    with serve(hanging) as server:
        process = started(server, folder, "--workers", "2")
        server.wait_for_requests(2 * DIALOGUES)
        workers = children(process)
        process.kill()
        process.communicate(timeout=60)
        # What waits for the run's lock waits for its processes.
        ended = run(server, folder, "--workers", "2", "--fresh", "--max-requests", "0")

    assert len(workers) == 2
    assert ended.code == 3, ended.stderr


@pytest.mark.parametrize("flags", [("--workers", "2"), ("--workers", "3"), ()])
def test_what_several_processes_left_is_not_overwritten(flags: tuple[str, ...], folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder, "--workers", "2", "--max-requests", "7")
        refused = run(server, folder, *flags)

    assert refused.code == 2
    assert "holds 7 paid replies of a run that did not finish: --resume goes on with it" in refused.stderr
    assert len(server.requests) == 7


def test_what_one_process_left_is_gone_on_with_by_several(folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        run(server, folder, "--max-requests", "7")
        resumed = run(server, folder, "--workers", "2", "--resume")

    assert resumed.code == 0, resumed.stderr
    assert len(server.requests) == 2 * DIALOGUES
    assert (folder / "out.jsonl").read_bytes() == expected
    assert left(folder) == ["out.jsonl"]


def test_a_dialogue_that_was_renamed_keeps_its_reply_whichever_process_plays_it(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder, "--workers", "2", "--max-requests", "9")
        for path in (folder / "scenarios").iterdir():
            path.rename(path.with_name(f"renamed-{path.name}"))
        resumed = run(server, folder, "--workers", "2", "--resume")

    assert resumed.code == 0, resumed.stderr
    assert len(server.requests) == 2 * DIALOGUES


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", ""])
def test_a_number_of_processes_that_is_none_is_refused(value: str, folder: Path) -> None:
    ended = dialogs(*FLAGS, "--workers", value, cwd=folder)

    assert ended.code == 2
    assert "wanted a number of processes from 1 to 1,000, or auto" in ended.stderr


def test_auto_takes_as_many_processes_as_there_are_processors(folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        ended = run(server, folder, "--workers", "auto")

    assert ended.code == 0, ended.stderr
    assert (folder / "out.jsonl").read_bytes() == expected
