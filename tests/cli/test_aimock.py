"""Runs against a mock that no one here wrote, which fails as it is told to."""

import json
from pathlib import Path
from typing import Any

import pytest

from aimock_server import aimock, needs_aimock
from command import Ended, dialogs

pytestmark = [pytest.mark.aimock, needs_aimock]

REPLIES = {f"Question {turn}": f"Answer {turn}" for turn in range(1, 4)}
DIALOGUES = 12
# Close to one in two: errors, rubbish, lost connections, and refusals that ask all to wait for a second.
CHAOS = ("--chaos-drop", "0.15", "--chaos-malformed", "0.15", "--chaos-disconnect", "0.1", "--chaos-ratelimit", "0.05")


def run(base_url: str, folder: Path) -> Ended:
    (folder / "talk.yaml").write_text(f"turns: {json.dumps(list(REPLIES))}\n", encoding="utf-8")
    flags = ("--samples", str(DIALOGUES), "--max-attempts", "8", "--max-billed-attempts", "8", "-o", "out.jsonl")
    variables = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
    return dialogs("run", "talk.yaml", "-m", "gpt-4o", *flags, cwd=folder, variables=variables, timeout_s=240)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").split("\n") if line]


def history(turns: int) -> list[dict[str, str]]:
    said = [
        {"role": role, "content": text}
        for asked, answered in REPLIES.items()
        for role, text in (("user", asked), ("assistant", answered))
    ]
    return said[: 2 * turns]


def test_dialogues_complete_on_true_histories_where_near_half_of_all_requests_fail(tmp_path: Path) -> None:
    with aimock(REPLIES, *CHAOS) as server:
        ended = run(server.base_url, tmp_path)
        sent = [entry["body"]["messages"] for entry in server.journal() if entry["body"]]

    played = rows(tmp_path)
    unlucky = [row for row in played if row["outcome"] != "completed"]
    assert len(played) == DIALOGUES
    assert all("(after 8 attempts)" in row["error"]["message"] for row in unlucky)  # one in five hundred turns
    assert ended.code == (3 if unlucky else 0)
    assert all(
        [{key: message[key] for key in ("role", "content")} for message in row["messages"]] == history(3)
        for row in played
        if row not in unlucky
    )
    assert len(sent) > DIALOGUES * len(REPLIES)
    assert all(messages == history(len(messages) // 2 + 1)[:-1] for messages in sent)
    assert dialogs("verify", "out.jsonl", cwd=tmp_path).code == 0


def test_batches_are_made_asked_after_and_taken_in(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text("turns: [Question 1, Question 2]\n", encoding="utf-8")
    with aimock(REPLIES) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        flags = ("--samples", "3", "--executor", "batch", "-o", "out.jsonl")
        ended = dialogs("run", "talk.yaml", "-m", "gpt-4o", *flags, cwd=tmp_path, variables=variables)
        paths = [entry["path"] for entry in server.journal() if entry["method"] == "POST"]

    assert ended.code == 0, ended.stderr
    assert paths == ["/v1/files", "/v1/batches"] * 2
    assert [row["outcome"] for row in rows(tmp_path)] == ["completed"] * 3
    assert dialogs("verify", "out.jsonl", cwd=tmp_path).code == 0


@pytest.mark.parametrize(("end", "batches"), [("expired", 2), ("cancelled", 2), ("failed", 1)])
def test_a_batch_that_ends_badly_is_made_again_where_that_may_help(tmp_path: Path, end: str, batches: int) -> None:
    (tmp_path / "talk.yaml").write_text("turns: [Question 1]\n", encoding="utf-8")
    model = {"model": "gpt-4o", "headers": {"X-AIMock-Batch-Outcome": end}}
    (tmp_path / "dialogs.yaml").write_text(json.dumps({"models": {"m": model}}))
    with aimock(REPLIES) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        flags = ("--executor", "batch", "--max-attempts", "2", "-o", "out.jsonl")
        ended = dialogs("run", "talk.yaml", "-m", "m", *flags, cwd=tmp_path, variables=variables)
        made = [entry for entry in server.journal() if (entry["method"], entry["path"]) == ("POST", "/v1/batches")]

    assert (ended.code, len(made)) == (3, batches)
