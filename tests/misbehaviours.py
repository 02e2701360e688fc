"""What a server may do wrong, and what `dialogs run` makes of it: the rows of tests/cli/test_misbehaviours.py.

`python tests/misbehaviours.py` writes them down in docs/misbehaviours.md.
"""

import gzip
from pathlib import Path

from misbehaving import (
    ELSEWHERE,
    EPOCH,
    GZIP,
    JSON,
    SOON,
    WHOLE,
    Row,
    bomb,
    chunks,
    completed,
    document,
    ended,
    fatal,
    fine,
    free,
    late,
    limited,
    lost,
    ok,
    redirect,
    rubbish,
    saying,
    slowly,
)
from misbehaving_streams import STREAMS
from servers import Act, Wire, answer, completion, completion_object, error, head

DOCUMENT = Path(__file__).parent.parent / "docs" / "misbehaviours.md"

_ANSWER = head(200, [JSON], length=len(WHOLE)) + WHOLE
_CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
_REDIRECTED = "where nothing is sent: check the endpoint's base URL"
_CUT_OFF = "the answer was cut off"
_DEEP = b"[" * 100_000 + b"]" * 100_000

STATUSES = (
    fatal("400", error(400, "messages is too long"), "invalid_request", "/v1: messages is too long"),
    fatal("400 of a content filter", error(400, "not this", "content_filter"), "filtered", "/v1: not this"),
    free(
        "400 with x-should-retry: true",
        error(400, "try again", headers=[("x-should-retry", "true")]),
        "invalid_request",
        "try again (after 3 attempts)",
    ),
    fatal(
        "401",
        error(401, "Incorrect API key provided"),
        "authentication",
        "Incorrect API key provided; check OPENAI_API_KEY",
    ),
    fatal(
        "402",
        error(402, "Pay first"),
        "insufficient_quota",
        "see to the quota or the billing of the account behind OPENAI_API_KEY",
    ),
    fatal("403", error(403, "Not you"), "permission_denied", "Not you; check what may be used with OPENAI_API_KEY"),
    fatal("404", error(404, "No such model"), "not_found", "check the model's name (m) and the endpoint's base URL"),
    fatal("405 without a body", Wire(head(405, length=0)), "invalid_request", "405 from"),
    free("408", error(408, "too slow", headers=[SOON]), "timeout", "too slow (after 3 attempts)"),
    free("409", error(409, "locked", headers=[SOON]), "server_error", "locked (after 3 attempts)"),
    fatal("413", answer("<h1>413</h1> Too large", 413, content_type="text/html"), "invalid_request", "413 Too large"),
    fatal("422", answer({"detail": "seed: not a number"}, 422), "invalid_request", "/v1: seed: not a number"),
    free("500", error(500, "oops"), "server_error", "oops (after 3 attempts)"),
    fatal(
        "500 with x-should-retry: false",
        error(500, "oops", headers=[("x-should-retry", "false")]),
        "server_error",
        "/v1: oops",
    ),
    free(
        "502 in HTML", answer("<html><style>p {}</style><p>Bad\n gateway", 502), "server_error", ": Bad gateway (after"
    ),
    free(
        "503 with Retry-After: 0",
        error(503, "overloaded", headers=[("Retry-After", "0")]),
        "server_error",
        "overloaded (after 3 attempts)",
    ),
    free(
        "503 whose body is cut off", Wire(head(503, length=99) + b"over", Act.CLOSE), "server_error", "/v1: over (after"
    ),
    free("504", error(504, "upstream"), "server_error", "upstream (after 3 attempts)"),
    free("529", error(529, "Overloaded", headers=[SOON]), "server_error", "Overloaded (after 3 attempts)"),
    free("700", Wire(head(700, length=0)), "server_error", "700 from"),
)

LIMITS = (
    free("429", limited(), "rate_limited", "slow down (after 3 attempts)"),
    free("429 with Retry-After: 0", limited(("Retry-After", "0")), "rate_limited", "slow down (after 3 attempts)"),
    free(
        "429 with Retry-After: soon", limited(("Retry-After", "soon")), "rate_limited", "slow down (after 3 attempts)"
    ),
    free("429 with Retry-After: -5", limited(("Retry-After", "-5")), "rate_limited", "slow down (after 3 attempts)"),
    free("429 with Retry-After: NaN", limited(("Retry-After", "NaN")), "rate_limited", "slow down (after 3 attempts)"),
    free(
        "429 with Retry-After: the answer's own Date, of 2099",
        limited(("Date", EPOCH), ("Retry-After", EPOCH)),
        "rate_limited",
        "slow down (after 3 attempts)",
    ),
    free(
        "429 with Retry-After: a date of 2099, and no Date",
        limited(("Retry-After", EPOCH)),
        "rate_limited",
        "slow down (after 3 attempts)",
    ),
    free("429 with retry-after-ms: 10", limited(SOON), "rate_limited", "slow down (after 3 attempts)"),
    free(
        "429 with x-ratelimit-reset-requests: 20ms",
        limited(("x-ratelimit-reset-requests", "20ms")),
        "rate_limited",
        "slow down (after 3 attempts)",
    ),
    fatal(
        "429 with Retry-After: 3600",
        limited(("Retry-After", "3600")),
        "rate_limited",
        "it asks to wait 3600 s, longer than --max-retry-after 600 allows",
    ),
    fatal(
        "429 with Retry-After: an hour after the answer's Date, long ago",
        limited(("Date", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Retry-After", "Wed, 21 Oct 2015 08:28:00 GMT")),
        "rate_limited",
        "it asks to wait 3600 s, longer than --max-retry-after 600 allows",
    ),
    fatal(
        "429 with x-ratelimit-reset-tokens: 1h0m0s",
        limited(("x-ratelimit-reset-tokens", "1h0m0s")),
        "rate_limited",
        "it asks to wait 3600 s",
    ),
    fatal("429 with x-should-retry: false", limited(("x-should-retry", "false")), "rate_limited", "slow down"),
    fatal(
        "429 of insufficient_quota",
        limited(SOON, code="insufficient_quota"),
        "insufficient_quota",
        "see to the quota or the billing",
    ),
)

REDIRECTS = (
    fatal(
        "301 to another path",
        redirect(301, b"/v2/chat/completions"),
        "invalid_request",
        f"it points to /v2/chat/completions, {_REDIRECTED}",
    ),
    fatal(
        "302 to a page", redirect(302, b"/login?next=secret"), "invalid_request", f"it points to /login, {_REDIRECTED}"
    ),
    fatal("303 to another host", redirect(303, ELSEWHERE + b"/v1"), "invalid_request", _REDIRECTED),
    fatal("307 to another host", redirect(307, ELSEWHERE + b"/v1"), "invalid_request", _REDIRECTED),
    fatal("308 to another host", redirect(308, ELSEWHERE + b"/v1"), "invalid_request", _REDIRECTED),
    fatal("307 to nowhere", Wire(head(307, length=0)), "invalid_request", f"it points to another place, {_REDIRECTED}"),
)

BODIES = (
    rubbish("204", Wire(head(204)), "204 from"),
    rubbish("an empty body", ok(b""), "the answer is empty; wanted a JSON object"),
    rubbish(
        "HTML", answer("<html>Sign in</html>", content_type="text/html"), "the answer is HTML; wanted a JSON object"
    ),
    rubbish("plain text", answer("try later", content_type="text/plain"), "the answer begins: try later"),
    rubbish(
        "a stream that was not asked for",
        answer('data: {"choices": []}\n\n', content_type="text/event-stream"),
        "the answer is a stream of events",
    ),
    rubbish("truncated JSON", ok(WHOLE[:-20]), "the answer is not JSON, or not all of it"),
    rubbish("invalid JSON", ok(WHOLE.replace(b'"', b"'")), "the answer is not JSON"),
    rubbish("two answers in one", ok(WHOLE + WHOLE), "Extra data"),
    rubbish("NaN", completed(b"1700000000", b"NaN"), "NaN is not JSON"),
    rubbish("1e999", completed(b"1700000000", b"1e999"), "is too large a number"),
    rubbish("an integer of 5,000 digits", completed(b"1700000000", b"9" * 5000), "a number of 5,000 digits"),
    rubbish("100,000 brackets", completed(b"1700000000", _DEEP), "nested too deeply"),
    rubbish("200 brackets", completed(b"1700000000", b"[" * 200 + b"]" * 200), "nested more than 100 deep"),
    rubbish("invalid UTF-8", completed(b"Hello", b"\xff\xfe"), "not JSON"),
    rubbish("UTF-16", ok(WHOLE.decode().encode("utf-16")), "not JSON"),
    rubbish("a list", answer([completion_object()]), "the answer is a list; wanted an object"),
    rubbish("null", ok(b"null"), "the answer is null; wanted an object"),
    rubbish("an error object", answer({"error": {"message": "overloaded"}}), "the answer is an error: overloaded"),
    rubbish(
        "an error beside the choices", answer({**completion_object(), "error": "half"}), "the answer is an error: half"
    ),
    rubbish("no choices", answer({"object": "chat.completion"}), '"choices" is missing; wanted a list'),
    rubbish("empty choices", answer({"choices": []}), '"choices" holds 0; wanted one'),
    rubbish("two choices", answer({"choices": 2 * [*completion_object()["choices"]]}), '"choices" holds 2; wanted one'),
    rubbish(
        "choices that are no list", answer({"choices": {"0": "Hello"}}), '"choices" is {"0":"Hello"}; wanted a list'
    ),
    rubbish(
        "no message", answer({"choices": [{"text": "Hello"}]}), '"choices[0].message" is missing; wanted an object'
    ),
    rubbish(
        "a message of null",
        answer({"choices": [{"message": None}]}),
        '"choices[0].message" is missing; wanted an object',
    ),
    rubbish(
        "a message of text",
        answer({"choices": [{"message": "Hello"}]}),
        '"choices[0].message" is "Hello"; wanted an object',
    ),
    rubbish(
        "a message of the user's", answer(completion_object(role="user")), 'message.role" is "user"; wanted assistant'
    ),
    rubbish("a content of null", saying(), "the message has neither content nor a refusal nor tool calls"),
    rubbish("a number as content", completed(b'"Hello"', b"42"), 'message.content" is 42; wanted text'),
    rubbish("a list as content", completed(b'"Hello"', b'["Hello"]'), 'message.content" is ["Hello"]; wanted text'),
    rubbish(
        "tool calls that are no list", saying(tool_calls="look_up"), 'message.tool_calls" is "look_up"; wanted a list'
    ),
    rubbish(
        "a tool call without a name",
        saying(tool_calls=[{**_CALL, "function": {"arguments": "{}"}}]),
        'name" is missing; wanted text',
    ),
    rubbish(
        "a tool call whose arguments are no text",
        saying(tool_calls=[{**_CALL, "function": {"name": "f", "arguments": {}}}]),
        'function.arguments" is {}; wanted text',
    ),
    rubbish("a number as finish_reason", ended("7"), 'finish_reason" is 7; wanted text'),
    rubbish("17 MiB", ok(b" " * (17 << 20)), "the answer is larger than 16 MiB"),
    rubbish("a gzip bomb of 300 MiB", ok(bomb(300), GZIP), "the answer is larger than 16 MiB"),
    rubbish("a corrupt gzip", ok(gzip.compress(WHOLE)[:20] + b"\0" * 50, GZIP), "the answer's compression is broken"),
    rubbish("a gzip that ends early", ok(gzip.compress(WHOLE)[:-9], GZIP), "compression is broken: it ends too early"),
    rubbish("a gzip that is none", ok(WHOLE, GZIP), "the answer's compression is broken"),
    rubbish(
        "an unknown compression", ok(WHOLE, ("content-encoding", "br")), "content-encoding is 'br'; wanted gzip or none"
    ),
)

REPLIES = (
    fine("a byte order mark before the answer", ok(b"\xef\xbb\xbf" + WHOLE)),
    fine("finish_reason length", ended('"length"')),
    fatal(
        "finish_reason length, and no content",
        ended('"length"', None),
        "not_a_completion",
        "raise max_completion_tokens (or max_tokens)",
    ),
    fatal(
        "finish_reason content_filter",
        ended('"content_filter"', "Hel"),
        "filtered",
        "content filter held the reply back",
    ),
    fine("finish_reason null", ended("null")),
    fine("a finish_reason that nobody knows", ended('"eos"')),
    fine("a refusal", saying(refusal="I may not."), None),
    fine("an empty content", completion(""), ""),
    fatal(
        "a tool call that the script has no result for",
        saying(tool_calls=[_CALL]),
        "unanswered_tool_call",
        "the reply calls look_up",
    ),
    fine("no role", completed(b'"role": "assistant", ', b"")),
    fine("a wrong content-type", answer(completion_object(), content_type="text/html")),
    fine("a lone surrogate", completed(b"Hello", rb"a\ud800b"), "a�b"),
    fine("controls and escapes", completed(b"Hello", rb"\u001b[31m\u0000\u2028"), "\x1b[31m\x00\u2028"),
    fine(
        "keys given twice, of which the last one counts",
        completed(b'"content": "Hello"', b'"content": 5, "content": "Hello"'),
    ),
    fine("an integer of 30 digits", completed(b"1700000000", b"9" * 30)),
    fine("no usage", completed(b'"usage"', b'"used"')),
    fine("usage in words", completed(b'"prompt_tokens": 3', b'"prompt_tokens": "three"')),
    fine("a negative usage", completed(b'"prompt_tokens": 3', b'"prompt_tokens": -3')),
    fine("a usage of 30 digits", completed(b'"prompt_tokens": 3', b'"prompt_tokens": ' + b"9" * 30)),
    fine("a usage that is a list", completed(b'"usage": {', b'"usage": [1], "used": {')),
    fine("HTTP/1.0", Wire(b"HTTP/1.0 200 OK\r\n\r\n" + WHOLE, Act.CLOSE)),
    fine("no content-length, and closes", Wire(head(200, [JSON]) + WHOLE, Act.CLOSE)),
    fine("closes after each answer, without a word", Wire(*completion().pieces, Act.CLOSE)),
    fine("connection: close", Wire(*completion(headers=[("connection", "close")]).pieces, Act.CLOSE)),
    fine("resets the connection after each answer", Wire(*completion().pieces, 0.05, Act.RESET)),
    fine("a second answer behind the first", Wire(_ANSWER + _ANSWER.replace(b"Hello", b"ghost"))),
    fine("100 Continue first", Wire(b"HTTP/1.1 100 Continue\r\n\r\n", *completion().pieces)),
    fine("a gzip with rubbish behind it", ok(gzip.compress(WHOLE) + b"rubbish", GZIP)),
)

CONNECTIONS = (
    Row("refuses the connection", None, 0, "connection", "no connection: Connection refused (after 3 attempts)"),
    lost("closes at once", Act.CLOSE, says="the server closed the connection before it answered"),
    lost("resets before it answers", Act.RESET, says="the connection broke: Connection reset by peer"),
    lost(
        "closes within the headers", b"HTTP/1.1 200 OK\r\nServer: x", Act.CLOSE, says="the server closed the connection"
    ),
    lost("resets in mid-body", head(200, [JSON], length=900) + WHOLE[:50], 0.05, Act.RESET, says="/v1: the "),
    lost("a content-length that is too long", head(200, [JSON], length=900) + WHOLE, Act.CLOSE, says=_CUT_OFF),
    lost("cuts a chunk off", chunks(b"fff\r\n", WHOLE), Act.CLOSE, says=_CUT_OFF),
    lost("chunks without an end", chunks(b"%x\r\n%b\r\n" % (len(WHOLE), WHOLE)), Act.CLOSE, says=_CUT_OFF),
    lost("a chunk size that is none", chunks(b"zz\r\n", WHOLE), says="the answer cannot be read as HTTP"),
    lost("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", Act.CLOSE, says="the answer cannot be read as HTTP"),
    lost("a status that is no number", b"HTTP/1.1 abc OK\r\n\r\n", Act.CLOSE, says="the answer cannot be read as HTTP"),
    lost("a header of 64 KiB", head(200, [("x", "y" * (64 << 10))], length=2) + b"{}", says="cannot be read as HTTP"),
    lost(
        "two content-lengths",
        head(200, [("content-length", "2")], length=len(WHOLE)) + WHOLE,
        says="cannot be read as HTTP",
    ),
    lost("endless headers", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200_000, says="cannot be read as HTTP"),
    lost("a content-length that is too short", head(200, [JSON], length=9) + WHOLE, says="cannot be read as HTTP"),
)

TIMES = (
    late("never answers", 30.0),
    late("stops after the headers", head(200, [JSON], length=900), 30.0),
    late("drips its headers", *slowly(bytes([byte]) for byte in head(200, [("x", "y" * 900)]))),
    late("drips its body", head(200, [JSON], length=len(WHOLE)), *slowly(bytes([byte]) for byte in WHOLE)),
    late("drips chunks", chunks(), *slowly(b"1\r\n%c\r\n" % byte for byte in WHOLE)),
    late("drips white space before its answer", chunks(), *slowly([b"1\r\n \r\n"] * 600)),
    late("asks to go on for ever", *slowly([b"HTTP/1.1 100 Continue\r\n\r\n"] * 600)),
)

GROUPS = {
    "Statuses": STATUSES,
    "Limits": LIMITS,
    "Redirects": REDIRECTS,
    "Answers that are none": BODIES,
    "Answers that are odd": REPLIES,
    "Connections": CONNECTIONS,
    "Time": TIMES,
    "Streams (--stream)": STREAMS,
}
ROWS = [row for rows in GROUPS.values() for row in rows]

if __name__ == "__main__":
    DOCUMENT.write_text(document(GROUPS), encoding="utf-8")
