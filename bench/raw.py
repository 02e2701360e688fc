"""Asks without any HTTP library, one request encoded beforehand, to show what the mock server can do.

python bench/raw.py URL --requests 20000 --concurrency 64
"""

import argparse
import asyncio
import gc
import json
import re
from typing import Final
from urllib.parse import urlsplit

from workload import MODEL, opening

_END_OF_HEAD: Final = b"\r\n\r\n"
_CONTENT_LENGTH: Final = re.compile(rb"content-length: (\d+)")


class Connection(asyncio.Protocol):
    """Sends the request again as soon as an answer is there, until `left` runs out."""

    left = 0

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._received = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        Connection.left -= 1
        if Connection.left >= 0:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        length = _CONTENT_LENGTH.search(head)
        if end and length and len(body) >= int(length.group(1)):
            self._received = b""
            self._ask()


def encoded_request(path: str) -> bytes:
    """Encode one request with a history of about 1,000 characters."""
    body = json.dumps({"model": MODEL, "messages": [*opening(), {"role": "user", "content": "x" * 1_000}]}).encode()
    return f"POST {path} HTTP/1.1\r\nhost: mock\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def ask_all(url: str, requests: int, concurrency: int) -> None:
    """Send that many requests, each connection one after the other."""
    address = urlsplit(url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    request = encoded_request(f"{address.path}/chat/completions")
    Connection.left = requests
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Connection(request), host, port) for _ in range(concurrency)]
    await asyncio.gather(*(connection.ended for _, connection in opened))


def main() -> None:
    """Read the flags and ask."""
    parser = argparse.ArgumentParser(description="The leanest client there can be.")
    parser.add_argument("url", help="with /v1 at its end")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--concurrency", type=int, default=64)
    flags = parser.parse_args()
    gc.disable()
    asyncio.run(ask_all(flags.url, flags.requests, flags.concurrency))


if __name__ == "__main__":
    main()
