"""The official client, set up so that an attempt is one request, ends at its deadline, and believes nothing unseen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import openai

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.endpoints.faults import not_a_completion, one_line
from dialogs.endpoints.keys import Key
from dialogs.endpoints.transport import NoAnswerError, Transport
from dialogs.endpoints.urls import BaseUrl
from dialogs.redaction import Redactor

if TYPE_CHECKING:
    from openai._types import RequestOptions


@dataclass(frozen=True, slots=True)
class Site:
    """Where requests go, with which key and headers, for how long. The models of equal sites share a client.

    `key_name` is what people know the key by, also where there is none; `headers` go with every request.
    """

    base: BaseUrl
    key: Key | None
    key_name: str
    timeout_s: float
    organization: str | None = None
    project: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str | None = field(default=None, repr=False)
    api_version: str | None = None

    def http_client(self) -> httpx2.AsyncClient:
        """Make the connections' owner, for the official client to use."""
        tls = httpx2.create_ssl_context() if self.base.scheme == "https" else None
        transport = Transport(timeout_s=self.timeout_s, proxy=self.proxy, tls=tls)
        return httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


async def _nothing() -> None:
    pass


class Client:
    """Sends to one site. `places` limits how many requests are on their way, over all clients that share it."""

    def __init__(
        self,
        site: Site,
        api: openai.AsyncOpenAI,
        places: asyncio.Semaphore,
        redactor: Redactor,
        *,
        options: "RequestOptions | None" = None,
        on_close: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """Send by `api`, each request with `options`; `on_close` ends what else was opened for it."""
        self.site = site
        self.places = places
        self.redactor = redactor
        self._api = api
        self._options: RequestOptions = options or {}
        self._on_close = on_close
        self._users = 0

    async def post(self, url: str, body: bytes) -> httpx2.Response:
        """Send JSON and return the answer, whatever its status.

        Raises:
            NoAnswerError: none came within the deadline, or none that can be read.
        """
        return await self._answer(
            self._api.post(url, content=body, cast_to=httpx2.Response, options=self._options), self.site.timeout_s
        )

    async def get(self, url: str, timeout_s: float) -> httpx2.Response:
        """Ask for a resource and return the answer, whatever its status.

        Raises:
            NoAnswerError: none came within `timeout_s`, or none that can be read.
        """
        return await self._answer(self._api.get(url, cast_to=httpx2.Response, options=self._options), timeout_s)

    async def _answer(self, answer: Awaitable[httpx2.Response], timeout_s: float) -> httpx2.Response:
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except openai.APIStatusError as error:
            return error.response
        except openai.OpenAIError as error:
            raise NoAnswerError(one_line(str(error)), billing=Billing.PERHAPS) from None
        except TimeoutError:
            raise NoAnswerError(
                f"no whole answer within {timeout_s:g} s", kind=FaultKind.TIMEOUT, billing=Billing.PERHAPS
            ) from None

    def fault(self, error: NoAnswerError) -> Fault:
        """Say as a value that no answer came."""
        source = self.site.base.address
        if error.kind is FaultKind.NOT_A_COMPLETION:
            return self.redactor.fault(not_a_completion(error.reason, self.redactor.data(error.body), source=source))
        fault = Fault(
            error.kind,
            f"{source}: {error.reason}",
            retryable=error.retryable,
            billing=error.billing,
            stops_endpoint=error.kind is FaultKind.AUTHENTICATION,
        )
        return self.redactor.fault(fault)

    def join(self) -> None:
        """Count one more endpoint that uses the client."""
        self._users += 1

    async def leave(self) -> None:
        """Count one endpoint less; the last one closes the connections."""
        self._users -= 1
        if self._users == 0:
            await self._api.close()
            await self._on_close()
