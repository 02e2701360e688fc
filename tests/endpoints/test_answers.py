import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.chat import Billing, ChatReply, Fault, FaultKind, Usage
from dialogs.encoding import canonical
from dialogs.endpoints.answers import parse_answer
from servers import completion_object

CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}


def parsed(answer: object) -> ChatReply:
    reply = parse_answer(json.dumps(answer).encode())
    assert isinstance(reply, ChatReply), reply
    return reply


def refused(body: bytes) -> Fault:
    fault = parse_answer(body)
    assert isinstance(fault, Fault), fault
    return fault


def altered(place: str, value: object) -> bytes:
    """Encode a completion with one value replaced; `place` is a path as `choices.0.message`."""
    answer: Any = completion_object()
    *path, last = place.split(".")
    target = answer
    for key in path:
        target = target[int(key) if key.isdigit() else key]
    target[int(last) if last.isdigit() else last] = value
    return json.dumps(answer).encode()


def test_reads_a_completion() -> None:
    body = json.dumps(completion_object("Hi")).encode()

    assert parse_answer(body, request_id="req_1", latency_ms=2.5) == ChatReply(
        message={"role": "assistant", "content": "Hi"},
        finish_reason="stop",
        served_model="served-model",
        usage=Usage(3, 2, {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}),
        system_fingerprint="fp_1",
        request_id="req_1",
        latency_ms=2.5,
        body=body,
    )


@pytest.mark.parametrize(
    "message",
    [
        {"content": ""},
        {"content": None, "refusal": "No."},
        {"content": None, "tool_calls": [CALL]},
        {"content": None, "tool_calls": [{"id": "1", "type": "custom", "custom": {"name": "run", "input": "ls"}}]},
        {"content": "Hi", "tool_calls": [{"id": "", "function": {"name": "f", "arguments": ""}}]},
        {"content": "Hi", "refusal": None, "annotations": [], "reasoning_content": "So …", "tool_calls": None},
        {"content": "\ud83d lone"},
        {"content": "x" * 100_000},
        {"content": "{[" * 500},
    ],
    ids=lambda message: str(message)[:40],
)
def test_keeps_a_message_whole(message: dict[str, Any]) -> None:
    assert parsed(completion_object(**message)).message == {"role": "assistant", **message}


@pytest.mark.parametrize("message", [{"content": "Hi"}, {"content": "Hi", "role": None}])
def test_a_message_without_role_is_the_assistants(message: dict[str, str | None]) -> None:
    reply = parse_answer(altered("choices.0.message", message))

    assert isinstance(reply, ChatReply)
    assert reply.message == {"role": "assistant", "content": "Hi"}


def test_a_content_filter_may_leave_nothing() -> None:
    answer = completion_object(None)
    answer["choices"][0]["finish_reason"] = "content_filter"

    assert parsed(answer).finish_reason == "content_filter"


@pytest.mark.parametrize("body", [b" \n " * 100, b""], ids=["white space before it", "none"])
def test_white_space_before_the_answer_means_nothing(body: bytes) -> None:
    assert isinstance(parse_answer(body + json.dumps(completion_object()).encode()), ChatReply)


def test_keeps_what_the_server_added() -> None:
    answer = completion_object() | {"timings": {"ms": 1}, "service_tier": "flex", "prompt_logprobs": None}
    answer["choices"][0] |= {"logprobs": {"content": []}, "stop_reason": None}

    assert parsed(answer).extra == {
        "timings": {"ms": 1},
        "service_tier": "flex",
        "choice": {"logprobs": {"content": []}},
    }


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1, "completion_tokens": 2},
        {"prompt_tokens": "3", "completion_tokens": 2},
        {"prompt_tokens": True, "completion_tokens": 2},
        {"prompt_tokens": 3.5, "completion_tokens": 2},
        {"total_tokens": 5},
        "none",
        [5],
    ],
)
def test_a_usage_that_cannot_be_understood_is_kept_apart(usage: object) -> None:
    reply = parsed(completion_object() | {"usage": usage})

    assert (reply.usage, reply.extra) == (None, {"usage": usage})


@pytest.mark.parametrize("usage", [None, {}])
def test_a_usage_may_be_missing(usage: object) -> None:
    reply = parsed(completion_object() | {"usage": usage})

    assert (reply.usage, reply.extra) == (None, {})


WHOLE = json.dumps(completion_object()).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the answer is empty"),
        (b"  \r\n", "the answer is empty"),
        (WHOLE[:100], "not JSON, or not all of it: Unterminated string"),
        (WHOLE + b"}", "not JSON, or not all of it: Extra data"),
        (b'{"choices": "\xff"}', "not JSON, or not all of it: 'utf-8' codec"),
        (b"<!DOCTYPE html><html>Bad gateway</html>", "the answer is HTML"),
        (b"\n<html><h1>Login</h1>", "the answer is HTML"),
        (b'data: {"choices": []}\n\ndata: [DONE]', "the answer is a stream of events"),
        (b"upstream timed out", "not JSON"),
        (b"null", "the answer is null; wanted an object"),
        (b"[1]", "the answer is a list; wanted an object"),
        (b'"Hello"', "the answer is a text; wanted an object"),
        (b"42", "the answer is a number; wanted an object"),
        (b"true", "the answer is true or false; wanted an object"),
        (b'{"error": {"message": "overloaded", "code": 503}}', "the answer is an error: overloaded"),
        (b'{"error": "overloaded"}', "the answer is an error: overloaded"),
        (b'{"error": ["odd"]}', "the answer is an error: "),
        (b"{}", '"choices" is missing; wanted a list'),
        (altered("choices", None), '"choices" is missing; wanted a list'),
        (altered("choices", {}), '"choices" is {}; wanted a list'),
        (altered("choices", []), '"choices" holds 0; wanted one'),
        (altered("choices", [{}, {}]), '"choices" holds 2; wanted one'),
        (altered("choices", ["Hello"]), "wanted an object"),
        (altered("choices.0.error", {"message": "died"}), "the choice is an error: died"),
        (altered("choices.0.message", None), '"choices[0].message" is missing; wanted an object'),
        (altered("choices.0.message", "Hello"), '"choices[0].message" is "Hello"; wanted an object'),
        (altered("choices.0.message.role", "user"), '"choices[0].message.role" is "user"; wanted assistant'),
        (altered("choices.0.message.role", 5), '"choices[0].message.role" is 5; wanted text'),
        (altered("choices.0.message.content", 5), '"choices[0].message.content" is 5; wanted text'),
        (altered("choices.0.message.content", ["Hi"]), '"choices[0].message.content" is ["Hi"]; wanted text'),
        (altered("choices.0.message.refusal", 0), '"choices[0].message.refusal" is 0; wanted text'),
        (altered("choices.0.message.content", None), "the message has neither content nor a refusal nor tool calls"),
        (altered("choices.0.message", {"audio": {"id": 1}}), "nor tool calls (it holds audio)"),
        (altered("choices.0.message.tool_calls", {}), '"choices[0].message.tool_calls" is {}; wanted a list'),
        (altered("choices.0.message.tool_calls", ["f"]), 'tool_calls[0] is "f"; wanted an object'),
        (altered("choices.0.message.tool_calls", [{"id": 1}]), 'tool_calls[0].id" is 1; wanted text'),
        (
            altered("choices.0.message.tool_calls", [{"id": "1"}]),
            'tool_calls[0].function.name" is missing; wanted text',
        ),
        (
            altered("choices.0.message.tool_calls", [{"id": "1", "function": {"name": "f", "arguments": {}}}]),
            'tool_calls[0].function.arguments" is {}; wanted text',
        ),
        (altered("choices.0.finish_reason", 3), '"choices[0].finish_reason" is 3; wanted text'),
        (altered("model", ["m"]), '"model" is ["m"]; wanted text'),
        (altered("extra", float("nan")), "NaN is not JSON"),
        (b'{"extra": 1e999}', "1e999 is too large a number"),
        (b'{"extra": ' + b"9" * 5000 + b'1.0e5000000, "lone": "\\ud83d"}', "is too large a number"),
        (b'{"extra": ' + b"[" * 150 + b"]" * 150 + b"}", "nested more than 100 deep"),
        (b"[" * 100_000, "not JSON"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_no_completion_is_a_fault_that_was_billed(body: bytes, reason: str) -> None:
    fault = refused(body)

    assert reason in fault.message
    assert (fault.kind, fault.billing, fault.retryable) == (FaultKind.NOT_A_COMPLETION, Billing.YES, True)


def test_a_reply_that_was_cut_before_its_first_word_is_not_asked_for_again() -> None:
    answer = completion_object(None, reasoning_content="Let me see")
    answer["choices"][0]["finish_reason"] = "length"
    fault = refused(json.dumps(answer).encode())

    assert not fault.retryable
    assert "raise max_completion_tokens" in fault.message


def test_the_fault_shows_the_beginning_on_one_line_and_keeps_64_kib() -> None:
    fault = refused(b"\x1b[31moops\r\n\xff" + b"x" * 100_000)

    assert "the answer begins: \\u001b[31moops \N{REPLACEMENT CHARACTER}xxx" in fault.message
    assert len(fault.message) < 600
    assert len(fault.body) == 64 << 10


def test_of_duplicate_keys_the_last_counts() -> None:
    body = WHOLE.replace(b'"content": "Hello"', b'"content": 5, "content": "Hello"')

    assert isinstance(parse_answer(body), ChatReply)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    "choices",
    "choices.0",
    "choices.0.message",
    "choices.0.message.content",
    "choices.0.message.tool_calls",
    "usage",
]


@given(place=st.sampled_from(PLACES), value=json_values)
def test_whatever_stands_in_an_answer_it_is_read_or_a_fault_and_can_be_written_again(place: str, value: object) -> None:
    answer = parse_answer(altered(place, value))

    if isinstance(answer, ChatReply):
        canonical(answer.message)
        canonical(answer.extra)
    else:
        assert answer.kind is FaultKind.NOT_A_COMPLETION


@given(st.binary(max_size=40))
def test_any_bytes_are_a_fault(body: bytes) -> None:
    assert refused(body).billing is Billing.YES


def test_a_byte_order_mark_is_passed_over_and_kept_in_the_body() -> None:
    answer = parse_answer(b"\xef\xbb\xbf" + WHOLE)

    assert isinstance(answer, ChatReply)
    assert answer.body.startswith(b"\xef\xbb\xbf")
