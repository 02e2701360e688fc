"""What a server may do wrong with a stream: rows as in misbehaviours.py, with --stream."""

import gzip
from dataclasses import replace

from misbehaving import GZIP, SOON, Row, bomb, fatal, fine, free, late, limited, lost, rubbish, slowly
from servers import Act, Wire, answer, completion, error, head
from streaming import DONE, EVENT_STREAM, chunk, chunks_of, event, events, streamed, whole_stream

_HALF = events(*chunks_of("Hello", " again")[:2])
_HELLO = events(*chunks_of("Hello"))
_UNFINISHED = "the stream ended before the reply did: no finish_reason came"
_CUT_OFF = "the answer was cut off"
_DEEP = b"[" * 100_000 + b"]" * 100_000


def _streaming(row: Row) -> Row:
    return replace(row, flags=(*row.flags, "--stream"))


STREAMS = tuple(
    _streaming(row)
    for row in (
        rubbish("ends in mid-reply", streamed(_HALF), _UNFINISHED),
        rubbish("[DONE] in mid-reply", streamed(_HALF, DONE), _UNFINISHED),
        rubbish("nothing but [DONE]", streamed(DONE), _UNFINISHED),
        rubbish("no choice in any event", streamed(event(chunk()), DONE), _UNFINISHED),
        rubbish("an event that is cut off", streamed(_HELLO[:-140]), "an event of the stream is not JSON"),
        rubbish("an event that is no JSON", streamed(_HALF, b"data: {broken\n\n", DONE), "is not JSON"),
        rubbish("an event that is a number", streamed(_HALF, b"data: 5\n\n", DONE), "is 5; wanted an object"),
        rubbish(
            "an event of invalid UTF-8", streamed(_HALF, b'data: {"id": "\xff"}\n\n'), "not JSON, or not all of it"
        ),
        rubbish("an event of 100,000 brackets", streamed(_HALF, b"data: " + _DEEP + b"\n\n"), "not JSON"),
        rubbish("a content that is a list", streamed(_HALF, event(chunk({"content": ["a"]})), DONE), "wanted text"),
        rubbish("a delta that is a text", streamed(_HALF, event({"choices": [{"delta": "a"}]})), "wanted an object"),
        rubbish(
            "an error in mid-stream",
            streamed(_HALF, event({"error": {"message": "overloaded"}}), 30.0),
            "error: overloaded",
        ),
        rubbish(
            "an event named error", streamed(_HALF, b'event: error\ndata: {"message": "boom"}\n\n', 30.0), "error: boom"
        ),
        rubbish(
            "a second choice",
            streamed(
                _HELLO, event({"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]}), DONE
            ),
            "holds 2; wanted one",
        ),
        rubbish(
            "a tool call without a name",
            streamed(event(chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": ""}}]}, "stop"))),
            "function.name",
        ),
        rubbish("a stream of HTML", answer("<html>", content_type="text/event-stream"), "the answer is HTML"),
        rubbish("a stream of nothing", streamed(), "the answer is empty"),
        rubbish("17 MiB of comments", streamed(*[b":" + b" " * (1 << 20)] * 17), "the answer is larger than 16 MiB"),
        rubbish(
            "17 MiB in one event", streamed(_HALF, *[b"data: " + b"x" * (1 << 20)] * 17), "the answer is larger than"
        ),
        rubbish("a gzip bomb of 300 MiB", streamed(bomb(300), headers=[GZIP]), "the answer is larger than 16 MiB"),
        rubbish(
            "a gzip that ends early", streamed(gzip.compress(_HELLO)[:-30], headers=[GZIP]), "compression is broken"
        ),
        lost("closes in mid-stream", *streamed(_HALF, Act.CLOSE).pieces, says=_CUT_OFF),
        lost("resets in mid-stream", *streamed(_HALF, 0.05, Act.RESET).pieces, says="/v1: the "),
        lost("closes before [DONE]", *streamed(_HELLO, Act.CLOSE).pieces, says=_CUT_OFF),
        late("stops in mid-stream", *streamed(_HALF, 30.0).pieces),
        late("drips its events", *streamed(*slowly(bytes([byte]) for byte in _HELLO)).pieces),
        late("pings for ever", *streamed(*slowly([b": ping\n\n"] * 600)).pieces),
        free("429 of a stream", limited(SOON), "rate_limited", "slow down (after 3 attempts)"),
        fatal("400: no streams here", error(400, "no streams"), "invalid_request", "/v1: no streams"),
        fatal(
            "a filter in mid-stream",
            streamed(events(chunk({"role": "assistant", "content": "Hel"}), chunk({}, "content_filter")), DONE),
            "filtered",
            "content filter held the reply back",
        ),
        fine("a stream that is as it should be", whole_stream("Hel", "lo")),
        fine("no [DONE] behind the finish", streamed(_HELLO)),
        fine("nothing but a finish behind [DONE], for ever", streamed(_HELLO, DONE, *slowly([b": ping\n\n"] * 600))),
        fine("no stream, though one was asked for", completion()),
        fine("pings between the events", streamed(b": ping\n\n", _HELLO[:200], _HELLO[200:] + b": ping\n\n", DONE)),
        fine("carriage returns at the ends of lines", streamed(_HELLO.replace(b"\n", b"\r\n"), DONE)),
        fine("no usage at its end", streamed(events(*chunks_of("Hello")[:-1]), DONE)),
        fine("an unknown event", streamed(b"event: rating\ndata: {}\n\n", _HELLO, DONE)),
        fine("a stream without chunks, and closes", Wire(head(200, [EVENT_STREAM]) + _HELLO + DONE, Act.CLOSE)),
    )
)
