import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs, start
from servers import Received, Server, Wire, answer, completion, completion_object, error, serve

KEY = "sk-canary-9f8e7d6c5b4a"
TALKS = {"a": "turns: [a1, a2, a3]", "b": "turns: [b1, b2]"}


def echo(request: Received) -> Wire:
    return completion(f"{len(request.messages)} {request.last_user_text}")


def failing_once(text: str) -> Callable[[Received], Wire]:
    """Echo, but refuse the first request whose last word is `text`."""
    failed: list[bool] = []

    def script(request: Received) -> Wire:
        if request.last_user_text == text and not failed:
            failed.append(True)
            return error(400, "not now")
        return echo(request)

    return script


def run(server: Server, folder: Path, *flags: str) -> Ended:
    write(folder)
    return dialogs(
        "run", ".", "-m", "m", "-o", "out.jsonl", "--stable", *flags, cwd=folder, variables=variables(server)
    )


def write(folder: Path) -> None:
    for name, text in TALKS.items():
        (folder / f"{name}.yaml").write_text(text)


def variables(server: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


@pytest.fixture
def expected(tmp_path: Path) -> bytes:
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    with serve(echo) as server:
        assert run(server, folder).code == 0
    return (folder / "out.jsonl").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_a_run_with_an_error_is_resumed_at_the_turn_that_failed(folder: Path, expected: bytes) -> None:
    with serve(failing_once("a2")) as server:
        first = run(server, folder)
        asked = len(server.requests)
        second = run(server, folder, "--resume")

    assert (first.code, second.code, len(server.requests) - asked) == (3, 0, 2)
    assert expected == (folder / "out.jsonl").read_bytes()
    assert "2 turns asked" in second.stderr
    assert not (folder / "out.jsonl.journal").exists()


def test_a_journal_left_behind_stops_the_next_run_of_its_output(folder: Path) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
        asked = len(server.requests)
        again = run(server, folder)

    assert (again.code, len(server.requests)) == (2, asked)
    assert "out.jsonl.journal holds 3 paid replies" in again.stderr
    assert "--resume" in again.stderr
    assert "--fresh" in again.stderr


def test_fresh_throws_the_journal_away(folder: Path, expected: bytes) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
        asked = len(server.requests)
        again = run(server, folder, "--fresh")

    assert (again.code, len(server.requests) - asked) == (0, 5)
    assert expected == (folder / "out.jsonl").read_bytes()


@pytest.mark.parametrize("stable", [True, False])
def test_a_finished_run_is_resumed_without_a_request(stable: bool, folder: Path) -> None:  # noqa: FBT001 - a case
    write(folder)
    flags = ["run", ".", "-m", "m", "-o", "out.jsonl", *(["--stable"] if stable else [])]
    with serve(echo) as server:
        dialogs(*flags, cwd=folder, variables=variables(server))
        before, asked = (folder / "out.jsonl").read_bytes(), len(server.requests)
        again = dialogs(*flags, "--resume", cwd=folder, variables=variables(server))

    assert (again.code, len(server.requests)) == (0, asked)
    assert before == (folder / "out.jsonl").read_bytes()
    assert "2 of them kept from an earlier run" in again.stderr


def test_a_resume_plays_what_has_changed_since(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder)
        asked = len(server.requests)
        TALKS_CHANGED = "turns: [b1, b2, b3]"  # noqa: N806 - a constant of this test
        write(folder)
        (folder / "b.yaml").write_text(TALKS_CHANGED)
        again = dialogs("run", ".", "-m", "m", "-o", "out.jsonl", "--resume", cwd=folder, variables=variables(server))

    assert (again.code, len(server.requests) - asked) == (0, 3)


def test_a_resume_with_another_model_is_refused(folder: Path) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
        asked = len(server.requests)
        again = run(server, folder, "--resume", "-m", "other")

    assert (again.code, len(server.requests)) == (2, asked)
    assert "-m" in again.stderr


def test_a_resume_on_another_endpoint_is_refused(folder: Path) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
    with serve(echo) as other:
        again = run(other, folder, "--resume")

    assert (again.code, other.requests) == (2, [])
    assert server.base_url in again.stderr


def test_rerun_failed_plays_only_what_failed(folder: Path) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
        asked = len(server.requests)
        write(folder)
        again = dialogs(
            "run",
            ".",
            "-m",
            "m",
            "-o",
            "again.jsonl",
            "--rerun-failed",
            "out.jsonl",
            cwd=folder,
            variables=variables(server),
        )

    assert (again.code, len(server.requests) - asked) == (0, 3)
    assert [json.loads(line)["scenario"] for line in (folder / "again.jsonl").read_text().splitlines()] == ["a"]


@pytest.mark.parametrize("flag", ["--rerun-failed", "--record", "--replay"])
def test_a_file_that_is_read_or_added_to_is_not_replaced(flag: str, folder: Path) -> None:
    with serve(failing_once("a2")) as server:
        run(server, folder)
        before = (folder / "out.jsonl").read_bytes()
        ended = run(server, folder, "--fresh", flag, "out.jsonl")

    assert ended.code == 2
    assert before == (folder / "out.jsonl").read_bytes()


def test_rerun_failed_of_a_clean_run_selects_nothing(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder)
        again = run(server, folder, "--rerun-failed", "out.jsonl")

    assert again.code == 4
    assert "nothing to play again" in again.stderr


def test_what_is_recorded_is_replayed_without_network_or_key(folder: Path, expected: bytes) -> None:
    with serve(echo) as server:
        recorded = run(server, folder, "--record", "tape.jsonl")
    (folder / "out.jsonl").unlink()
    replayed = [
        dialogs(
            "run", ".", "-m", "m", "-o", "out.jsonl", "--stable", "--replay", "tape.jsonl", "-j", places, cwd=folder
        )
        for places in ("1", "64")
    ]

    assert [recorded.code, *(each.code for each in replayed)] == [0, 0, 0]
    assert expected == (folder / "out.jsonl").read_bytes()
    assert "5 from the cassette" in replayed[0].stderr


def test_a_miss_names_dialogue_turn_and_difference(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder, "--record", "tape.jsonl")
    (folder / "a.yaml").write_text("turns: [a1, a two, a3]")
    missed = dialogs("run", ".", "-m", "m", "-o", "out.jsonl", "--replay", "tape.jsonl", cwd=folder)

    assert missed.code == 3
    assert "a@m#0 turn 2" in missed.stderr
    assert "a two" in missed.stderr
    assert "not used" in missed.stderr


def test_two_scenarios_with_one_opening_replay_each_their_own(folder: Path) -> None:
    numbers = iter(range(100))
    for name in ("x", "y"):
        (folder / f"{name}.yaml").write_text("params: {temperature: 1}\nturns: [Hello, More]")
    flags = ["run", "x.yaml", "y.yaml", "-m", "m", "-o", "out.jsonl", "--stable"]
    with serve(lambda _request: completion(f"reply {next(numbers)}")) as server:
        dialogs(*flags, "--record", "tape.jsonl", cwd=folder, variables=variables(server))
    before = (folder / "out.jsonl").read_bytes()
    dialogs(*flags, "--replay", "tape.jsonl", cwd=folder)

    assert len(server.requests) == 4
    assert before == (folder / "out.jsonl").read_bytes()


def test_a_second_run_on_one_output_is_refused_with_the_first_one_s_process(folder: Path) -> None:
    write(folder)
    arguments = ("run", ".", "-m", "m", "-o", "out.jsonl")
    with serve(lambda request: Wire(60.0, *echo(request).pieces)) as server:
        first = start(*arguments, cwd=folder, variables=variables(server))
        server.wait_for_requests(2)
        second = dialogs(*arguments, cwd=folder, variables=variables(server))
        first.kill()
        first.communicate()

    assert (second.code, len(server.requests)) == (2, 2)
    assert str(first.pid) in second.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_says_how_to_go_on_and_does(number: signal.Signals, folder: Path, expected: bytes) -> None:
    write(folder)
    arguments = ("run", ".", "-m", "m", "-o", "out.jsonl", "--stable", "-j", "1")
    with serve(lambda request: Wire(0.5, *echo(request).pieces)) as server:
        running = start(*arguments, cwd=folder, variables=variables(server))
        server.wait_for_requests(2)
        running.send_signal(number)
        _stdout, stderr = running.communicate(timeout=30)
        resumed = dialogs(*arguments, "--resume", cwd=folder, variables=variables(server))

    assert (running.returncode, resumed.code, len(server.requests)) == (128 + number, 0, 5)
    assert "--resume" in stderr
    assert "2 from the journal" in resumed.stderr
    assert expected == (folder / "out.jsonl").read_bytes()


def test_a_closed_stdout_does_not_stop_a_paid_run(folder: Path, expected: bytes) -> None:
    write(folder)
    with serve(echo) as server:
        running = start("run", ".", "-m", "m", "-o", "out.jsonl", "--stable", cwd=folder, variables=variables(server))
        assert running.stdout is not None
        running.stdout.close()
        running.stdout = None
        running.communicate(timeout=60)

    assert running.returncode == 0
    assert expected == (folder / "out.jsonl").read_bytes()


def test_the_key_is_in_no_file_and_on_no_screen(folder: Path) -> None:
    def tells_the_key(request: Received) -> Wire:
        header = request.headers["authorization"]
        if request.last_user_text == "b2":
            return error(401, f"Incorrect API key provided: {header}")
        return answer(completion_object(f"Your header was {header}", note=header))

    with serve(tells_the_key) as server:
        ended = run(server, folder, "--record", "tape.jsonl")

    everything = ended.stdout + ended.stderr + "".join(path.read_text() for path in folder.iterdir())
    assert KEY in server.requests[0].headers["authorization"]
    assert KEY not in everything
    assert "{env:OPENAI_API_KEY}" in everything


def test_declared_secrets_and_patterns_are_in_no_file(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("secrets: [CUSTOMER_TOKEN]\nredact: ['TICKET-[0-9]+']\n")

    def tells(request: Received) -> Wire:
        return answer(completion_object(f"{len(request.messages)}: customer-token-1 and TICKET-4711", note="TICKET-1"))

    write(folder)
    with serve(tells) as server:
        own = {**variables(server), "CUSTOMER_TOKEN": "customer-token-1"}
        arguments = ("run", ".", "-m", "m", "-o", "out.jsonl", "--record", "tape.jsonl")
        ended = dialogs(*arguments, cwd=folder, variables=own)

    written = "".join((folder / name).read_text() for name in ("out.jsonl", "tape.jsonl"))
    assert ended.code == 0
    assert "customer-token-1" not in written
    assert "TICKET-" not in written
    assert rows(folder)[0]["messages"][1]["content"] == "1: {env:CUSTOMER_TOKEN} and {redacted}"
    assert dialogs("verify", "out.jsonl", cwd=folder).code == 0


def test_one_wrong_key_is_one_message_and_one_request(folder: Path) -> None:
    for number in range(30):
        (folder / f"talk-{number}.yaml").write_text("turns: [one, two]")
    with serve(lambda _request: Wire(0.2, *error(401, "Incorrect API key provided").pieces)) as server:
        ended = run(server, folder, "-j", "4")

    assert ended.code == 3
    assert len(server.requests) <= 4
    assert ended.stderr.count("Incorrect API key") == 1
    assert len(ended.stderr.splitlines()) < 12
