"""The server of a review: the page, what was decided, and decisions, for the one browser that knows the token.

Another page in the same browser can send requests here too, and one whose name was made to mean this address can read
the answers (DNS rebinding). So each request must name this server as its host, one that decides must come from its own
page, and all must know the token: from the address at first, then from a cookie that no other site's request carries.
"""

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

from dialogs.cli.review_desk import Decision, Desk
from dialogs.encoding import JsonObject, decode, encode_line
from dialogs.errors import BaselineBusyError, BaselineChangedError, DialogsError, WrongUseError
from dialogs.record import Record

_LARGEST_REQUEST: Final = 4_096
_HTTP: Final = 80
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "dialogs",
    "X-Content-Type-Options": "nosniff",
}
_DECISIONS: Final = {
    "accept": Decision.ACCEPTED,
    "skip": Decision.SKIPPED,
    "undo": Decision.UNDECIDED,
}

_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ReviewServer:
    """Serves one review; a baseline that somebody else has changed is compared anew when the page is loaded again."""

    def __init__(self, open_desk: Callable[[], Desk], host: str, *, port: int = 0) -> None:
        """Take `port` of `host`, a free one where it is 0, and make the page.

        Raises:
            WrongUseError: nothing can listen there.
        """
        self._open_desk = open_desk
        self._host = host
        self._socket = _bound(host, port)
        self._port: int = self._socket.getsockname()[1]
        self._cookie = f"dialogs_review_{self._port}"  # cookies of one host are shared by its ports
        self._token = secrets.token_urlsafe(32)
        self._turn = asyncio.Lock()  # of those who look at the desk: its files are read by one at a time
        self._revision = 0
        self.desk = open_desk()
        self._page: bytes | None = None
        self._current_page()

    async def start(self) -> web.AppRunner:
        """Answer from now on, until the runner is cleaned up."""
        app = web.Application(middlewares=[self._guard], client_max_size=_LARGEST_REQUEST)
        app.add_routes([web.get("/", self._show), web.get("/state", self._tell), web.post("/decisions", self._decide)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        return runner

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"http://{_in_url(_reachable(self._host))}:{self._port}/?token={self._token}"

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            response = await handler(request) if self._is_admitted(request) else _forbidden()
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=error.reason)
        response.headers.update(_HEADERS)
        return response

    def _is_admitted(self, request: web.Request) -> bool:
        host = request.headers.get("Host", "")
        if not self._is_own(host):
            return False
        if request.method != "GET" and request.headers.get("Origin") != f"http://{host}":
            return False
        given = request.cookies.get(self._cookie, ""), request.query.get("token", "")
        return any(compare_digest(one.encode(), self._token.encode()) for one in given)

    def _is_own(self, host: str) -> bool:
        try:
            address = urlsplit(f"//{host}")
            name, port = address.hostname or "", address.port or _HTTP
        except ValueError:
            return False
        return port == self._port and (name in self._names() or (_is_any(self._host) and _is_address(name)))

    def _names(self) -> frozenset[str]:
        here = {socket.gethostname().lower()} if _is_any(self._host) else set()
        return _LOOPBACK | {self._host.lower()} | here

    async def _show(self, _request: web.Request) -> web.Response:
        async with self._turn:
            page = await asyncio.to_thread(self._current_page)
        response = web.Response(body=page, content_type="text/html", charset="utf-8")
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict")
        return response

    def _current_page(self) -> bytes:
        if self.desk.is_stale:
            fresh = self._open_desk()
            self.desk.close()
            self.desk, self._page = fresh, None
        if self._page is None:
            self._revision += 1
            self._page = self.desk.page(self._revision)
        return self._page

    async def _tell(self, _request: web.Request) -> web.Response:
        return _json(self._state())

    def _state(self) -> JsonObject:
        return {
            "revision": self._revision,
            "is_stale": self.desk.is_stale,
            "decisions": [decision.value for decision in self.desk.decisions],
        }

    async def _decide(self, request: web.Request) -> web.Response:
        try:
            record = Record(decode(await request.read()))
            number, action, revision = record.integer("number"), record.text("action"), record.integer("revision")
            decision = _DECISIONS[action]
        except (ValueError, KeyError):
            return _problem(HTTPStatus.BAD_REQUEST, "wanted a number, an action and a revision")
        async with self._turn:
            if revision != self._revision:
                return _problem(HTTPStatus.CONFLICT, "the baseline was changed, and this page is of the old one")
            try:
                await asyncio.to_thread(self.desk.decide, number, decision)
            except DialogsError as error:
                return _problem(_status(error), str(error))
            return _json(self._state())


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise WrongUseError(
            f"{host}:{port}: {error.strerror}; wanted an address of this machine, and a --port that is free"
        ) from None


def _status(error: DialogsError) -> HTTPStatus:
    match error:
        case BaselineChangedError():
            return HTTPStatus.CONFLICT
        case BaselineBusyError():
            return HTTPStatus.LOCKED
        case WrongUseError():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


def _json(value: JsonObject, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=encode_line(value).encode(), content_type="application/json")


def _problem(status: HTTPStatus, text: str) -> web.Response:
    return _json({"error": text}, status)


def _forbidden() -> web.Response:
    return web.Response(
        status=HTTPStatus.FORBIDDEN, text="Open the address that `dialogs review` printed: it has a token, and a host."
    )


def _is_any(host: str) -> bool:
    return host in {"0.0.0.0", "::"}  # noqa: S104 - it is compared, and only there where a user asks for it


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _reachable(host: str) -> str:
    return "127.0.0.1" if _is_any(host) else host


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
