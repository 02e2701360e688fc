"""What a server may do wrong, each on a real connection, and what is made of it."""

import asyncio
import gzip
import json
import re
import zlib
from dataclasses import dataclass

import pytest

from asking import ask, with_endpoint
from builders import request
from dialogs.chat import Answer, Billing, ChatReply, Fault, FaultKind
from dialogs.endpoints.openai import OpenAIEndpoint
from servers import Act, Wire, answer, completion, completion_object, error, head, in_order, serve, unused_port

WHOLE = json.dumps(completion_object()).encode()
DATE = ("Date", "Wed, 21 Oct 2026 07:28:00 GMT")


def ok(body: bytes, *headers: tuple[str, str]) -> bytes:
    return head(200, [("content-type", "application/json"), *headers], length=len(body)) + body


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head(200, [("transfer-encoding", "chunked")]) + chunks + end


def dripping(body: bytes) -> Wire:
    return Wire(head(200, length=1000), *(piece for byte in body for piece in (bytes([byte]), 0.02)), 30.0)


@dataclass(frozen=True)
class Row:
    """What the server does, and the fault's kind, billing, retryable, message (a regular expression)."""

    name: str
    wire: Wire
    kind: FaultKind
    billing: Billing
    message: str
    retryable: bool = True
    retry_after_s: float | None = None
    stops_endpoint: bool = False


def lost(name: str, *pieces: bytes | float | Act, message: str) -> Row:
    return Row(name, Wire(*pieces), FaultKind.CONNECTION, Billing.PERHAPS, message)


def late(name: str, wire: Wire) -> Row:
    return Row(name, wire, FaultKind.TIMEOUT, Billing.PERHAPS, r"no whole answer within 0.5 s")


def rubbish(name: str, wire: Wire, message: str) -> Row:
    return Row(name, wire, FaultKind.NOT_A_COMPLETION, Billing.YES, message)


def refused(name: str, wire: Wire, kind: FaultKind, message: str, **rest: object) -> Row:
    return Row(name, wire, kind, Billing.NO, message, **{"retryable": False, **rest})  # type: ignore[arg-type]


ROWS = [
    # The connection.
    lost("closes at once", Act.CLOSE, message="the server closed the connection before it answered"),
    lost("resets at once", Act.RESET, message="the connection broke: Connection reset by peer"),
    lost("closes within the status line", b"HTTP/1.1 2", Act.CLOSE, message="closed the connection before it answered"),
    lost("closes within the headers", b"HTTP/1.1 200 OK\r\nServer: x", Act.CLOSE, message="the server closed"),
    lost("closes in mid-body", ok(WHOLE)[:-50], Act.CLOSE, message="the answer was cut off"),
    lost("resets in mid-body", ok(WHOLE)[:-50], 0.05, Act.RESET, message="the (answer was cut off|connection broke)"),
    lost("a body shorter than its length", head(200, length=900) + b"{}", Act.CLOSE, message="the answer was cut off"),
    lost("chunks without an end", chunked(WHOLE, end=b""), Act.CLOSE, message="the answer was cut off"),
    lost("a chunk that is none", chunked(WHOLE, end=b"zz\r\n"), Act.CLOSE, message="cannot be read as HTTP: Invalid"),
    lost("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", Act.CLOSE, message="the answer cannot be read as HTTP"),
    lost("a broken status", b"HTTP/1.1 abc OK\r\n\r\n", Act.CLOSE, message="the answer cannot be read as HTTP"),
    lost("endless headers", head(200, [("x", "y" * 9000)], length=2) + b"{}", message="cannot be read as HTTP"),
    # Time.
    late("never answers", Wire(30.0)),
    late("stops after the headers", Wire(head(200, length=100), 30.0)),
    late("drips its headers", Wire(*(piece for byte in head(200) for piece in (bytes([byte]), 0.05)), 30.0)),
    late("drips its body", dripping(WHOLE)),
    # A 200 that is no completion.
    rubbish("an empty body", Wire(ok(b"")), "the answer is empty"),
    rubbish("no content", Wire(head(204)), "204 from .*: the answer is empty"),
    rubbish("truncated JSON", Wire(ok(WHOLE[:-20])), "not JSON, or not all of it"),
    rubbish("two answers in one", Wire(ok(WHOLE + WHOLE)), "Extra data"),
    rubbish("invalid UTF-8", Wire(ok(b'{"choices": "\xff"}')), "utf-8"),
    rubbish("HTML", answer("<html>Sign in</html>", content_type="text/html"), "the answer is HTML.*Sign in"),
    rubbish("plain text", answer("try later", content_type="text/plain"), "begins: try later"),
    rubbish("an event stream", answer('data: {"choices": []}\n\n'), "a stream of events"),
    rubbish("an error object", answer({"error": {"message": "overloaded"}}), "the answer is an error: overloaded"),
    rubbish("no choices", answer({"object": "chat.completion"}), '"choices" is missing'),
    rubbish("empty choices", answer({"choices": []}), '"choices" holds 0'),
    rubbish("a text of null", answer(completion_object(None)), "neither content nor a refusal"),
    rubbish("a text of the wrong type", answer(WHOLE.replace(b'"Hello"', b"[5]")), "content.*wanted text"),
    rubbish("deep JSON", Wire(ok(b"[" * 200_000)), "not JSON"),
    rubbish("not a number", Wire(ok(WHOLE.replace(b"1700000000", b"NaN"))), "NaN is not JSON"),
    rubbish("a gzip that ends early", Wire(ok(gzip.compress(WHOLE)[:-9], ("content-encoding", "gzip"))), "too early"),
    rubbish("a gzip that is none", Wire(ok(WHOLE, ("content-encoding", "gzip"))), "compression is broken"),
    rubbish("an unknown encoding", Wire(ok(WHOLE, ("content-encoding", "br"))), "content-encoding is 'br'"),
    rubbish("gzip twice", Wire(ok(WHOLE, ("content-encoding", "gzip, gzip"))), "content-encoding is 'gzip, gzip'"),
    rubbish("17 MiB", Wire(ok(b" " * (17 << 20))), "larger than 16 MiB"),
    # Statuses.
    refused("400", error(400, "too long"), FaultKind.INVALID_REQUEST, "400 from http://[^ ]*/v1: too long$"),
    refused("400 of a filter", error(400, "no", "content_filter"), FaultKind.FILTERED, "400 from .*: no"),
    refused(
        "401",
        error(401, "Incorrect API key provided"),
        FaultKind.AUTHENTICATION,
        "401 from .*: Incorrect API key provided; check OPENAI_API_KEY$",
        stops_endpoint=True,
    ),
    refused("402", error(402, "Pay"), FaultKind.INSUFFICIENT_QUOTA, "quota or the billing", stops_endpoint=True),
    refused("403", error(403, "Not you"), FaultKind.PERMISSION_DENIED, "Not you; check what may be used with OPENAI_"),
    refused(
        "403 without quota",
        error(403, "Empty", "insufficient_quota"),
        FaultKind.INSUFFICIENT_QUOTA,
        "Empty; see to the quota",
        stops_endpoint=True,
    ),
    refused("404", error(404, "No model m"), FaultKind.NOT_FOUND, r"check the model's name \(m\) and .* base URL"),
    refused("405", Wire(head(405, length=0)), FaultKind.INVALID_REQUEST, "405 from http://[^ ]*/v1$"),
    refused("413", answer("too large", 413), FaultKind.INVALID_REQUEST, "413 from .*: too large"),
    refused("422 with details", answer({"detail": "bad seed"}, 422), FaultKind.INVALID_REQUEST, "422 .*: bad seed"),
    refused("408", error(408, "slow"), FaultKind.TIMEOUT, "408 from .*: slow", retryable=True),
    refused("409", error(409, "busy"), FaultKind.SERVER_ERROR, "409 from .*: busy", retryable=True),
    refused("429", error(429, "slow down"), FaultKind.RATE_LIMITED, "429 from .*: slow down", retryable=True),
    refused(
        "429 with seconds",
        error(429, "", headers=[("Retry-After", "3")]),
        FaultKind.RATE_LIMITED,
        "429",
        retryable=True,
        retry_after_s=3.0,
    ),
    refused(
        "429 with a date",
        error(429, "", headers=[("Retry-After", "Wed, 21 Oct 2026 07:28:30 GMT"), DATE]),
        FaultKind.RATE_LIMITED,
        "429",
        retryable=True,
        retry_after_s=30.0,
    ),
    refused(
        "429 with a date and none to hold it against",
        error(429, "", headers=[("Retry-After", "Wed, 21 Oct 2099 07:28:30 GMT")]),
        FaultKind.RATE_LIMITED,
        "429",
        retryable=True,
    ),
    refused(
        "429 with a reset",
        error(429, "", headers=[("x-ratelimit-reset-tokens", "6m0s")]),
        FaultKind.RATE_LIMITED,
        "429",
        retryable=True,
        retry_after_s=360.0,
    ),
    refused(
        "429 without quota",
        error(429, "You exceeded your quota", "insufficient_quota", [("Retry-After", "3"), ("x-should-retry", "true")]),
        FaultKind.INSUFFICIENT_QUOTA,
        "You exceeded your quota; see to the quota",
        stops_endpoint=True,
    ),
    refused(
        "429 with a body that is cut off",
        Wire(head(429, [("Retry-After", "2")], length=900) + b'{"error"', Act.CLOSE),
        FaultKind.RATE_LIMITED,
        '429 from .*: {"error"$',
        retryable=True,
        retry_after_s=2.0,
    ),
    refused("429 not to retry", error(429, "", headers=[("x-should-retry", "false")]), FaultKind.RATE_LIMITED, "429"),
    refused(
        "400 to retry",
        error(400, "", headers=[("x-should-retry", "true")]),
        FaultKind.INVALID_REQUEST,
        "400",
        retryable=True,
    ),
    refused("500", error(500, "oops"), FaultKind.SERVER_ERROR, "500 from .*: oops", retryable=True),
    refused(
        "502 in HTML",
        answer("<html><style>p {}</style><p>Bad\n gateway", 502),
        FaultKind.SERVER_ERROR,
        "502 from .*: Bad gateway$",
        retryable=True,
    ),
    refused("503 and closes", Wire(head(503), Act.CLOSE), FaultKind.SERVER_ERROR, "503 from .*/v1$", retryable=True),
    refused(
        "503 in a bomb",
        Wire(head(503, [("content-encoding", "gzip")]) + gzip.compress(b"x" * (20 << 20)), Act.CLOSE),
        FaultKind.SERVER_ERROR,
        "503 from .*: x+…$",
        retryable=True,
    ),
    refused("529", Wire(head(529, length=0)), FaultKind.SERVER_ERROR, "529 from", retryable=True),
    refused("700", Wire(head(700, length=0)), FaultKind.SERVER_ERROR, "700 from", retryable=True),
    # Redirects, which would carry the conversation and the key to another place.
    refused(
        "307",
        Wire(head(307, [("Location", "https://me:secret@other.example/v1?key=s")], length=0)),
        FaultKind.INVALID_REQUEST,
        "307 from .*; it points to https://other.example/v1, where nothing is sent: check the endpoint's base URL$",
    ),
    refused(
        "302 to a page",
        Wire(head(302, [("Location", "/login")], length=0)),
        FaultKind.INVALID_REQUEST,
        "points to /login,",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_a_fault_that_says_what_happened(row: Row) -> None:
    deadline_s = 0.5 if row.kind is FaultKind.TIMEOUT else 20.0
    with serve(in_order(row.wire)) as server:
        fault = ask(server.base_url, timeout_s=deadline_s)

    assert isinstance(fault, Fault)
    assert re.search(row.message, fault.message), fault.message
    assert fault.message.isprintable()
    assert (row.kind, row.billing, row.retryable) == (fault.kind, fault.billing, fault.retryable)
    assert (row.retry_after_s, row.stops_endpoint) == (fault.retry_after_s, fault.stops_endpoint)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        (f"http://127.0.0.1:{unused_port()}/v1", "no connection: Connection refused"),
        ("http://no-such-host.invalid/v1", "the host no-such-host.invalid cannot be found"),
    ],
    ids=["refused", "unknown host"],
)
def test_without_a_connection_nothing_was_billed(base_url: str, message: str) -> None:
    fault = ask(base_url)

    assert isinstance(fault, Fault)
    assert f"{base_url}: {message}" in fault.message
    assert (fault.kind, fault.billing, fault.retryable) == (FaultKind.CONNECTION, Billing.NO, True)


def test_a_connection_that_never_comes_about_was_not_billed() -> None:
    with serve(lambda _request: Wire(30.0)) as server:  # it accepts, and never shakes hands
        fault = ask(server.base_url.replace("http:", "https:"), timeout_s=0.5)

    assert isinstance(fault, Fault)
    assert fault.message.endswith("no connection within 0.45 s")
    assert (fault.kind, fault.billing) == (FaultKind.CONNECTION, Billing.NO)


@pytest.mark.parametrize(
    "compressed",
    [
        ("gzip", gzip.compress(WHOLE)),
        ("x-gzip", gzip.compress(WHOLE)),
        ("deflate", zlib.compress(WHOLE)),
        ("gzip", gzip.compress(WHOLE) + b"trailing"),
        ("Identity", WHOLE),
    ],
    ids=lambda pair: pair[0],
)
def test_reads_a_compressed_answer(compressed: tuple[str, bytes]) -> None:
    encoding, body = compressed
    with serve(in_order(Wire(ok(body, ("content-encoding", encoding))))) as server:
        reply = ask(server.base_url)

    assert not isinstance(reply, Fault)
    assert reply.body == WHOLE


def test_reads_an_answer_in_chunks_and_after_informational_ones() -> None:
    wire = Wire(b"HTTP/1.1 100 Continue\r\n\r\n", chunked(WHOLE[:9], WHOLE[9:]))
    with serve(in_order(wire)) as server:
        assert not isinstance(ask(server.base_url), Fault)


async def ask_twice(endpoint: OpenAIEndpoint) -> list[Answer]:
    answers = [await endpoint.complete(request("Hi"))]
    await asyncio.sleep(0.2)
    return [*answers, await endpoint.complete(request("Hi"))]


@pytest.mark.parametrize("pause_s", [0.0, 0.05], ids=["in one piece", "while the connection is idle"])
def test_an_answer_that_nobody_asked_for_is_never_taken_for_the_next(pause_s: float) -> None:
    ghost = Wire(*completion("asked").pieces, pause_s, *completion("ghost").pieces)

    with serve(in_order(ghost, completion("asked next"))) as server:
        answers = with_endpoint(server.base_url, ask_twice)

    assert [answer.message["content"] for answer in answers if isinstance(answer, ChatReply)] == ["asked", "asked next"]


def test_a_connection_that_the_server_closed_while_idle_is_not_used_again() -> None:
    with serve(in_order(Wire(*completion().pieces, 0.02, Act.CLOSE))) as server:
        answers = with_endpoint(server.base_url, ask_twice)

    assert all(isinstance(answer, ChatReply) for answer in answers)
    assert (server.connections, len(server.requests)) == (2, 2)
