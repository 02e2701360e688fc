import json
from typing import Any

import pytest

from dialogs.chat import ChatReply
from dialogs.endpoints.answers import parse_answer
from dialogs.endpoints.chunks import Assembly
from dialogs.endpoints.events import Event
from dialogs.record import RecordError
from servers import completion_object
from streaming import USAGE, chunk, chunks_of


def assembled(*chunks: dict[str, Any]) -> dict[str, Any]:
    assembly = Assembly()
    for each in chunks:
        assembly.add(Event(json.dumps(each).encode()))
    body: dict[str, Any] = json.loads(assembly.completion())
    return body


def message(*deltas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = assembled(*map(chunk, deltas), chunk({}, "stop"))["choices"][0]["message"]
    return found


def call(index: int | None, **more: object) -> dict[str, Any]:
    return {"tool_calls": [{**({} if index is None else {"index": index}), **more}]}


def test_the_whole_is_the_answer_that_would_have_come_in_one_piece() -> None:
    assert assembled(*chunks_of("Hel", "lo")) == completion_object("Hello")


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([{"content": "a"}, {"content": "b"}], {"content": "ab"}),
        ([{"content": ""}], {"content": ""}),
        ([{"content": None}], {"content": ""}),
        ([{"reasoning_content": "Hm"}], {"reasoning_content": "Hm"}),
        ([{"content": None}, {"content": "a"}, {"content": None}], {"content": "a"}),
        ([{"content": "", "refusal": None}, {"refusal": "I "}, {"refusal": "won't"}], {"refusal": "I won't"}),
        ([{"content": "a", "refusal": None}], {"content": "a", "refusal": None}),
        (
            [{"reasoning_content": "Hm"}, {"reasoning_content": "m."}, {"content": "4"}],
            {"content": "4", "reasoning_content": "Hmm."},
        ),
        (
            [{"content": "a", "annotations": [1]}, {"annotations": [2]}],
            {"content": "a", "annotations": [1, 2]},
        ),
        (
            [{"content": "a", "audio": {"id": 1}}, {"audio": {"id": 2}}],
            {"content": "a", "audio": {"id": 2}},
        ),
        ([{"content": "\ud83e"}, {"content": "\udd8a"}], {"content": "🦊"}),
        ([{"content": "\ud83e"}, {"content": "!"}], {"content": "\ud83e!"}),
    ],
)
def test_the_parts_of_a_message_grow(deltas: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    whole = message({"role": "assistant"}, *deltas)

    assert whole == {"role": "assistant", "content": None, **expected}
    assert list(whole)[:2] == ["role", "content"]


WEATHER = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"at": "Paris"}'}}
TIME = {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (
            [
                call(0, id="call_1", type="function", function={"name": "weather", "arguments": ""}),
                call(0, function={"arguments": '{"at": '}),
                call(1, id="call_2", type="function", function={"name": "time", "arguments": "{}"}),
                call(0, function={"arguments": '"Paris"}'}),
            ],
            [WEATHER, TIME],
        ),
        ([call(1, **TIME), call(0, **WEATHER)], [WEATHER, TIME]),
        ([call(None, **WEATHER), call(None, **TIME)], [WEATHER, TIME]),
        ([{"tool_calls": [WEATHER, TIME]}], [WEATHER, TIME]),
        (
            [
                call(0, id="call_2", type="function", function={"name": "time", "arguments": "{"}),
                call(0, id="call_2", type="function", function={"name": "time", "arguments": "}"}),
                call(0, id="", type=None, function={"name": None, "arguments": None}),
            ],
            [TIME],
        ),
        (
            [
                call(0, id="c", type="custom", custom={"name": "sql", "input": "SELECT"}),
                call(0, custom={"input": " 1"}),
            ],
            [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}],
        ),
    ],
    ids=["in pieces", "out of order", "without an index", "at once", "named again", "custom"],
)
def test_tool_calls_are_put_together_by_their_index(deltas: list[dict[str, Any]], expected: list[object]) -> None:
    whole = message({"role": "assistant", "content": ""}, *deltas)

    assert whole == {"role": "assistant", "content": None, "tool_calls": expected}


def test_what_servers_add_to_chunks_is_kept_and_padding_is_not() -> None:
    body = assembled(
        chunk(prompt_filter_results=[{"prompt_index": 0}]),  # Azure's first one, without a choice
        chunk({"role": "assistant", "content": "a"}, usage=None, obfuscation="x7", service_tier="default"),
        chunk({}, "length", timings={"predicted_n": 1}, usage=USAGE),
    )
    reply = parse_answer(json.dumps(body).encode())

    assert isinstance(reply, ChatReply)
    assert (reply.finish_reason, reply.usage and reply.usage.data) == ("length", USAGE)
    assert reply.extra == {
        "prompt_filter_results": [{"prompt_index": 0}],
        "service_tier": "default",
        "timings": {"predicted_n": 1},
    }


def test_the_log_probabilities_of_all_chunks_stand_together() -> None:
    first, last = chunk({"content": "a"}), chunk({"content": "b"}, "stop")
    first["choices"][0]["logprobs"] = {"content": [{"token": "a"}], "refusal": None}
    last["choices"][0]["logprobs"] = {"content": [{"token": "b"}], "refusal": None}

    (choice,) = assembled(first, last)["choices"]
    assert choice["logprobs"] == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "an event of the stream is 5; wanted an object"),
        ({"choices": {}}, '"choices" is {}; wanted a list'),
        ({"choices": [5]}, "choices[0] is 5; wanted an object"),
        (chunk({"content": ["a"]}), '"choices[0].delta.content" is ["a"]; wanted text'),
        (chunk({"tool_calls": {}}), '"choices[0].delta.tool_calls" is {}; wanted a list'),
        (chunk(call("0")), '"choices[0].delta.tool_calls[0].index" is "0"; wanted a whole number'),  # type: ignore[arg-type]
        (chunk(call(0, function={"arguments": {}})), '"tool_calls.function.arguments" is {}; wanted text'),
        ({"choices": [{"finish_reason": 5}]}, '"choices[0].finish_reason" is 5; wanted text'),
        ({"choices": [{"error": {"message": "overloaded"}}]}, "the answer is an error: overloaded"),
    ],
)
def test_what_is_no_chunk_is_refused(value: object, message: str) -> None:
    with pytest.raises(RecordError) as caught:
        Assembly().add(Event(json.dumps(value).encode()))

    assert str(caught.value) == message
