"""Streamed answers: read as they come, until the reply is whole."""

import asyncio
import contextlib
import time
import zlib
from dataclasses import dataclass, replace
from typing import Final

import aiohttp

from dialogs.chat import ChatReply
from dialogs.encoding import JsonObject
from dialogs.endpoints.bodies import pieces_of
from dialogs.endpoints.chunks import Assembly
from dialogs.endpoints.events import Event, EventReader
from dialogs.record import RecordError

ASKING_FOR_STREAM: Final[JsonObject] = {"stream": True, "stream_options": {"include_usage": True}}

# Where a response holds what its stream brought, among its extensions.
STREAMED: Final = "streamed"

_DONE: Final = b"[DONE]"
_IGNORED: Final = "ping"
_KEPT: Final = 64 << 10
# How long to wait for the end of the HTTP answer after the reply's: with it, the connection can be used again.
_WAIT_FOR_END_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a stream brought: the answer's body as it would have come in one piece, or a problem and what was sent.

    The times of the first and the last token are those of `time.perf_counter`, None where there was no stream.
    """

    body: bytes
    problem: str | None = None
    first_token_at: float | None = None
    last_token_at: float | None = None


def with_times(reply: ChatReply, streamed: Streamed, started: float) -> ChatReply:
    """Add to a reply when its first token came, after `started`, and how many tokens a second came from then on.

    Of a reply that came at once there is no rate.
    """
    first, last = streamed.first_token_at, streamed.last_token_at
    if first is None or last is None:
        return reply
    extra = {**reply.extra, "first_token_ms": round((first - started) * 1000, 1)}
    if reply.usage and last > first:
        extra["tokens_per_s"] = round(reply.usage.completion_tokens / (last - first), 1)
    return replace(reply, extra=extra)


async def read_stream(response: aiohttp.ClientResponse) -> Streamed:
    """Read a stream of chunks; an answer that is no stream is read as it is.

    Raises:
        NoAnswerError: it is larger than 16 MiB, or its compression is unknown.
        ClientError, OSError: the connection broke before the reply was whole.
    """
    stream = _Stream()
    try:
        async with contextlib.aclosing(pieces_of(response)) as pieces:
            async for piece in pieces:
                stream.feed(piece)
                if stream.is_done:
                    break
        stream.end()
        streamed = stream.streamed()
    except RecordError as error:
        return Streamed(bytes(stream.raw), str(error))
    except zlib.error as error:
        return Streamed(bytes(stream.raw), f"the answer's compression is broken: {error}")
    await _reach_end(response)
    return streamed


async def _reach_end(response: aiohttp.ClientResponse) -> None:
    # The reply is whole: what happens to the connection now is no fault of it.
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_WAIT_FOR_END_S):
            async for _rest in response.content.iter_any():
                pass


class _Stream:
    """The events of one answer. `raw` is the answer as it came: of a stream only its beginning."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self.is_done = False
        self._reader = EventReader()
        self._assembly = Assembly()
        self._has_events = False
        self._first_token_at: float | None = None
        self._last_token_at: float | None = None

    def feed(self, piece: bytes) -> None:
        now = time.perf_counter()
        if not self._has_events or len(self.raw) < _KEPT:
            self.raw += piece
        for event in self._reader.feed(piece):
            self._take(event, now)

    def end(self) -> None:
        for event in self._reader.end():
            self._take(event, time.perf_counter())

    def _take(self, event: Event, now: float) -> None:
        if self.is_done or event.name == _IGNORED:
            return
        self._has_events = True
        if event.data.strip() == _DONE:
            self.is_done = True
        elif self._assembly.add(event):
            self._first_token_at = self._first_token_at or now
            self._last_token_at = now

    def streamed(self) -> Streamed:
        if not self._has_events:
            return Streamed(bytes(self.raw))
        body = self._assembly.completion()
        return Streamed(body, first_token_at=self._first_token_at, last_token_at=self._last_token_at)
