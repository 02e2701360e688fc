"""A ChatCompletions server that is no bottleneck: one process, the standard library, an answer encoded beforehand.

    python bench/server.py [--port 0] [--latency-ms 50] [--reply fixed|digest] [--characters 400]

It prints its address and serves until it is ended. `GET /stats` tells how many completions it has answered, how many
were under way at the same time at most, and its own CPU time, and sets the counts back; `POST /settings` with
`{"latency_ms": 50, "reply": "digest"}` changes what it does. The reply `digest` is a hash of the messages that were
sent, so that whoever keeps the transcript can hold it against the history that should have been sent.
"""

import argparse
import asyncio
import gc
import hashlib
import json
import re
import sys
import time
from dataclasses import dataclass
from typing import Final

_END_OF_HEAD: Final = b"\r\n\r\n"
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_WORDS: Final = "A lamp can be returned within thirty days, with its receipt, in any of our shops. "


def digest(messages: list[dict[str, str]]) -> str:
    """Hash the roles and texts of a history."""
    said = [[message["role"], message["content"]] for message in messages]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def completion(text: str) -> bytes:
    """Encode an HTTP response that holds `text` as the reply."""
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "mock-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return _response(json.dumps(answer).encode())


def _response(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


@dataclass
class Mock:
    """What the server does, and what it has counted."""

    latency_s: float
    reply: str
    fixed: bytes
    answered: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    cpu_before_s: float = 0.0

    def answer(self, body: bytes) -> bytes:
        """Return the response to one completion's request."""
        if self.reply == "digest":
            return completion(digest(json.loads(body)["messages"]))
        return self.fixed

    def begin(self) -> None:
        """Count a request that has come in whole."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self) -> None:
        """Count a request that has been answered."""
        self.in_flight -= 1
        self.answered += 1

    def stats(self) -> bytes:
        """Return the counts as a response, and begin them anew."""
        cpu_s = time.process_time()
        counts = {
            "answered": self.answered,
            "most_in_flight": self.most_in_flight,
            "cpu_s": cpu_s - self.cpu_before_s,
        }
        self.answered, self.most_in_flight, self.cpu_before_s = 0, self.in_flight, cpu_s
        return _response(json.dumps(counts).encode())

    def change(self, body: bytes) -> bytes:
        """Take new settings; return the response."""
        settings = json.loads(body)
        self.latency_s = settings.get("latency_ms", self.latency_s * 1000) / 1000
        self.reply = settings.get("reply", self.reply)
        return _response(b"{}")


class Connection(asyncio.Protocol):
    """One kept-alive connection; its requests are answered one after the other."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._wanted = 0  # bytes of the request in `_received` until it is whole; 0: its head is not there yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._wanted or self._read_head():
            if len(self._received) < self._wanted:
                return
            request = bytes(self._received[: self._wanted])
            del self._received[: self._wanted]
            self._wanted = 0
            self._serve(request)

    def _read_head(self) -> bool:
        end = self._received.find(_END_OF_HEAD)
        if end < 0:
            return False
        length = _CONTENT_LENGTH.search(self._received, 0, end)
        self._wanted = end + len(_END_OF_HEAD) + (int(length.group(1)) if length else 0)
        return True

    def _serve(self, request: bytes) -> None:
        mock = self._mock
        if request.startswith(b"GET "):
            self._transport.write(mock.stats())
            return
        body = request[request.find(_END_OF_HEAD) + len(_END_OF_HEAD) :]
        if request.startswith(b"POST /settings"):
            self._transport.write(mock.change(body))
            return
        mock.begin()
        response = mock.answer(body)
        if mock.latency_s:
            self._loop.call_later(mock.latency_s, self._send, response)
        else:
            self._send(response)

    def _send(self, response: bytes) -> None:
        self._mock.end()
        self._transport.write(response)


async def serve(mock: Mock, port: int) -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(mock), "127.0.0.1", port, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Read the flags and serve."""
    parser = argparse.ArgumentParser(description="A mock ChatCompletions server.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--reply", choices=("fixed", "digest"), default="fixed")
    parser.add_argument("--characters", type=int, default=400, help="the length of a fixed reply")
    flags = parser.parse_args()
    text = (_WORDS * (flags.characters // len(_WORDS) + 1))[: flags.characters]
    gc.disable()  # nothing here makes cycles, and a pause would look like a client's
    asyncio.run(serve(Mock(flags.latency_ms / 1000, flags.reply, completion(text)), flags.port))


if __name__ == "__main__":
    main()
