import dataclasses
import hashlib
import json

import pytest

from builders import request
from dialogs.chat import History, message_from_record, script_message
from dialogs.encoding import JsonObject


def test_the_hash_of_a_history_is_that_of_its_messages_a_line_each() -> None:
    history = History((script_message("system", "Be brief."), script_message("user", "Hello")))
    lines = '{"content":"Be brief.","role":"system"}\n{"content":"Hello","role":"user"}\n'

    assert history.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_the_body_holds_the_history_and_everything_that_was_set() -> None:
    body = json.loads(request("One", "Two", params={"temperature": 0}, extra_body={"top_k": 20}).body())

    assert body == {
        "model": "scripted",
        "messages": [{"role": "user", "content": "One"}, {"role": "user", "content": "Two"}],
        "temperature": 0,
        "top_k": 20,
    }


def test_the_hash_is_of_the_very_bytes_in_the_body() -> None:
    asked = request("Où ?\u2028\ud800")
    inside = asked.body().split(b'{"messages":[')[1].split(b'],"model"')[0]

    assert asked.history_sha256 == hashlib.sha256(inside + b"\n").hexdigest()


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (
            {"role": "assistant", "content": "Hi", "refusal": None, "annotations": [], "reasoning_content": "hm"},
            {"role": "assistant", "content": "Hi"},
        ),
        (
            {"role": "assistant", "content": None, "refusal": "No."},
            {"role": "assistant", "content": None, "refusal": "No."},
        ),
        ({"role": "assistant", "content": "", "tool_calls": []}, {"role": "assistant", "content": ""}),
        (
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}], "audio": None},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        ),
    ],
)
def test_only_four_fields_of_a_reply_go_back(data: JsonObject, sent: JsonObject) -> None:
    message = message_from_record(data)

    assert json.loads(message.encoded) == sent
    assert message.data == data


def test_send_back_adds_a_field() -> None:
    data: JsonObject = {"role": "assistant", "content": "Hi", "reasoning_content": "hm"}

    assert json.loads(message_from_record(data, ("reasoning_content",)).encoded) == data


def test_a_lone_surrogate_goes_back_as_the_replacement_character_and_is_flagged() -> None:
    message = message_from_record({"role": "assistant", "content": "a\ud83d"})

    assert json.loads(message.encoded)["content"] == "a\N{REPLACEMENT CHARACTER}"
    assert message.content == "a\ud83d"
    assert message.sanitised


def test_an_escaped_surrogate_in_plain_words_is_no_surrogate() -> None:
    message = script_message("user", "write \\ud83d in JSON")

    assert not message.sanitised
    assert json.loads(message.encoded)["content"] == "write \\ud83d in JSON"


BASE = request("Hello", params={"temperature": 0}, extra_body={"top_k": 20})


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(BASE, model="another"),
        request("Hello!", params={"temperature": 0}, extra_body={"top_k": 20}),
        dataclasses.replace(BASE, params={"temperature": 0.5}),
        dataclasses.replace(BASE, params={}),
        dataclasses.replace(BASE, extra_body={}),
        dataclasses.replace(BASE, params={"temperature": 0, "tools": []}),
    ],
)
def test_what_shapes_the_answer_changes_the_key(other: object) -> None:
    assert BASE.key("endpoint") != other.key("endpoint")  # type: ignore[attr-defined]


def test_another_endpoint_changes_the_key() -> None:
    assert BASE.key("endpoint") != BASE.key("another")


def test_the_place_and_the_order_of_parameters_do_not_change_the_key() -> None:
    one = request("Hello", turn=1, params={"seed": 1, "temperature": 0})
    other = request("Hello", turn=2, params={"temperature": 0, "seed": 1})

    assert one.key("endpoint") == other.key("endpoint")
