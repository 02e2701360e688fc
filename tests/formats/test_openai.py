"""OpenAI's chat messages become turns with their replies, and nothing is dropped in silence."""

import pytest

from dialogs.encoding import JsonValue
from dialogs.scenario import MediaPart, TextPart, ToolAnswer, UserTurn
from foreign import found_in, replied, said


def message(role: str, content: JsonValue, **rest: JsonValue) -> dict[str, JsonValue]:
    return {"role": role, "content": content, **rest}


def call(identity: str, arguments: str = '{"order": "17"}', name: str = "look_up") -> dict[str, JsonValue]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


TOOL: JsonValue = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
TALK = [message("system", "Be kind."), message("user", "Hi"), message("assistant", "Hello!"), message("user", "Bye")]


def test_users_become_turns_and_assistants_their_replies() -> None:
    found = found_in("openai", {"id": "greeting", "messages": [*TALK, message("assistant", "Bye!")]})

    assert (found.one.name, found.one.scenario.system) == ("greeting", "Be kind.")
    assert said(found.one) == ["Hi", "Bye"]
    assert replied(found.one) == [["Hello!", "Bye!"]]
    assert found.one.losses == ()


def test_a_turn_without_reply_has_none_in_the_baseline() -> None:
    assert replied(found_in("openai", {"messages": TALK}).one) == [["Hello!", None]]


def test_a_conversation_without_replies_has_no_baseline() -> None:
    assert found_in("openai", {"messages": [message("user", "Hi")]}).one.takes == ()


def test_scripted_keeps_replies_but_for_the_last_turns() -> None:
    found = found_in("openai", {"messages": [*TALK, message("assistant", "Bye!")]}, scripted=True)

    assert said(found.one) == [("Hi", "Hello!"), "Bye"]
    assert replied(found.one) == [["Bye!"]]


def test_a_reply_that_is_no_plain_text_is_not_scripted() -> None:
    calls = message("assistant", None, tool_calls=[call("1")])
    found = found_in("openai", {"messages": [message("user", "One"), calls, message("user", "Two")]}, scripted=True)

    assert said(found.one) == ["One", "Two"]
    assert found.one.losses == ("a scripted exchange, since its reply is no plain text; its turn is asked",)


def test_a_list_of_messages_is_one_conversation() -> None:
    assert said(found_in("openai", TALK).one) == ["Hi", "Bye"]


def test_a_request_of_a_batch_gives_model_and_parameters() -> None:
    body: JsonValue = {"model": "gpt-4o", "temperature": 0, "top_k": 5, "messages": [message("user", "Hi")]}
    found = found_in("openai", {"custom_id": "r-1", "method": "POST", "url": "/v1/chat/completions", "body": body})

    assert (found.one.name, found.one.scenario.models) == ("r-1", ("gpt-4o",))
    assert found.one.scenario.params == {"temperature": 0}
    assert found.one.losses == ("top_k of a conversation",)


def test_results_of_tools_are_scripted_and_stand_among_the_replies() -> None:
    calls = message("assistant", None, tool_calls=[call("1"), call("2", '{"order": "18"}')])
    results = [message("tool", "sent", tool_call_id="1"), message("tool", "lost", tool_call_id="2")]
    talk = [message("user", "Where are they?"), calls, *results, message("assistant", "One is lost.")]
    found = found_in("openai", {"messages": talk, "tools": [TOOL]})

    rules = found.one.scenario.tool_results["look_up"]
    assert [(r.when, r.answers[0].value) for r in rules] == [({"order": "17"}, "sent"), ({"order": "18"}, "lost")]
    assert [reply["role"] for reply in found.one.takes[0].replies[0]] == ["assistant", "tool", "tool", "assistant"]


def test_one_call_answered_differently_becomes_a_sequence() -> None:
    rounds = [
        part
        for number, answer in enumerate(["busy", "sent", "sent"])
        for part in (
            message("assistant", None, tool_calls=[call(str(number))]),
            message("tool", answer, tool_call_id=str(number)),
        )
    ]
    found = found_in("openai", {"messages": [message("user", "Where?"), *rounds], "tools": [TOOL]})

    (rule,) = found.one.scenario.tool_results["look_up"]
    assert (ToolAnswer("busy"), ToolAnswer("sent")) == rule.answers


def test_a_call_without_arguments_stands_after_those_with() -> None:
    calls = message("assistant", None, tool_calls=[call("1", "{}"), call("2")])
    results = [message("tool", "all", tool_call_id="1"), message("tool", "one", tool_call_id="2")]
    found = found_in("openai", {"messages": [message("user", "Where?"), calls, *results], "tools": [TOOL]})

    assert [rule.answers[0].value for rule in found.one.scenario.tool_results["look_up"]] == ["one", "all"]


def test_content_parts_are_kept_where_they_can_be() -> None:
    image: JsonValue = {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}}
    found = found_in("openai", {"messages": [message("user", [{"type": "text", "text": "What is it?"}, image])]})

    (turn,) = found.one.scenario.entries
    assert isinstance(turn, UserTurn)
    assert (TextPart("What is it?"), MediaPart("image", url="https://example.org/a.png", detail="low")) == turn.content


@pytest.mark.parametrize(
    ("messages", "loss"),
    [
        (
            [message("user", "a"), message("user", "b"), message("assistant", "c")],
            "the border between two user messages in a row, which became one",
        ),
        (
            [message("assistant", "Hello!"), message("user", "Hi"), message("assistant", "c")],
            "assistant message before the first user message",
        ),
        (
            [message("user", "Hi"), message("assistant", "a"), message("assistant", "b")],
            "assistant message right after another",
        ),
        (
            [message("user", "Hi"), message("system", "Be short."), message("assistant", "b")],
            "system message between a user message and its reply",
        ),
        ([message("user", "Hi"), message("function", "b"), message("assistant", "b")], 'message of role "function"'),
        ([message("user", "Hi", name="Ann"), message("assistant", "b")], "name of a user message"),
        (
            [message("user", "Hi"), message("assistant", "b"), message("tool", "x", tool_call_id="9")],
            "result of a tool that no message calls",
        ),
        (
            [
                message("user", [{"type": "text", "text": "a"}, {"type": "input_audio", "input_audio": {}}]),
                message("assistant", "b"),
            ],
            'content part of type "input_audio"',
        ),
    ],
)
def test_a_history_that_cannot_be_told_whole_gives_no_baseline(messages: list[JsonValue], loss: str) -> None:
    imported = found_in("openai", {"messages": messages}).one

    assert loss in imported.losses
    assert imported.takes == ()


@pytest.mark.parametrize(
    ("record", "loss"),
    [
        ({"messages": [*TALK, message("assistant", "b", weight=0)]}, "weight of an assistant message"),
        ({"messages": TALK, "metadata": {"a": "b"}}, "metadata of a conversation"),
        ({"messages": TALK, "model": "m", "metadata": {"a": "b"}, "store": True}, None),
        ({"messages": TALK, "model": "m", "temperature": 3}, "temperature of a conversation"),
        ({"messages": TALK, "rating": 5}, "rating of a conversation"),
    ],
)
def test_what_is_no_part_of_the_history_is_listed_too(record: dict[str, JsonValue], loss: str | None) -> None:
    found = found_in("openai", record)

    assert ((loss,) if loss else ()) == found.one.losses


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"messages": "Hi"}, 'messages is "Hi" in a conversation; wanted a list'),
        ({"messages": ["Hi"]}, 'a message is "Hi"; wanted a mapping'),
        ({"messages": [{"content": "Hi"}]}, "no role in a message; wanted text"),
        ({"messages": [message("user", 5)]}, "content is 5 in a message of the user; wanted text or parts"),
        ({"messages": [message("system", None)]}, "no content in a message of the system; wanted text"),
        ({"messages": [message("assistant", "Hi")]}, "no message of a user; wanted at least one"),
        (
            {"messages": [message("user", "Hi"), message("assistant", None, tool_calls=[{"id": "1"}])]},
            'tool_calls is [{"id":"1"}]; wanted a list of function calls',
        ),
        ({"messages": [], "model": ["a"]}, 'model is ["a"] in a conversation; wanted text'),
        (["Hi"], 'a conversation is "Hi"; wanted a mapping'),
        ({}, "no messages; wanted a list of chat messages"),
    ],
)
def test_what_is_no_conversation_is_said_with_its_place(record: JsonValue, fault: str) -> None:
    (found,) = found_in("openai", record).faults

    assert found.startswith("source:1:")
    assert fault in found
