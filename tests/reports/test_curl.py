import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from builders import dialogue, in_turn, play, reply
from dialogs.chat import Fault, FaultKind
from dialogs.errors import Place
from dialogs.reports.curl import curl_command, turn_request
from dialogs.scenario import Dialogue, ToolAnswer, ToolRule, UserTurn

# Stands in for curl: says what it was called with, and then its standard input.
FAKE_CURL = 'curl() { for word in "$@"; do printf "%s\\n" "$word"; done; cat; }\n'


def run_by_shell(command: str, **variables: str) -> tuple[list[str], Any]:
    ended = subprocess.run(["/bin/sh", "-c", FAKE_CURL + command], env=variables, capture_output=True, check=True)
    words, start, body = ended.stdout.decode().partition("{\n")
    return words.splitlines(), json.loads(start + body)


def test_the_command_sends_to_the_shells_url_and_key_what_was_sent() -> None:
    evil = 'it\'s `id` $HOME \\ "quoted"\nBODY\n{env}'
    talk: Dialogue = dialogue("one", UserTurn(evil, Place("x"), params={"seed": 7}), system="S")
    played, requests = play(replace(talk, params={"temperature": 0}), in_turn("first", "second"))

    command = curl_command(turn_request(played, played.turns[1]))
    words, body = run_by_shell(command, OPENAI_API_KEY="sk-x", OPENAI_BASE_URL="http://127.0.0.1:1/v1")

    assert "http://127.0.0.1:1/v1/chat/completions" in words
    assert "Authorization: Bearer sk-x" in words
    assert body == json.loads(requests[1].body())


def test_without_a_url_in_the_environment_the_endpoint_of_the_run_is_asked() -> None:
    played, _ = play(dialogue("one"), in_turn("first"))
    request = turn_request(played, played.turns[0])

    assert "http://10.0.0.1:8/v1/chat/completions" in run_by_shell(curl_command(request, "http://10.0.0.1:8/v1"))[0]
    assert "https://api.openai.com/v1/chat/completions" in run_by_shell(curl_command(request, "$(id)"))[0]


@pytest.mark.parametrize("text", ["\x1b[2J", "\x7f\x9b", "\u202e\u2028", "\U000e0041", "안녕 👋"])
def test_what_a_terminal_would_act_on_is_escaped_and_the_value_stays(text: str) -> None:
    played, _ = play(dialogue(text), in_turn("ok"))

    command = curl_command(turn_request(played, played.turns[0]))

    assert run_by_shell(command)[1]["messages"] == [{"content": text, "role": "user"}]
    assert not set(command) & {"\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\U000e0041"}


def test_a_reply_goes_out_as_it_did_then() -> None:
    played, requests = play(dialogue("one", "two"), in_turn(reply("a", reasoning_content="hm", refusal=None), "b"))

    assert turn_request(played, played.turns[1]).body() == requests[1].body()
    assert turn_request(played, played.turns[1]).history_sha256 == requests[1].history_sha256


def test_a_failed_turn_has_a_request_too() -> None:
    played, requests = play(dialogue("one", "two"), in_turn("a", Fault(FaultKind.TIMEOUT, "late")))

    assert turn_request(played, played.turns[1]).body() == requests[1].body()


def test_a_later_round_has_the_results_of_tools() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    rules = {"look": (ToolRule(Place("x"), (ToolAnswer("found"),)),)}
    turn = UserTurn("one", Place("x"), params={"tool_choice": "required"})
    played, requests = play(
        dialogue(turn, tool_results=rules), in_turn(reply(None, "tool_calls", tool_calls=[call]), "done")
    )

    rounds = [turn_request(played, played.turns[0], round_) for round_ in (1, 2)]

    assert [request.body() for request in rounds] == [request.body() for request in requests]
    assert rounds[1].place == requests[1].place
