"""Streams of chunks, as a server sends them."""

import json
from collections.abc import Sequence
from typing import Any

from servers import Act, Wire, head

DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
EVENT_STREAM = ("content-type", "text/event-stream")


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make a chunk with one choice; without a delta, with none."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "served-model",
        "system_fingerprint": "fp_1",
        "choices": choices,
        **more,
    }


def chunks_of(*contents: str) -> list[dict[str, Any]]:
    """Make the chunks of a whole reply, with the usage in the last one."""
    deltas = [{"role": "assistant", "content": ""}, *({"content": content} for content in contents)]
    return [*map(chunk, deltas), chunk({}, "stop"), chunk(usage=USAGE)]


def event(value: object) -> bytes:
    """Write an event whose data is JSON."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def events(*values: object) -> bytes:
    """Write events one after the other."""
    return b"".join(map(event, values))


def streamed(*pieces: bytes | float | Act, headers: Sequence[tuple[str, str]] = (), is_whole: bool = True) -> Wire:
    """Answer with a stream, each piece in an HTTP chunk of its own, a number being a pause in seconds."""
    parts = [b"%x\r\n%b\r\n" % (len(piece), piece) if isinstance(piece, bytes) else piece for piece in pieces]
    end = [b"0\r\n\r\n"] if is_whole else []
    return Wire(head(200, [EVENT_STREAM, ("transfer-encoding", "chunked"), *headers]), *parts, *end)


def whole_stream(*contents: str) -> Wire:
    """Answer with a stream that is as it should be."""
    return streamed(*map(event, chunks_of(*contents)), DONE)
