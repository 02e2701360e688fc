"""Replies that are asked for token by token, each on a real connection."""

import asyncio
import gzip
import json
import logging
import re
import zlib
from dataclasses import dataclass

import pytest

from asking import KEY, ask, with_endpoint
from builders import request
from dialogs.chat import Answer, Billing, ChatReply, Fault, FaultKind
from dialogs.endpoints.openai import OpenAIEndpoint
from servers import Act, Wire, answer, completion, completion_object, error, head, in_order, serve
from streaming import DONE, EVENT_STREAM, USAGE, chunk, chunks_of, event, events, streamed, whole_stream

HELLO = events(*chunks_of("Hel", "lo"))
HALF = events(*chunks_of("Hel", "lo")[:2])
FOX = "data: " + json.dumps(chunk({"content": "Größe 🦊"}), ensure_ascii=False) + "\n\n"


def reply_to(wire: Wire, **rest: object) -> ChatReply:
    with serve(in_order(wire)) as server:
        reply = ask(server.base_url, stream=True, **rest)  # type: ignore[arg-type]
    assert isinstance(reply, ChatReply), reply
    return reply


def test_asks_for_a_stream_with_its_usage_and_shapes_the_request_no_further() -> None:
    asked = request("Hi", params={"max_tokens": 5})
    with serve(in_order(whole_stream("Hello"))) as server:
        ask(server.base_url, asked, stream=True)
        (received,) = server.requests

    assert received.json == {
        **json.loads(asked.body()),
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_reply_is_the_one_that_would_have_come_in_one_piece() -> None:
    with serve(in_order(completion("Hello"), whole_stream("Hel", "lo"))) as server:
        plain = ask(server.base_url)
        reply = ask(server.base_url, stream=True)

    assert isinstance(plain, ChatReply)
    assert isinstance(reply, ChatReply)
    assert json.loads(reply.body) == json.loads(plain.body) == completion_object("Hello")
    assert (reply.message, reply.finish_reason, reply.usage) == (plain.message, plain.finish_reason, plain.usage)
    assert (reply.served_model, reply.system_fingerprint) == (plain.served_model, plain.system_fingerprint)


def test_notes_when_the_first_token_came_and_how_many_a_second() -> None:
    role, first, second, finish, usage = map(event, chunks_of("Hel", "lo"))
    reply = reply_to(streamed(role, 0.05, first, 0.1, second, finish, usage, DONE))

    assert set(reply.extra) == {"first_token_ms", "tokens_per_s"}
    first_token_ms, tokens_per_s = reply.extra["first_token_ms"], reply.extra["tokens_per_s"]
    assert isinstance(first_token_ms, float)
    assert isinstance(tokens_per_s, float)
    assert 0 < first_token_ms < reply.latency_ms
    assert tokens_per_s > 0


def test_what_comes_at_once_has_no_rate() -> None:
    assert set(reply_to(streamed(HELLO + DONE)).extra) == {"first_token_ms"}


READABLE = {
    "one piece": streamed(HELLO + DONE),
    "byte by byte": streamed(*(bytes([byte]) for byte in HELLO + DONE)),
    "CRLF": streamed((HELLO + DONE).replace(b"\n", b"\r\n")),
    "no space after the colon": streamed((HELLO + DONE).replace(b"data: ", b"data:")),
    "comments": streamed(b": ping\n\n", HALF, b": ping\n\n" * 3, HELLO[len(HALF) :], DONE),
    "named pings": streamed(b'event: ping\ndata: {"type": "ping"}\n\n', HELLO, DONE),
    "data in several lines": streamed((HELLO + DONE).replace(b'"choices"', b'\ndata: "choices"')),
    "a byte order mark": streamed(b"\xef\xbb\xbf" + HELLO + DONE),
    "no [DONE]": streamed(HELLO),
    "no blank line at the end": streamed(HELLO + DONE.rstrip()),
    "data after [DONE]": streamed(HELLO, DONE, b'data: {"error": "late"}\n\n'),
    "no end after [DONE]": streamed(HELLO, DONE, 30.0),
    "a reset after [DONE]": streamed(HELLO, DONE, Act.RESET, is_whole=False),
    "until the connection ends": Wire(head(200, [EVENT_STREAM]) + HELLO + DONE, Act.CLOSE),
    "another content type": Wire(head(200, [("content-type", "text/plain")], length=len(HELLO)) + HELLO),
    "gzip": streamed(gzip.compress(HELLO + DONE), headers=[("content-encoding", "gzip")]),
    "deflate": streamed(zlib.compress(HELLO + DONE), headers=[("content-encoding", "deflate")]),
    "the first chunk without a choice": streamed(event(chunk(prompt_filter_results=[])), HELLO, DONE),
    "usage beside the finish": streamed(
        events(chunk({"content": "Hello"}), chunk({}, "stop", usage=USAGE)),
        DONE,
    ),
    "no stream, but a completion": completion("Hello"),
    "a completion that calls itself a stream": answer(completion_object(), content_type="text/event-stream"),
}


@pytest.mark.parametrize("wire", READABLE.values(), ids=READABLE)
def test_reads_it(wire: Wire) -> None:
    reply = reply_to(wire)

    assert reply.message == {"role": "assistant", "content": "Hello"}
    assert (reply.finish_reason, reply.served_model, reply.system_fingerprint) == ("stop", "served-model", "fp_1")
    assert reply.usage is not None
    assert reply.usage.data == USAGE


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_character_may_be_cut_by_the_pieces(cut: int) -> None:
    whole = FOX.encode()
    at = whole.index("🦊".encode()) + cut
    reply = reply_to(streamed(whole[:at], 0.02, whole[at:], event(chunk({}, "stop")), DONE))

    assert reply.message["content"] == "Größe 🦊"
    assert reply.usage is None


@dataclass(frozen=True)
class Row:
    """What the server does, and the fault's message (a regular expression), kind, billing, retryable."""

    name: str
    wire: Wire
    message: str
    kind: FaultKind = FaultKind.NOT_A_COMPLETION
    billing: Billing = Billing.YES
    retryable: bool = True


def lost(name: str, wire: Wire, message: str) -> Row:
    return Row(name, wire, message, FaultKind.CONNECTION, Billing.PERHAPS)


def late(name: str, wire: Wire) -> Row:
    return Row(name, wire, "no whole answer within 0.5 s", FaultKind.TIMEOUT, Billing.PERHAPS)


UNFINISHED = (
    "200 from .*: not a completion: the stream ended before the reply did: no finish_reason came; .*begins: data"
)
GZIP = [("content-encoding", "gzip")]

ROWS = [
    Row("ends in mid-reply", streamed(HALF), UNFINISHED),
    Row("says [DONE] in mid-reply", streamed(HALF, DONE), UNFINISHED),
    Row("says nothing but [DONE]", streamed(DONE), UNFINISHED),
    Row("has no choice at all", streamed(event(chunk()), DONE), UNFINISHED),
    Row("has a finish_reason of null", streamed(event(chunk({"content": "a"}, None)), DONE), UNFINISHED),
    Row("ends within an event", streamed(HELLO[:-140]), "an event of the stream is not JSON, or not all of it"),
    Row(
        "holds what is no JSON", streamed(HALF, b"data: {broken\n\n", HELLO, DONE), "an event of the stream is not JSON"
    ),
    Row("holds a number", streamed(HALF, b"data: 5\n\n", DONE), "an event of the stream is 5; wanted an object"),
    Row(
        "holds invalid UTF-8", streamed(HALF, b'data: {"id": "\xff"}\n\n', 30.0), "not JSON, or not all of it: .*utf-8"
    ),
    Row(
        "holds a delta that is a text", streamed(HALF, event({"choices": [{"delta": "a"}]})), "delta.*wanted an object"
    ),
    Row("holds a content that is a list", streamed(HALF, event(chunk({"content": ["a"]}))), "content.*wanted text"),
    Row("holds deep JSON", streamed(HALF, b"data: " + b"[" * 200_000 + b"\n\n"), "not JSON"),
    Row(
        "an error in mid-stream", streamed(HALF, event({"error": {"message": "overloaded"}}), 30.0), "error: overloaded"
    ),
    Row("an error as an event", streamed(HALF, b'event: error\ndata: {"message": "boom"}\n\n', 30.0), "error: boom"),
    Row("an error that is a text", streamed(HALF, b"event: error\ndata: too busy\n\n", DONE), "an error: too busy"),
    Row("an error as a field", streamed(HALF, b'error: {"code": 500, "message": "slot"}\n\n'), "an error: slot"),
    Row(
        "an error beside a finish",
        streamed(HALF, event(chunk({"content": ""}, "error", error={"code": 502, "message": "upstream"})), DONE),
        "the answer is an error: upstream",
    ),
    Row(
        "two choices",
        streamed(HELLO, event({"choices": [{"index": 1, "finish_reason": "stop"}]})),
        "holds 2; wanted one",
    ),
    Row(
        "the role of a user",
        streamed(events(chunk({"role": "user", "content": "a"}, "stop"))),
        "role.*wanted assistant",
    ),
    Row("a finish without a word", streamed(events(chunk({"role": "assistant"}, "stop")), DONE), "neither content nor"),
    Row(
        "a tool call without a name",
        streamed(event(chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": ""}}]}, "tool_calls"))),
        "function.name.*wanted text",
    ),
    Row(
        "cut off by the limit before a word",
        streamed(events(chunk({"reasoning_content": "Hm"}), chunk({}, "length")), DONE),
        "raise max_completion_tokens",
        retryable=False,
    ),
    Row("HTML", answer("<html>Sign in</html>", content_type="text/html"), "the answer is HTML.*Sign in"),
    Row("HTML that calls itself a stream", answer("<html>", content_type="text/event-stream"), "the answer is HTML"),
    Row("an error object", answer({"error": {"message": "overloaded"}}), "the answer is an error: overloaded"),
    Row("nothing", streamed(), "the answer is empty"),
    Row("nothing but comments", streamed(b": ping\n\n" * 3), "the answer is not JSON.*begins: : ping : ping"),
    Row("17 MiB of comments", streamed(*[b":" + b" " * (1 << 20)] * 17), "the answer is larger than 16 MiB"),
    Row(
        "17 MiB in one event", streamed(HALF, *[b"data: " + b"x" * (1 << 20)] * 17), "the answer is larger than 16 MiB"
    ),
    Row("a bomb", streamed(gzip.compress(b":" * (20 << 20)), headers=GZIP), "the answer is larger than 16 MiB"),
    Row("a gzip that ends early", streamed(gzip.compress(HELLO)[:-30], headers=GZIP), "compression is broken"),
    Row("a gzip that is none", streamed(HELLO, headers=GZIP), "the answer's compression is broken"),
    lost("closes in mid-stream", streamed(HALF, Act.CLOSE), "the answer was cut off"),
    lost("resets in mid-stream", streamed(HALF, 0.05, Act.RESET), "the (answer was cut off|connection broke)"),
    lost("closes before [DONE]", streamed(HELLO, Act.CLOSE), "the answer was cut off"),
    lost("a chunk that is none", Wire(streamed(HALF, is_whole=False).pieces[0], b"zz\r\n", Act.CLOSE), "read as HTTP"),
    late("stops in mid-stream", streamed(HALF, 30.0)),
    late("drips", streamed(*(piece for byte in HELLO for piece in (bytes([byte]), 0.02)))),
    late("only pings", streamed(*(piece for _ in range(300) for piece in (b": ping\n\n", 0.02)))),
    Row("429", error(429, "slow down"), "429 from .*: slow down", FaultKind.RATE_LIMITED, Billing.NO),
    Row("500 with events", answer(HALF, 500), "500 from .*: data", FaultKind.SERVER_ERROR, Billing.NO),
    Row(
        "400", error(400, "no streams here"), "no streams here", FaultKind.INVALID_REQUEST, Billing.NO, retryable=False
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_a_fault_that_says_what_happened(row: Row) -> None:
    deadline_s = 0.5 if row.kind is FaultKind.TIMEOUT else 20.0
    with serve(in_order(row.wire)) as server:
        fault = ask(server.base_url, timeout_s=deadline_s, stream=True)

    assert isinstance(fault, Fault)
    assert re.search(row.message, fault.message), fault.message
    assert fault.message.isprintable()
    assert (row.kind, row.billing, row.retryable) == (fault.kind, fault.billing, fault.retryable)
    assert len(server.requests) == 1


def test_a_fault_keeps_the_request_id_and_the_beginning_of_what_came() -> None:
    with serve(in_order(streamed(HALF, headers=[("x-request-id", "req_7")]))) as server:
        fault = ask(server.base_url, stream=True)

    assert isinstance(fault, Fault)
    assert (fault.request_id, fault.body) == ("req_7", HALF)


@pytest.mark.parametrize(
    "wire",
    [
        streamed(event({"error": {"message": f"wrong key {KEY}"}})),
        streamed(b"event: error\ndata: " + KEY.encode() + b"\n\n"),
        streamed(event(chunk({"content": KEY}))),
        streamed(event(chunk({"content": [KEY]}))),
        streamed(*(event(chunk({"role": part}, "stop")) for part in (KEY[:9], KEY[9:]))),
    ],
    ids=["in an error", "in an error's text", "in a reply without an end", "in a wrong type", "in a wrong role"],
)
def test_a_key_that_the_server_echoes_is_nowhere(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(in_order(wire)) as server:
        fault = ask(server.base_url, stream=True)

    assert isinstance(fault, Fault)
    assert KEY not in repr(fault) + fault.message + repr(fault.body) + caplog.text


async def ask_twice(endpoint: OpenAIEndpoint) -> list[Answer]:
    return [await endpoint.complete(request("Hi")) for _ in range(2)]


def test_the_connection_of_a_stream_is_used_again() -> None:
    with serve(in_order(whole_stream("Hello"))) as server:
        answers = with_endpoint(server.base_url, ask_twice, stream=True)

    assert all(isinstance(each, ChatReply) for each in answers)
    assert (server.connections, len(server.requests)) == (1, 2)


def test_the_connection_of_a_server_that_closes_it_unsaid_is_not_used_again() -> None:
    wire = streamed(HELLO, DONE, headers=[("server", "llama.cpp"), ("keep-alive", "timeout=5, max=100")])
    with serve(in_order(Wire(*wire.pieces, 0.001, Act.CLOSE))) as server:
        answers = with_endpoint(server.base_url, ask_twice, stream=True)

    assert all(isinstance(each, ChatReply) for each in answers)
    assert (server.connections, len(server.requests)) == (2, 2)


def test_what_follows_a_stream_is_never_taken_for_the_next_answer() -> None:
    ghost = Wire(*whole_stream("asked").pieces, *whole_stream("ghost").pieces)
    with serve(in_order(ghost, whole_stream("asked next"))) as server:
        answers = with_endpoint(server.base_url, ask_twice, stream=True)

    assert [each.message["content"] for each in answers if isinstance(each, ChatReply)] == ["asked", "asked next"]


def test_a_stream_of_many_small_chunks_is_read_whole() -> None:
    words = [f"word-{number} " for number in range(4_000)]
    reply = reply_to(streamed(events(*chunks_of(*words)), DONE), timeout_s=30.0)

    assert reply.message["content"] == "".join(words)


def test_a_cancelled_stream_leaves_nothing_behind() -> None:
    async def cancel_one(endpoint: OpenAIEndpoint) -> Answer:
        task = asyncio.create_task(endpoint.complete(request("Hi")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await endpoint.complete(request("Hi"))

    with serve(in_order(streamed(HALF, 30.0), whole_stream("next"))) as server:
        reply = with_endpoint(server.base_url, cancel_one, stream=True)

    assert isinstance(reply, ChatReply)
    assert reply.message["content"] == "next"
