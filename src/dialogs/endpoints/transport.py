"""The transport under the official client: aiohttp, with a limit on what an answer may hold.

The client's own aiohttp transport reports a connection that broke in mid-answer as one that was never made, and reads
answers of any size. Which of them it was decides whether a request may have been billed, so ours says it.
"""

import errno
import math
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import httpx2
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from dialogs.chat import Billing, FaultKind
from dialogs.endpoints.bodies import read_body
from dialogs.endpoints.faults import NoAnswerError, one_line
from dialogs.endpoints.streams import STREAMED, read_stream
from dialogs.endpoints.tls import refusal

# Below the five seconds after which common servers close an idle connection: one that closes while a request is on its
# way leaves open whether it was billed.
_KEEP_ALIVE_S: Final = 4.0
_CONNECT_S: Final = 30.0
# So that the deadline of an attempt always ends one whose request was on its way.
_CONNECT_SHARE: Final = 0.9
_EVENTS: Final = "text/event-stream"
_CLOSES: Final = "llama.cpp"
_GOOD: Final = range(200, 300)
_TOO_MANY_FILES: Final = frozenset((errno.EMFILE, errno.ENFILE))

# Who wants to see the request that the official client makes of a call, before it is sent.
ON_REQUEST: Final[ContextVar[Callable[[httpx2.Request], None] | None]] = ContextVar("ON_REQUEST", default=None)


@dataclass(frozen=True, slots=True)
class WireResponse:
    """What is looked at of a response of the official client; it takes a tenth of the time to make."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    extensions: dict[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return self.status_code in _GOOD


class _Connector(aiohttp.TCPConnector):
    """Does not use a connection again on which something came unasked: it would pass for the next request's answer."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's
    ) -> Connection:
        while True:
            connection = await super().connect(req, traces, timeout)
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()


class _Response(aiohttp.ClientResponse):
    """Keeps the connection from being used again where the server closes it after a stream without saying so."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        response = await super().start(connection)
        closes = response.headers.get("server", "").startswith(_CLOSES) and response.content_type == _EVENTS
        if closes and protocol is not None:
            protocol.force_close()  # a short answer is here whole by now, and its connection given back: see _Connector
        return response


class Transport(httpx2.AsyncBaseTransport):
    """Sends requests by aiohttp and reads their answers whole, up to 16 MiB after decompression."""

    def __init__(
        self, *, timeout_s: float, proxy: str | None, tls: ssl.SSLContext | None, query: str = "", stream: bool = False
    ) -> None:
        """Take the deadline of an attempt, of which connecting gets a part; connections are made when needed.

        `query` goes to the end of each URL: what is secret in it is not for the client's log. With `stream` a good
        answer is a stream of chunks, whose whole is the body; what else came of it stands in the response's extensions.
        """
        self._stream = stream
        self._connect_s = min(_CONNECT_S, _CONNECT_SHARE * timeout_s)
        self._proxy = proxy
        self._tls = tls
        self._query = query
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its answer, decoded.

        Raises:
            NoAnswerError: no answer came, or none that can be read.
        """
        if (told := ON_REQUEST.get()) is not None:
            told(request)
        response = await self.send(request.method, self.url(request), request.headers.multi_items(), request.content)
        headers = [header for header in response.headers.items() if header[0].lower() != "content-encoding"]
        return httpx2.Response(
            response.status_code,
            headers=headers,
            content=response.content,
            extensions=response.extensions,
            request=request,
        )

    async def send(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> WireResponse:
        """Send a request without the official client's help, and return its answer, decoded.

        Raises:
            NoAnswerError: no answer came, or none that can be read.
        """
        session = self._session or self._open_session()
        data = aiohttp.BytesPayload(body)  # to find out that bytes are such takes aiohttp three times as long
        try:
            async with session.request(method, url, headers=headers, data=data, allow_redirects=False) as response:
                if self._stream and response.status in _GOOD:
                    streamed = await read_stream(response)
                    return WireResponse(response.status, response.headers, streamed.body, {STREAMED: streamed})
                return WireResponse(response.status, response.headers, await read_body(response))
        except (aiohttp.ClientError, OSError) as error:
            raise self._no_answer(error) from None  # its text may hold a URL with credentials

    def url(self, request: httpx2.Request) -> str:
        """Return where a request goes."""
        url = str(request.url)
        return f"{url}{'&' if '?' in url else '?'}{self._query}" if self._query else url

    def _open_session(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=0, keepalive_timeout=_KEEP_ALIVE_S, ssl=self._tls or True),
            response_class=_Response,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Without rounding, which might lead beyond the deadline.
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_s, ceil_threshold=math.inf),
            auto_decompress=False,
            proxy=self._proxy,
        )
        return self._session

    def _no_answer(self, error: Exception) -> NoAnswerError:
        refused = refusal(error)
        if refused is not None:
            return NoAnswerError(refused, kind=FaultKind.AUTHENTICATION, retryable=False)
        match error:
            case aiohttp.ConnectionTimeoutError():
                return NoAnswerError(f"no connection within {self._connect_s:g} s")
            case aiohttp.ClientHttpProxyError():
                may_pass = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                return NoAnswerError(f"the proxy answered {error.status}", retryable=may_pass)
            case aiohttp.ClientConnectorError():
                return _no_connection(error)
            case _:
                return NoAnswerError(_how_it_broke(error), billing=Billing.PERHAPS)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()


def _no_connection(error: aiohttp.ClientConnectorError) -> NoAnswerError:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return NoAnswerError(f"the host {error.host} cannot be found: {_os_reason(error.os_error)}")
        case aiohttp.ClientProxyConnectionError():
            return NoAnswerError(f"no connection to the proxy: {_os_reason(error.os_error)}")
        case aiohttp.ClientConnectorCertificateError():
            return NoAnswerError(
                f"the server's certificate is not trusted: {_os_reason(error.os_error)}; "
                "SSL_CERT_FILE names the file of those that are",
                retryable=False,
            )
        case aiohttp.ClientConnectorSSLError():
            return NoAnswerError(f"no TLS connection: {_os_reason(error.os_error)}")
        case _ if error.os_error.errno in _TOO_MANY_FILES:
            return NoAnswerError("too many open files; lower --concurrency or raise the limit (ulimit -n)")
        case _:
            return NoAnswerError(f"no connection: {_os_reason(error.os_error)}")


def _how_it_broke(error: Exception) -> str:
    match error:
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection before it answered"
        case aiohttp.ClientPayloadError():
            return "the answer was cut off"
        case aiohttp.ClientResponseError():
            return f"the answer cannot be read as HTTP: {one_line(error.message)}"
        case _:
            return f"the connection broke: {_os_reason(error)}"


def _os_reason(error: Exception) -> str:
    """Name a cause in the system's words, which never hold more than an address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.errno and error.errno > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno)
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
