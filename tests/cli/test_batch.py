"""`dialogs run --executor batch`: the real command against a Batch API of our own on loopback."""

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from batch_server import JumpingClock, batch_server, echo
from batch_service import BatchService, Fate, Json
from command import Ended, dialogs, start
from servers import Act, Received, Wire, answer

CONFIGURATION = """
models:
  m: {model: wire, prices: {input: 1000, output: 2000}}
  cheap: {model: cheap-wire, prices: {input: 1000, output: 2000}}
  own: {endpoint: embedded}
judge: {model: cheap}
"""
KEY = "sk-test-0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for number in range(4):
        turns = "".join(f"  - turn {turn} of {number}\n" for turn in (1, 2))
        (scenarios / f"talk-{number}.yaml").write_text(f"turns:\n{turns}")
    (tmp_path / "dialogs.yaml").write_text(CONFIGURATION)
    return tmp_path


def run(folder: Path, base_url: str, *flags: str, output: str = "out.jsonl") -> Ended:
    variables = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY}
    return dialogs("run", "scenarios", "-m", "m", "-o", output, *flags, cwd=folder, variables=variables)


def service(clock: JumpingClock, fate: Fate | None = None) -> BatchService:
    return BatchService(echo, clock, lambda _number: fate or Fate())


def test_the_transcripts_are_those_of_a_live_run(folder: Path) -> None:
    clock = JumpingClock()
    with batch_server(service(clock), clock) as server:
        live = run(folder, server.base_url, "--stable", output="live.jsonl")
        batch = run(folder, server.base_url, "--stable", "--executor", "batch")
    verified = dialogs("verify", "out.jsonl", cwd=folder)

    assert (live.code, batch.code, verified.code) == (0, 0, 0)
    assert (folder / "out.jsonl").read_bytes() == (folder / "live.jsonl").read_bytes()
    assert not (folder / "out.jsonl.journal").exists()
    assert sorted(each.name for each in folder.iterdir()) == ["dialogs.yaml", "live.jsonl", "out.jsonl", "scenarios"]


def dollars(ended: Ended) -> float:
    return float(ended.stderr.partition("$")[2].partition(";")[0].split()[0])


def test_it_costs_half(folder: Path) -> None:
    clock = JumpingClock()
    with batch_server(service(clock), clock) as server:
        live = run(folder, server.base_url, output="live.jsonl")
        batch = run(folder, server.base_url, "--executor", "batch")

    assert dollars(batch) == pytest.approx(dollars(live) / 2, abs=1e-4)
    assert "(half price, in batches)" in batch.stderr


def test_a_dry_run_says_so(folder: Path) -> None:
    live = run(folder, "http://127.0.0.1:1/v1", "--dry-run")
    batch = run(folder, "http://127.0.0.1:1/v1", "--dry-run", "--executor", "batch")

    assert "in 2 rounds of batches one after another, each answered within 24 hours, at half the price" in batch.stdout
    assert dollars(Ended(0, "", batch.stdout)) == pytest.approx(dollars(Ended(0, "", live.stdout)) / 2, abs=0.01)


class Killing:
    """Kills a program when the server gets, or has done, what a moment names: `after POST /v1/batches`."""

    def __init__(self, moment: str) -> None:
        self.when, self.method, self.path = moment.split()
        self.pid = 0

    def _kill(self, when: str, request: Received) -> bool:
        path = urlsplit(request.target).path
        if not self.pid or when != self.when or request.method != self.method or not path.startswith(self.path):
            return False
        os.kill(self.pid, signal.SIGKILL)
        self.pid = 0
        return True

    def before(self, request: Received) -> Wire | None:
        return Wire(Act.CLOSE) if self._kill("before", request) else None

    def after(self, request: Received, wire: Wire) -> Wire:
        return Wire(Act.CLOSE) if self._kill("after", request) else wire


@pytest.mark.parametrize(
    "moment",
    [
        "before POST /v1/files",
        "after POST /v1/files",
        "before POST /v1/batches",
        "after POST /v1/batches",
        "after GET /v1/batches/batch_1",
        "before GET /v1/files/file-output-batch_1/content",
        "after GET /v1/batches/batch_2",
    ],
)
def test_a_killed_run_goes_on_and_hands_nothing_over_twice(folder: Path, moment: str) -> None:
    clock, killing = JumpingClock(), Killing(moment)
    served = service(clock)
    flags = ("run", "scenarios", "-m", "m", "-o", "out.jsonl", "--executor", "batch")
    with batch_server(served, clock, before=killing.before, after=killing.after) as server:
        with start(
            *flags, cwd=folder, variables={"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
        ) as process:
            killing.pid = process.pid
            assert process.wait(60) == -signal.SIGKILL
        ended = run(folder, server.base_url, "--executor", "batch", "--resume")

    assert ended.code == 0, ended.stderr
    assert len(served.requests) == 8
    assert set(served.answered.values()) == {1}


def test_an_interrupted_run_names_the_batches_that_go_on(folder: Path) -> None:
    clock = JumpingClock(hours=0)
    with batch_server(service(clock), clock) as server:
        left = run(folder, server.base_url, "--executor", "batch", "--no-wait")
        live = run(folder, server.base_url, "--resume")
        again = run(folder, server.base_url, "--executor", "batch")
        clock.hours = 3
        ended = run(folder, server.base_url, "--executor", "batch", "--resume")

    assert left.code == 3
    assert (
        "out.jsonl.journal holds 0 replies, and 4 requests in batches go on at the provider (batch_1); "
        "the same command with --resume goes on from there"
    ) in left.stderr
    assert (live.code, "4 requests in batches at the provider: --executor batch goes on" in live.stderr) == (2, True)
    assert (again.code, "4 requests in batches at the provider of a run" in again.stderr) == (2, True)
    assert (ended.code, (folder / "out.jsonl.journal").exists()) == (0, False)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--rpm", "5"], "--executor batch and --rpm exclude each other: a batch goes by the provider's own limits"),
        (["--workers", "2"], "--executor batch and --workers exclude each other: one process collects"),
        (["--engine", "ray"], "--executor batch and --engine ray exclude each other"),
        (["-m", "own", "--dry-run"], "--executor batch: own has the endpoint embedded"),
        (["--stream"], "--executor batch and --stream exclude each other"),
        (["--replay", "c.jsonl"], "--executor batch and --replay exclude each other: a cassette answers at once"),
        (["-m", "own"], "--executor batch: own has the endpoint embedded, which knows no batches"),
    ],
)
def test_what_has_no_batches_is_refused_by_name(folder: Path, flags: list[str], message: str) -> None:
    ended = run(folder, "http://127.0.0.1:1/v1", "--executor", "batch", *flags)

    assert (ended.code, message in ended.stderr) == (2, True), ended.stderr


def test_no_wait_wants_batches(folder: Path) -> None:
    ended = run(folder, "http://127.0.0.1:1/v1", "--no-wait")

    assert (ended.code, "wanted --executor batch with it" in ended.stderr) == (2, True)


def test_a_refused_key_ends_the_run(folder: Path) -> None:
    def refuse(_request: Received) -> Wire:
        return answer({"error": {"message": "bad key", "code": "invalid_api_key"}}, 401)

    with batch_server(service(JumpingClock()), before=refuse) as server:
        ended = run(folder, server.base_url, "--executor", "batch")

    assert ended.code == 3
    assert "error (authentication): 4 dialogues" in ended.stderr
    assert "check OPENAI_API_KEY" in ended.stderr


def test_with_pinned_history_all_turns_go_at_once(folder: Path) -> None:
    clock = JumpingClock()
    served = service(clock)
    with batch_server(served, clock) as server:
        run(folder, server.base_url, "--stable", output="base.jsonl")
        ended = run(folder, server.base_url, "--executor", "batch", "--baseline", "base.jsonl", "--history", "pinned")

    assert ended.code == 0, ended.stderr
    assert [len(batch.lines) for batch in served.batches.values()] == [8]


def test_both_arms_and_resamples_go_in_batches(folder: Path) -> None:
    clock, served = JumpingClock(), service(JumpingClock())

    def other(body: Json) -> tuple[int, Json]:
        body["messages"] = [*body["messages"], {"role": "user", "content": "other"}]
        return echo(body)

    served.now = clock
    with batch_server(served, clock) as server:
        run(folder, server.base_url, "--stable", output="base.jsonl")
        served.reply = other
        flags = ("--executor", "batch", "--baseline", "base.jsonl", "--fail-on", "none")
        ended = run(folder, server.base_url, *flags)

    assert ended.code == 0, ended.stderr
    assert max(len(batch.lines) for batch in served.batches.values()) == 12  # turn 2 live and pinned, turn 1 again
    assert "8 turns: 8 changed" in ended.stderr


def test_rubrics_are_judged_in_a_batch_of_their_own(folder: Path) -> None:
    clock = JumpingClock()

    def judging(body: Json) -> tuple[int, Json]:
        status, completion = echo(body)
        if body["model"] == "cheap-wire":
            completion["choices"][0]["message"]["content"] = '{"reason": "yes", "passed": true}'
        return status, completion

    served = BatchService(judging, clock)
    for path in (folder / "scenarios").iterdir():
        path.write_text(path.read_text() + "expect:\n  - rubric: Is it polite?\n")
    with batch_server(served, clock) as server:
        ended = run(folder, server.base_url, "--executor", "batch")

    assert ended.code == 0, ended.stderr
    assert [(batch.lines[0]["body"]["model"], len(batch.lines)) for batch in served.batches.values()] == [
        ("wire", 4),
        ("wire", 4),
        ("cheap-wire", 8),
    ]
    assert "(verdicts, cheap-wire): 8 requests" in ended.stderr


def test_ctrl_c_leaves_at_once_and_says_where_the_requests_are(folder: Path) -> None:
    clock = JumpingClock(hours=0)
    served = service(clock)
    flags = ("run", "scenarios", "-m", "m", "-o", "out.jsonl", "--executor", "batch")
    with batch_server(served, clock) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
        with start(*flags, cwd=folder, variables=variables) as process:
            server.wait_for_requests(3)
            process.send_signal(signal.SIGINT)
            _out, told = process.communicate(timeout=60)
        thrown_away = run(folder, server.base_url, "--executor", "batch", "--fresh", "--no-wait")

    assert process.returncode == 130
    assert "SIGINT: nothing more is asked; nothing is waited for" in told
    assert "4 requests in batches go on at the provider (batch_1)" in told
    assert "batch_1 goes on at the provider, and is billed, unless it is cancelled there" in thrown_away.stderr
    assert len(served.batches) == 2


def test_rounds_of_tools_are_further_rounds(folder: Path) -> None:
    clock = JumpingClock()

    def calling(body: Json) -> tuple[int, Json]:
        status, completion = echo(body)
        if body["messages"][-1]["role"] == "user":
            function = {"name": "look_up", "arguments": "{}"}
            call = {"id": "c1", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            completion["choices"][0] = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        return status, completion

    for path in (folder / "scenarios").iterdir():
        path.unlink()
    tools = "tools:\n  - {type: function, function: {name: look_up}}\ntool_results:\n  look_up: {return: shipped}\n"
    (folder / "scenarios" / "talk.yaml").write_text(f"{tools}turns: [Where is it?, And now?]\n")
    served = BatchService(calling, clock)
    with batch_server(served, clock) as server:
        ended = run(folder, server.base_url, "--executor", "batch", "--samples", "3")

    assert ended.code == 0, ended.stderr
    assert [len(batch.lines) for batch in served.batches.values()] == [3] * 4
