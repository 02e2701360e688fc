"""The bodies of answers: decompressed as they come, and never more than can be held."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from http import HTTPStatus
from typing import Final

import aiohttp

from dialogs.chat import Billing, FaultKind
from dialogs.endpoints.faults import NoAnswerError

_MOST_BYTES: Final = 16 << 20
_MANY: Final = _MOST_BYTES + 1
_CHUNK: Final = 64 << 10
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """Read a body, decompressed. Of an answer that is an error, and so not billed, as much of it as can be had.

    Raises:
        NoAnswerError: it is larger than 16 MiB, or its compression is broken or unknown.
        ClientError, OSError: the connection broke.
    """
    is_success = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    if is_success and "content-encoding" not in response.headers and (response.content_length or _MANY) <= _MOST_BYTES:
        return await response.content.read()  # the usual, which takes a third of the time that pieces take
    pieces: list[bytes] = []
    try:
        async for piece in pieces_of(response):
            pieces.append(piece)  # noqa: PERF401 - what came before an error counts
    except zlib.error as error:
        if is_success:
            raise _unreadable(f"the answer's compression is broken: {error}", b"".join(pieces)) from None
    except (aiohttp.ClientError, OSError, NoAnswerError):
        if is_success:
            raise
    return b"".join(pieces)


async def pieces_of(response: aiohttp.ClientResponse, *, most_bytes: int = _MOST_BYTES) -> AsyncGenerator[bytes]:
    """Give a body's pieces as they come, decompressed.

    Raises:
        NoAnswerError: they are more than `most_bytes`, or their compression is unknown.
        zlib.error: their compression is broken.
        ClientError, OSError: the connection broke.
    """
    length = 0
    async for piece in _decoded(response):
        length += len(piece)
        if length > most_bytes:
            raise _unreadable(f"the answer is larger than {most_bytes >> 20} MiB")
        yield piece


def _unreadable(reason: str, body: bytes = b"") -> NoAnswerError:
    return NoAnswerError(reason, kind=FaultKind.NOT_A_COMPLETION, billing=Billing.YES, body=body)


async def _decoded(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    match encoding:
        case "" | "identity":
            async for piece in response.content.iter_any():
                yield piece
        case "gzip" | "x-gzip" | "deflate":
            async for piece in _decompressed(response.content):
                yield piece
        case _:
            raise _unreadable(f"the answer's content-encoding is {encoding[:40]!r}; wanted gzip or none")


async def _decompressed(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Decompress in bounded pieces, since a few bytes may stand for a great many."""
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for piece in content.iter_any():
        yield decompressor.decompress(piece, _CHUNK)
        while decompressor.unconsumed_tail:
            yield decompressor.decompress(decompressor.unconsumed_tail, _CHUNK)
        if decompressor.eof:
            return
    raise zlib.error("it ends too early")
