import json
import signal
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs, start
from servers import Received, Server, Wire, answer, completion, completion_object, error, head, serve

FOUNDING = "turns:\n  - When was Microsoft founded?\n  - Who founded it?\n"


def echo(request: Received) -> Wire:
    return completion(f"You said: {request.last_user_text}")


def variables(server: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}


def run(server: Server, folder: Path, *flags: str, scripts: dict[str, str] | None = None) -> Ended:
    for name, text in (scripts or {"founding": FOUNDING}).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return dialogs("run", ".", "-m", "m", "-o", "out.jsonl", *flags, cwd=folder, variables=variables(server))


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").split("\n") if line]


def test_a_run_sends_the_whole_history_with_each_turn_and_writes_it_down(tmp_path: Path) -> None:
    with serve(echo) as server:
        ended = run(server, tmp_path)

    first, second = (request.messages for request in server.requests)
    assert (ended.code, ended.stdout) == (0, "out.jsonl\n")
    assert first == [{"role": "user", "content": "When was Microsoft founded?"}]
    assert second == [
        *first,
        {"role": "assistant", "content": "You said: When was Microsoft founded?"},
        {"role": "user", "content": "Who founded it?"},
    ]
    assert rows(tmp_path)[0]["messages"][:3] == second


def test_the_summary_goes_to_stderr(tmp_path: Path) -> None:
    with serve(echo) as server:
        ended = run(server, tmp_path)

    lines = ended.stderr.splitlines()
    assert lines[0] == "1 dialogue: 1 completed"
    assert lines[1].endswith("; 6 prompt and 4 completion tokens")
    assert lines[-1] == "transcripts: out.jsonl"


def test_transcripts_come_in_the_order_of_the_scenarios(tmp_path: Path) -> None:
    def slow_at_first(request: Received) -> Wire:
        pause = 0.3 if "talk-0" in request.last_user_text else 0.0
        return Wire(pause, *completion("Yes").pieces)

    scripts = {f"talk-{number}": f"turns: [talk-{number}]" for number in range(6)}
    with serve(slow_at_first) as server:
        run(server, tmp_path, "-j", "6", scripts=scripts)

    assert [row["scenario"] for row in rows(tmp_path)] == list(scripts)


def test_two_runs_write_the_same_stable_transcripts(tmp_path: Path) -> None:
    with serve(echo) as server:
        run(server, tmp_path, "--stable", "--samples", "3", "-j", "3")
        first = (tmp_path / "out.jsonl").read_bytes()
        run(server, tmp_path, "--stable", "--samples", "3", "-j", "1")

    assert first == (tmp_path / "out.jsonl").read_bytes()


def test_a_failed_turn_ends_its_dialogue_and_the_others_go_on(tmp_path: Path) -> None:
    def fails_for_bad(request: Received) -> Wire:
        return error(400, "no such thing") if request.last_user_text == "bad" else echo(request)

    with serve(fails_for_bad) as server:
        ended = run(server, tmp_path, scripts={"a": "turns: [one, bad, three]", "b": "turns: [one, two]"})

    bad, good = rows(tmp_path)
    assert (ended.code, bad["outcome"], good["outcome"]) == (3, "error", "completed")
    assert (bad["error"]["turn"], bad["error"]["kind"], bad["error"]["status"]) == (2, "invalid_request", 400)
    assert [message["content"] for message in bad["messages"]] == ["one", "You said: one", "bad"]
    assert "no such thing" in ended.stderr


def test_parameters_are_sent_as_they_are_written(tmp_path: Path) -> None:
    script = (
        "params: {max_tokens: 5, temperature: 0.50}\nextra_body: {top_k: 3}\nturns: [{user: Hi, params: {seed: 1}}]"
    )
    with serve(echo) as server:
        run(server, tmp_path, scripts={"a": script})

    body = server.requests[0].json
    del body["messages"]
    assert body == {"model": "m", "max_tokens": 5, "temperature": 0.5, "top_k": 3, "seed": 1}


def test_what_a_server_adds_to_its_reply_is_kept(tmp_path: Path) -> None:
    with serve(lambda _request: answer(completion_object("Hi", reasoning_content="hm", annotations=[]))) as server:
        run(server, tmp_path)

    assert rows(tmp_path)[0]["messages"][1]["reasoning_content"] == "hm"
    assert server.requests[1].messages[1] == {"role": "assistant", "content": "Hi"}


def test_several_models_play_each_scenario_once(tmp_path: Path) -> None:
    with serve(echo) as server:
        run(server, tmp_path, "-m", "n")

    assert [row["id"] for row in rows(tmp_path)] == ["founding@m#0", "founding@n#0"]
    assert {request.json["model"] for request in server.requests} == {"m", "n"}


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--select", "nothing*"], 4, "no dialogue is like it"),
        (["--tag", "none"], 4, "no scenario of these has such tags"),
        (["-j", "0"], 2, "--concurrency"),
        (["--nonsense"], 2, "No such option"),
        (["-o", "."], 2, "is a folder"),
        (
            ["-o", "founding.yaml"],
            2,
            "founding.yaml is there, and holds no transcripts; wanted the name of a transcript file",
        ),
        (["--config", "none.yaml"], 2, "none.yaml"),
        (["missing.yaml"], 2, "missing.yaml"),
    ],
)
def test_wrong_use_sends_nothing(flags: list[str], code: int, message: str, tmp_path: Path) -> None:
    with serve(echo) as server:
        ended = run(server, tmp_path, *flags)

    assert (ended.code, server.requests) == (code, [])
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_faulty_scenario_among_good_ones_sends_nothing(tmp_path: Path) -> None:
    with serve(echo) as server:
        ended = run(server, tmp_path, scripts={"a": FOUNDING, "b": "turns:\n  - usr: Hi\n"})

    assert (ended.code, server.requests) == (2, [])
    assert ended.stderr.startswith('b.yaml:2:5: unknown key "usr" in a turn')


def test_a_model_without_a_key_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FOUNDING)
    ended = dialogs("run", "a.yaml", "-m", "gpt-4o", cwd=tmp_path)

    assert ended.code == 2
    assert "OPENAI_API_KEY" in ended.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_what_is_on_its_way_come_in(number: signal.Signals, code: int, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "turns: [one, two]\n---\nid: b\nturns: [three]".replace("turns: [one", "id: a\nturns: [one", 1)
    )
    with serve(lambda request: Wire(1.0, *echo(request).pieces)) as server:
        running = start("run", ".", "-m", "m", "-j1", "-o", "out.jsonl", cwd=tmp_path, variables=variables(server))
        server.wait_for_requests(1)
        running.send_signal(number)
        _stdout, stderr = running.communicate(timeout=30)

    (row,) = rows(tmp_path)
    assert (running.returncode, len(server.requests)) == (code, 1)
    assert (row["id"], row["outcome"]) == ("a@m#0", "interrupted")
    assert row["messages"][1]["content"] == "You said: one"
    assert "1 not begun" in stderr


def test_a_run_under_nohup_goes_on_when_the_terminal_goes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FOUNDING)
    with serve(lambda request: Wire(0.3, *echo(request).pieces)) as server:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a child inherits it
        try:
            running = start("run", ".", "-m", "m", "-o", "out.jsonl", cwd=tmp_path, variables=variables(server))
        finally:
            signal.signal(signal.SIGHUP, before)
        server.wait_for_requests(1)
        running.send_signal(signal.SIGHUP)
        running.communicate(timeout=30)

    assert (running.returncode, len(server.requests)) == (0, 2)


def test_a_second_signal_ends_the_run_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FOUNDING)
    with serve(lambda _request: Wire(head(200, length=10), 60.0)) as server:
        running = start("run", ".", "-m", "m", "-o", "out.jsonl", cwd=tmp_path, variables=variables(server))
        server.wait_for_requests(1)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert "once more to stop at once" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)

    assert running.returncode == 130
    assert [row["outcome"] for row in rows(tmp_path)] == ["interrupted"]


def test_the_default_output_is_a_new_file_in_outputs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FOUNDING)
    with serve(echo) as server:
        ended = [dialogs("run", "a.yaml", "-m", "m", cwd=tmp_path, variables=variables(server)) for _ in range(2)]

    paths = [each.stdout.strip() for each in ended]
    assert sorted(paths) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("outputs/*.jsonl"))
