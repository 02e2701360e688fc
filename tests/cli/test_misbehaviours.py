"""What a server may do wrong, against the real command; docs/misbehaviours.md is made of the same rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs
from misbehaving import ATTEMPTS, ELSEWHERE, Row, document
from misbehaviours import DOCUMENT, GROUPS, ROWS
from servers import Received, Server, Wire, completion, error, serve, unused_port


def first_text(request: Received) -> str:
    return str(request.messages[0]["content"])


def misbehaving(wire: Wire, elsewhere: str) -> Callable[[Received], Wire]:
    """Answer so every request of the dialogue that begins with "always", and the first one of any other."""
    pieces = (p.replace(ELSEWHERE, elsewhere.encode()) if isinstance(p, bytes) else p for p in wire.pieces)
    misbehaviour, met = Wire(*pieces), set[str]()

    def script(request: Received) -> Wire:
        dialogue = first_text(request)
        if dialogue == "always" or dialogue not in met:
            met.add(dialogue)
            return misbehaviour
        return completion("true")

    return script


def run(base_url: str, folder: Path, *flags: str, dialogues: tuple[str, ...] = ("always",)) -> Ended:
    for name in dialogues:
        (folder / f"{name}.yaml").write_text(f"turns: [{name}, next]\n", encoding="utf-8")
    variables = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
    return dialogs("run", ".", "-m", "m", "-o", "out.jsonl", *flags, cwd=folder, variables=variables)


def transcripts(folder: Path) -> dict[str, Any]:
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").split("\n")
    return {row["scenario"]: row for row in map(json.loads, filter(None, lines))}


def sent(server: Server, dialogue: str) -> list[list[tuple[str, object]]]:
    """Return the histories that came for a dialogue, each as roles and contents."""
    return [
        [(message["role"], message.get("content")) for message in request.messages]
        for request in server.requests
        if first_text(request) == dialogue
    ]


def check_lasting(row: Row, ended: Ended, transcript: Any, histories: list[list[tuple[str, object]]]) -> None:  # noqa: ANN401 - JSON
    kind = transcript["error"] and transcript["error"]["kind"]
    assert (row.requests, row.outcome, row.kind, row.code) == (len(histories), transcript["outcome"], kind, ended.code)
    assert row.says in ended.stderr
    asked = [("user", "always")]
    if row.kind is None:
        assert histories == [asked, [*asked, ("assistant", row.reply), ("user", "next")]]
        assert transcript["messages"][1] == transcript["messages"][3]
    else:
        assert all(history == asked for history in histories)
        assert (row.kind == "unanswered_tool_call") == any(said["role"] != "user" for said in transcript["messages"])


def check_recovered(transcript: Any, histories: list[list[tuple[str, object]]]) -> None:  # noqa: ANN401 - JSON
    asked = [("user", "once")]
    assert histories == [asked, asked, [*asked, ("assistant", "true"), ("user", "next")]]
    assert transcript["outcome"] == "completed"
    assert [turn["completions"][0]["attempts"] for turn in transcript["run"]["turns"]] == [2, 1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.does)
def test_a_misbehaving_server_is_told_apart_and_never_believed(row: Row, tmp_path: Path) -> None:
    flags = ("--max-attempts", str(ATTEMPTS), *row.flags)
    dialogues = ("always", "once") if row.recovers else ("always",)
    with (
        serve(lambda _request: completion("stolen")) as elsewhere,
        serve(misbehaving(row.wire or Wire(), elsewhere.origin)) as server,
    ):
        base_url = server.base_url if row.wire else f"http://127.0.0.1:{unused_port()}/v1"
        ended = run(base_url, tmp_path, *flags, dialogues=dialogues)

    played = transcripts(tmp_path)
    check_lasting(row, ended, played["always"], sent(server, "always"))
    if row.recovers:
        check_recovered(played["once"], sent(server, "once"))
    assert (elsewhere.requests, "Traceback" in ended.stderr) == ([], False)


@pytest.mark.parametrize("concurrency", [1, 9])
@pytest.mark.parametrize("code", [None, "insufficient_quota"])
def test_what_no_request_would_survive_is_said_once(code: str | None, concurrency: int, tmp_path: Path) -> None:
    with serve(lambda _request: error(429 if code else 401, "No more", code)) as server:
        ended = run(server.base_url, tmp_path, "--samples", "30", "-j", str(concurrency))

    assert ended.code == 3
    assert ended.stderr.count("No more") == 1
    assert 1 <= len(server.requests) <= concurrency


def test_the_document_holds_these_rows() -> None:
    assert document(GROUPS) == DOCUMENT.read_text(encoding="utf-8"), "python tests/misbehaviours.py writes it anew"
