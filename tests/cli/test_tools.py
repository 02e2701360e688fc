"""Scenarios with tools against a server that no one here wrote."""

import json
from pathlib import Path

import pytest

from aimock_server import aimock, needs_aimock
from command import dialogs

pytestmark = [pytest.mark.aimock, needs_aimock]

SCENARIO = """\
id: orders
model: gpt-4o
tools:
  - type: function
    function:
      name: lookup_order
      parameters: {type: object, properties: {order_id: {type: string}}, required: [order_id]}
tool_results:
  lookup_order:
    - when: {order_id: "17"}
      return: {status: shipped}
    - when: {order_id: "18"}
      sequence: [{return: {status: lost}}, {return: {status: found}}]
turns:
  - user: Where are my orders?
    params: {tool_choice: required}
    expect:
      - tool_call: {name: lookup_order, arguments: {order_id: "17"}}
      - contains: Both are well
  - Thanks
"""


def call(call_id: str, order: str) -> dict[str, str]:
    return {"id": call_id, "name": "lookup_order", "arguments": json.dumps({"order_id": order})}


ROUNDS = (
    {"match": {"toolCallId": "c3"}, "response": {"content": "Both are well."}},
    {"match": {"toolCallId": "c2"}, "response": {"toolCalls": [call("c3", "18")]}},
    {
        "match": {"userMessage": "Where are my orders?"},
        "response": {"toolCalls": [call("c1", "17"), call("c2", "18")]},
    },
)


@pytest.mark.parametrize("flags", [[], ["--stream"]])
def test_two_calls_in_a_reply_and_another_round_are_answered(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "orders.yaml").write_text(SCENARIO)
    with aimock({"Thanks": "Gladly."}, first=ROUNDS) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        ended = dialogs("run", "orders.yaml", "-o", "out.jsonl", *flags, cwd=tmp_path, variables=variables)
        bodies = [entry["body"] for entry in server.journal()]
    transcript = json.loads((tmp_path / "out.jsonl").read_text())

    assert (ended.code, transcript["outcome"]) == (0, "completed")
    assert [len(body["messages"]) for body in bodies] == [1, 4, 6, 8]
    assert [body.get("tool_choice") for body in bodies] == ["required", None, None, None]
    assert [message["content"] for message in bodies[-1]["messages"] if message["role"] == "tool"] == (
        ['{"status":"shipped"}', '{"status":"lost"}', '{"status":"found"}']
    )
    assert [len(turn["completions"]) for turn in transcript["turns"]] == [3, 1]
    assert dialogs("verify", "out.jsonl", cwd=tmp_path).code == 0
