"""The whole scenario language by the real command: what goes over the wire, what is written, and what is said."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs
from servers import Received, Server, Wire, answer, completion, completion_object, serve

TOKEN = "tok-0123456789abcdef"  # noqa: S105 - a canary
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ORDERS = """\
id: orders
model: m
tags: [smoke, shop]
vars: {shop: Acme, token: {env: SHOP_TOKEN}}
cases:
  - {id: one, order: "17"}
  - {id: two, order: "18"}
system: You work for {{ shop }} with {{ token }}.
tools:
  - type: function
    function: {name: look_up, parameters: {type: object, properties: {id: {type: string}}}}
tool_results:
  look_up: {when: {id: "{{ order }}"}, return: {days: 3, of: "{{ shop }}"}}
expect:
  - not_contains: As an AI
turns:
  - user: Where is order {{ order }}?
    capture: {days: '(\\d+) days'}
    expect:
      - tool_call: {name: look_up, arguments: {id: "{{ order }}"}}
  - user: "{{ days }} days?"
    expect:
      - contains: "{{ shop }}"
  - user:
      - text: And what is this?
      - image: lamp.png
"""


def shop(request: Received) -> Wire:
    """Look each order up, and then repeat what was said."""
    last = request.messages[-1]
    if last["role"] == "user" and str(last["content"]).startswith("Where"):
        order = json.dumps({"id": request.last_user_text.split()[-1].rstrip("?")})
        call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": order}}
        return answer(completion_object(None, tool_calls=[call]))
    return completion(f"Acme: {last['content'] if isinstance(last['content'], str) else 'a lamp'} 3 days, {TOKEN}")


def run(server: Server, folder: Path, *flags: str, token: str = TOKEN) -> Ended:
    (folder / "orders.yaml").write_text(ORDERS, encoding="utf-8")
    (folder / "lamp.png").write_bytes(PNG)
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789", "SHOP_TOKEN": token}
    return dialogs("run", "orders.yaml", "-o", "out.jsonl", *flags, cwd=folder, variables=variables)


def rows(folder: Path, name: str = "out.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").split("\n") if line]


def test_a_scenario_with_everything_in_it_is_played(tmp_path: Path) -> None:
    with serve(shop) as server:
        ended = run(server, tmp_path)

    one, two = rows(tmp_path)
    assert (ended.code, one["id"], two["id"]) == (0, "orders[one]@m#0", "orders[two]@m#0")
    assert [len(turn["completions"]) for turn in one["turns"]] == [2, 1, 1]
    assert [message["content"] for message in two["messages"] if message["role"] == "tool"] == (
        ['{"days":3,"of":"Acme"}']
    )
    assert "6 turns asked" in ended.stderr
    assert "2 further rounds of tool calls" in ended.stderr
    assert "10 expectations: 10 met" in ended.stderr


def test_secrets_and_bytes_are_sent_and_stand_in_no_file(tmp_path: Path) -> None:
    with serve(shop) as server:
        ended = run(server, tmp_path, "--record", "tape.jsonl")

    sent = server.requests[-1].body.decode()
    written = "".join((tmp_path / name).read_text() for name in ("out.jsonl", "tape.jsonl")) + ended.stderr
    assert TOKEN in sent
    assert base64.b64encode(PNG).decode() in sent
    assert TOKEN not in written
    assert base64.b64encode(PNG).decode() not in written
    assert dialogs("verify", "out.jsonl", cwd=tmp_path).code == 0


def test_a_cassette_replays_it_with_another_secret(tmp_path: Path) -> None:
    with serve(shop) as server:
        run(server, tmp_path, "--record", "tape.jsonl", "--stable")
        first = rows(tmp_path)
        again = run(server, tmp_path, "--replay", "tape.jsonl", "--stable", token="another-0123456789")  # noqa: S106

    assert (again.code, rows(tmp_path)) == (0, first)


def test_inline_media_keep_the_bytes_and_the_hashes(tmp_path: Path) -> None:
    with serve(shop) as server:
        run(server, tmp_path)
        short = rows(tmp_path)
        run(server, tmp_path, "--inline-media")
        whole = rows(tmp_path)

    assert whole[0]["turns"] == short[0]["turns"]
    assert base64.b64encode(PNG).decode() in json.dumps(whole[0]["messages"])
    assert dialogs("verify", "out.jsonl", cwd=tmp_path).code == 0


def test_a_secret_that_is_like_a_word_is_told(tmp_path: Path) -> None:
    with serve(shop) as server:
        ended = run(server, tmp_path, token="lamp")  # noqa: S106

    assert ended.stderr.startswith("the value of SHOP_TOKEN is like an ordinary word")
    assert rows(tmp_path)[0]["messages"][0]["content"] == "You work for Acme with {env:SHOP_TOKEN}."


@pytest.mark.parametrize(
    ("flags", "ids"),
    [
        (("--select", "orders[two]*"), ["orders[two]@m#0"]),
        (("--select", "orders[on]*", "--select", "orders[one]"), ["orders[one]@m#0"]),
        (("--tag", "smoke and not slow"), ["orders[one]@m#0", "orders[two]@m#0"]),
        (("--tag", "slow", "--tag", "shop", "--select", "*two*"), ["orders[two]@m#0"]),
    ],
)
def test_a_part_is_selected(tmp_path: Path, flags: tuple[str, ...], ids: list[str]) -> None:
    with serve(shop) as server:
        run(server, tmp_path, *flags)

    assert [row["id"] for row in rows(tmp_path)] == ids


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--tag", "smoke slow"), 2, '--tag "smoke slow": wanted and or or before "slow"'),
        (("--tag", "slow"), 4, "--tag slow: no scenario of these has such tags; tags are shop, smoke"),
        (("--select", "ordrs"), 4, '--select ordrs: no dialogue is like it; did you mean "orders"?'),
    ],
)
def test_a_selection_that_cannot_be_says_why(tmp_path: Path, flags: tuple[str, ...], code: int, said: str) -> None:
    with serve(shop) as server:
        ended = run(server, tmp_path, *flags)

    assert (ended.code, server.requests) == (code, [])
    assert said in ended.stderr


def test_an_unmet_expectation_and_a_capture_without_a_match_are_told_by_their_places(tmp_path: Path) -> None:
    with serve(lambda _request: completion("As an AI I cannot say.")) as server:
        ended = run(server, tmp_path, "--select", "*one*")

    (row,) = rows(tmp_path)
    assert (ended.code, row["outcome"], row["error"]["kind"]) == (3, "error", "capture_failed")
    assert "orders.yaml:18:15: capture days" in ended.stderr
    assert "orders.yaml:15:5: unmet" in ended.stderr
