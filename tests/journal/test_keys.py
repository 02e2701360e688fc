"""What shapes an answer is in a completion's key, and nothing else is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dialogs.chat import ChatRequest, CompletionPlace, History, Message, message_from_record, script_message
from dialogs.encoding import JsonObject

IDENTITY = "https://api.openai.com/v1"
MESSAGES = (
    script_message("system", "Be brief."),
    script_message("user", "Hello"),
    message_from_record({"role": "assistant", "content": "Hi", "reasoning_content": "hm"}),
    script_message("user", "Bye"),
)


def asked(*messages: Message) -> ChatRequest:
    history = History(messages)
    return ChatRequest(
        model="m",
        messages=history.messages,
        history_sha256=history.sha256,
        place=CompletionPlace("talk@m#0", 2),
        params={"temperature": 0, "seed": 7},
        extra_body={"top_k": 20},
    )


BASE = asked(*MESSAGES)
Change = Callable[[ChatRequest], ChatRequest]


def with_message(index: int, data: JsonObject, send_back: tuple[str, ...] = ()) -> ChatRequest:
    changed = list(MESSAGES)
    changed[index] = message_from_record(data, send_back)
    return asked(*changed)


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASE, model="n"),
        replace(BASE, params={"temperature": 0.0001, "seed": 7}),
        replace(BASE, params={"temperature": 0}),
        replace(BASE, params={"temperature": 0, "seed": 7, "tools": []}),
        replace(BASE, params={"temperature": 0, "seed": "7"}),
        replace(BASE, extra_body={"top_k": 21}),
        replace(BASE, extra_body={}),
        replace(BASE, params={**BASE.params, **BASE.extra_body}, extra_body={}),
        with_message(0, {"role": "system", "content": "Be brief"}),
        with_message(0, {"role": "developer", "content": "Be brief."}),
        with_message(1, {"role": "user", "content": "hello"}),
        with_message(1, {"role": "user", "content": [{"type": "text", "text": "Hello"}]}),
        with_message(1, {"role": "user", "content": "Hello", "name": "Ann"}),
        with_message(2, {"role": "assistant", "content": None, "refusal": "Hi"}),
        with_message(2, {"role": "assistant", "content": "Hi", "reasoning_content": "hm"}, ("reasoning_content",)),
        asked(*MESSAGES[:3]),
        asked(*MESSAGES[1:]),
        asked(MESSAGES[1], MESSAGES[0], *MESSAGES[2:]),
    ],
)
def test_what_shapes_the_answer_changes_the_key(changed: ChatRequest) -> None:
    assert changed.key(IDENTITY) != BASE.key(IDENTITY)


@pytest.mark.parametrize("identity", ["https://api.openai.com/v2", "http://api.openai.com/v1", "embedded:0f"])
def test_another_endpoint_changes_the_key(identity: str) -> None:
    assert BASE.key(identity) != BASE.key(IDENTITY)


@pytest.mark.parametrize(
    "same",
    [
        replace(BASE, place=CompletionPlace("other@m#3", 9, 2, "pinned", 4)),
        replace(BASE, params={"seed": 7, "temperature": 0}),
        with_message(2, {"content": "Hi", "role": "assistant"}),
        with_message(2, {"role": "assistant", "content": "Hi", "refusal": None, "tool_calls": []}),
        with_message(2, {"role": "assistant", "content": "Hi", "annotations": [{"url": "x"}]}),
    ],
)
def test_what_shapes_no_answer_leaves_the_key(same: ChatRequest) -> None:
    assert same.key(IDENTITY) == BASE.key(IDENTITY)


def test_messages_cannot_be_shifted_into_one_another() -> None:
    one = asked(script_message("user", 'a"}\n{"content":"b'))
    two = asked(script_message("user", "a"), script_message("user", "b"))

    assert one.key(IDENTITY) != two.key(IDENTITY)
