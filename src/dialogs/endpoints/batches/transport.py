"""The transport for files: they go up from the disk and come down to it in pieces, and never stand in memory."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
import httpx2

from dialogs.endpoints.bodies import pieces_of, read_body
from dialogs.endpoints.faults import NoAnswerError
from dialogs.endpoints.transport import Transport

_CONTENT: Final = "/content"
_MOST_BYTES: Final = 4 << 30


class FileTransport(Transport):
    """Sends bodies of any size piece by piece, and hands the content of files over as it comes."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its answer, decoded; that of a file's content is still to be read.

        Raises:
            NoAnswerError: no answer came, or none that can be read.
        """
        session = self._session or self._open_session()
        url, headers = self.url(request), request.headers.multi_items()
        try:
            response = await session.request(
                request.method, url, headers=headers, data=_body(request), allow_redirects=False
            )
            kept = [header for header in response.headers.items() if header[0].lower() not in _OF_THE_WIRE]
            if response.ok and request.url.path.endswith(_CONTENT):
                pieces = _Pieces(response, self._no_answer)
                return httpx2.Response(response.status, headers=kept, stream=pieces, request=request)
            async with response:
                content = await read_body(response)
            return httpx2.Response(response.status, headers=kept, content=content, request=request)
        except (aiohttp.ClientError, OSError) as error:
            raise self._no_answer(error) from None  # its text may hold a URL with credentials


_OF_THE_WIRE: Final = frozenset(("content-encoding", "content-length", "transfer-encoding"))


def _body(request: httpx2.Request) -> bytes | httpx2.AsyncByteStream | None:
    try:
        return request.content or None
    except httpx2.RequestNotRead:
        if isinstance(request.stream, httpx2.AsyncByteStream):
            return request.stream
        raise


class _Pieces(httpx2.AsyncByteStream):
    """The body of a response, decompressed."""

    def __init__(self, response: aiohttp.ClientResponse, no_answer: Callable[[Exception], NoAnswerError]) -> None:
        self._response = response
        self._no_answer = no_answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in pieces_of(self._response, most_bytes=_MOST_BYTES):
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise self._no_answer(error) from None

    async def aclose(self) -> None:
        self._response.close()
