"""`dialogs run --stream`."""

import json
from pathlib import Path
from typing import Any

from command import Ended, dialogs
from servers import Received, Server, Wire, answer, completion_object, serve
from streaming import DONE, chunk, chunks_of, event, streamed

TALK = "turns: [Grüß Gott 🦊, 'And again\\u2028?', third]\n"


def echo(request: Received) -> Wire:
    """Answer as a stream where one is asked for, else in one piece; with a thought, and a text of several parts."""
    text, thought = f"{len(request.messages)}: {request.last_user_text}", "They greet."
    if not request.json.get("stream"):
        return answer(completion_object(text, reasoning_content=thought))
    role, middle, *rest = chunks_of(text[:5], text[5:])
    thoughts = (chunk({"reasoning_content": part}) for part in (thought[:4], thought[4:]))
    return streamed(*map(event, (role, *thoughts, middle, *rest)), DONE)


def without_an_end(request: Received) -> Wire:
    """Break the stream of the second turn off."""
    if len(request.messages) == 3 and request.json.get("stream"):
        return streamed(*map(event, chunks_of("half of")[:2]))
    return echo(request)


def run(server: Server, folder: Path, *flags: str, output: str = "out.jsonl") -> Ended:
    (folder / "talk.yaml").write_text(TALK, encoding="utf-8")
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
    return dialogs("run", "talk.yaml", "-m", "m", "-o", output, *flags, cwd=folder, variables=variables)


def row(folder: Path, output: str = "out.jsonl") -> dict[str, Any]:
    (line,) = (folder / output).read_text(encoding="utf-8").split("\n")[:-1]
    found: dict[str, Any] = json.loads(line)
    return found


def extras(transcript: dict[str, Any]) -> list[dict[str, Any]]:
    return [completion["extra"] for turn in transcript["run"]["turns"] for completion in turn["completions"]]


def test_the_stable_transcripts_are_the_same_with_and_without(tmp_path: Path) -> None:
    with serve(echo) as server:
        plain = run(server, tmp_path, "--stable", output="plain.jsonl")
        stream = run(server, tmp_path, "--stable", "--stream", output="stream.jsonl")
        asked = [request.json for request in server.requests]

    assert (plain.code, stream.code, len(asked)) == (0, 0, 6)
    assert [request.pop("stream", False) for request in asked] == [False] * 3 + [True] * 3
    assert [request.pop("stream_options", None) for request in asked[3:]] == [{"include_usage": True}] * 3
    assert asked[:3] == asked[3:]
    assert (tmp_path / "plain.jsonl").read_bytes() == (tmp_path / "stream.jsonl").read_bytes()


def test_the_transcripts_say_when_the_tokens_came(tmp_path: Path) -> None:
    with serve(echo) as server:
        run(server, tmp_path, "--stream")

    assert all(extra["first_token_ms"] > 0 for extra in extras(row(tmp_path)))
    assert row(tmp_path)["messages"][1] == {
        "role": "assistant",
        "content": "1: Grüß Gott 🦊",
        "reasoning_content": "They greet.",
    }


def test_a_cassette_of_streams_replays_with_and_without(tmp_path: Path) -> None:
    with serve(echo) as server:
        run(server, tmp_path, "--stream", "--record", "c.jsonl")
        requests = len(server.requests)
        for flags in ([], ["--stream"]):
            ended = run(server, tmp_path, "--replay", "c.jsonl", *flags, output="again.jsonl")
            assert ended.code == 0

    assert requests == len(server.requests)
    assert row(tmp_path, "again.jsonl")["messages"] == row(tmp_path)["messages"]
    assert extras(row(tmp_path, "again.jsonl")) == extras(row(tmp_path))


def test_a_stream_without_its_end_is_an_error_and_never_a_short_reply(tmp_path: Path) -> None:
    with serve(without_an_end) as server:
        ended = run(server, tmp_path, "--stream")
        requests = len(server.requests)

    transcript = row(tmp_path)
    assert (ended.code, requests) == (3, 3)  # the second turn is asked once more: it was billed
    assert (transcript["outcome"], transcript["error"]["kind"]) == ("error", "not_a_completion")
    assert "no finish_reason came" in transcript["error"]["message"]
    assert "half of" not in json.dumps(transcript["messages"])


def test_a_run_goes_on_with_or_without_and_asks_nothing_again(tmp_path: Path) -> None:
    with serve(without_an_end) as server:
        run(server, tmp_path, "--stream")
        asked = len(server.requests)
        ended = run(server, tmp_path, "--resume")
        resumed = [len(request.messages) for request in server.requests[asked:]]

    assert (ended.code, resumed) == (0, [3, 5])
    assert row(tmp_path)["outcome"] == "completed"
