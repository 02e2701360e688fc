"""A raw HTTP server on loopback that answers from a script, and journals what it was sent.

It runs in a thread of its own, so it serves tests in plain functions, in `asyncio.run` and of the real command alike:

    with serve(lambda request: completion("Hello")) as server:
        ...                                   # OPENAI_BASE_URL=server.base_url
        assert [b"..."] == [request.body for request in server.requests]

An answer is a `Wire`: the pieces that go over the connection as they are. Bytes are sent, a number is a pause in
seconds, `Act.RESET` breaks the connection with a TCP reset and `Act.CLOSE` ends it. So it can do what no HTTP library
would: `Wire(head(200, length=900), b'{"choi', 0.05, Act.RESET)`. A connection stays open for the next request unless
the pieces end it.
"""

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

_LINGER_OFF = struct.pack("ii", 1, 0)  # close sends RST, not FIN


class Act(Enum):
    """What ends a connection."""

    RESET = "reset"
    CLOSE = "close"


@dataclass(frozen=True)
class Received:
    """One request as it came: the target as on the request line, header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:  # noqa: ANN401 - what JSON holds
        return json.loads(self.body)

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.json["messages"]
        return messages

    @property
    def last_user_text(self) -> str:
        return str(next(message["content"] for message in reversed(self.messages) if message["role"] == "user"))


class Wire:
    """The pieces of an answer, in order: bytes, pauses in seconds, and at last perhaps an `Act`."""

    def __init__(self, *pieces: bytes | float | Act) -> None:
        self.pieces = pieces


Script = Callable[[Received], Wire]


def head(status: int = 200, headers: Sequence[tuple[str, str]] = (), *, length: int | None = None) -> bytes:
    """Write a status line and headers; a `length` becomes content-length."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers)]
    if length is not None:
        lines.append(f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(
    body: bytes | str | dict[str, Any] | list[Any],
    status: int = 200,
    headers: Sequence[tuple[str, str]] = (),
    *,
    content_type: str = "application/json",
    compressed: bool = False,
) -> Wire:
    """Answer with a whole body; what is neither bytes nor text becomes JSON."""
    encoded = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    all_headers = [("content-type", content_type), *headers]
    if compressed:
        encoded = gzip.compress(encoded)
        all_headers.append(("content-encoding", "gzip"))
    return Wire(head(status, all_headers, length=len(encoded)) + encoded)


def completion_object(content: str | None = "Hello", **message: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Make the JSON of a completion with one choice; `message` adds to the message."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "served-model",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        "system_fingerprint": "fp_1",
    }


def completion(content: str = "Hello", headers: Sequence[tuple[str, str]] = ()) -> Wire:
    """Answer with a completion of one choice."""
    return answer(completion_object(content), headers=headers)


def error(status: int, message: str, code: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> Wire:
    """Answer with an error in OpenAI's form."""
    return answer({"error": {"message": message, "type": "some_error", "code": code}}, status, headers)


def models(*names: str) -> Wire:
    """Answer a list of models."""
    return answer({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def in_order(*wires: Wire) -> Script:
    """Answer the first request with the first of `wires`, and so on; the last one answers all that follow."""
    rest = list(wires)
    return lambda _request: rest.pop(0) if len(rest) > 1 else rest[0]


class Server:
    """The running server. `requests` holds what came, in order of arrival; `connections` counts the accepted ones."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._arrived = threading.Condition()
        self.port = 0
        self.requests: list[Received] = []
        self.arrivals: list[float] = []
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """The value for OPENAI_BASE_URL."""
        return f"{self.origin}/v1"

    def wait_for_requests(self, count: int, timeout_s: float = 20.0) -> None:
        """Block until `count` requests have arrived."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived")

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, ssl=self._tls, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None and await self._serve(request, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a client may leave when it likes
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        with self._arrived:
            self.requests.append(request)
            self.arrivals.append(time.monotonic())
            self._arrived.notify_all()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await _send(self._script(request), writer)
        finally:
            self.in_flight -= 1


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = text.rstrip("\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


async def _send(wire: Wire, writer: asyncio.StreamWriter) -> bool:
    for piece in wire.pieces:
        match piece:
            case bytes():
                writer.write(piece)
                await writer.drain()
            case Act.RESET:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
                writer.transport.abort()
                return False
            case Act.CLOSE:
                return False
            case pause_s:
                await asyncio.sleep(pause_s)
    return True


@contextlib.contextmanager
def serve(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server in a thread of its own until the block ends."""
    server = Server(script, tls)
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(server.listen())
    thread = threading.Thread(target=loop.run_forever, name="test server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_stop(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def unused_port() -> int:
    """Find a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
