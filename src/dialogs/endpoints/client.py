"""The official client, set up so that an attempt is one request, ends at its deadline, and believes nothing unseen."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import httpx2

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.endpoints.faults import NoAnswerError, not_a_completion, one_line
from dialogs.endpoints.official import APIStatusError, AsyncOpenAI, Omit, OpenAIError, omit
from dialogs.endpoints.sites import Site
from dialogs.endpoints.tls import tls_context
from dialogs.endpoints.transport import ON_REQUEST, Transport, WireResponse
from dialogs.redaction import Redactor, Secret

if TYPE_CHECKING:
    from openai._types import RequestOptions

Response: TypeAlias = httpx2.Response | WireResponse
_R = TypeVar("_R", bound=Response)

# Tokens of Entra ID are renewed five minutes before they expire, so one that is that old still holds.
_FORM_S: Final = 60.0
# What the client would tell any server about this machine.
_ABOUT_US: Final = tuple(
    f"X-Stainless-{name}" for name in ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
)
_ABOUT_ATTEMPTS: Final = ("x-stainless-retry-count", "x-stainless-read-timeout")
_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Official:
    """An official client, and the transport that it sends by."""

    api: AsyncOpenAI
    transport: Transport


def official_client(site: Site, make: Callable[..., AsyncOpenAI], **more: object) -> Official:
    """Make an official client that retries nothing and follows no redirect; `more` says where to and as whom."""
    tls = tls_context(site.certificate) if site.base.scheme == "https" else None
    transport = Transport(
        timeout_s=site.timeout_s, proxy=site.proxy, tls=tls, query=site.base.query, stream=site.stream
    )
    api = make(
        timeout=site.timeout_s,
        max_retries=0,
        default_headers={**dict.fromkeys(_ABOUT_US, omit), **dict(site.headers)},
        http_client=httpx2.AsyncClient(
            transport=transport, headers={"accept-encoding": "gzip"}, trust_env=False, follow_redirects=False
        ),
        **more,
    )
    # Given as None they would be looked for in the environment, and an empty one sent.
    api.organization, api.project = site.organization, site.project
    # Else each client finds it out in a thread, for a header that is not sent.
    api._platform = "Unknown"  # noqa: SLF001
    return Official(api, transport)


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Form:
    """A request as the official client made it, without its body; `until` is when it is to make a new one."""

    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    until: float

    @classmethod
    def of(cls, request: httpx2.Request, url: str, until: float) -> "_Form":
        """Keep what all requests to `url` have in common."""
        headers = [header for header in request.headers.multi_items() if header[0].lower() != "content-length"]
        return cls(url, tuple(headers), until)


class Client:
    """Sends to one site. `places` limits how many requests are on their way, over all clients that share it."""

    def __init__(
        self,
        site: Site,
        official: Official,
        places: asyncio.Semaphore,
        secrets: tuple[Secret, ...] = (),
        *,
        headers: Mapping[str, str | Omit] = _NONE,
        on_close: Callable[[], Awaitable[None]] = _nothing,
        form_s: float = _FORM_S,
    ) -> None:
        """Send by `official`, each request with `headers`, and show no secret; `on_close` ends what else was opened.

        `form_s` is how long requests go out in the form that the official client gave one of them.
        """
        self.site = site
        self.places = places
        self.redactor = Redactor(secrets)
        self._secrets = secrets
        self._api = official.api
        self._transport = official.transport
        self._forms: dict[str, _Form] = {}
        self._making: dict[str, asyncio.Future[None]] = {}
        self._form_s = form_s
        self._options: RequestOptions = {"headers": {**dict.fromkeys(_ABOUT_ATTEMPTS, omit), **headers}}
        self._on_close = on_close
        self._users = 0

    def hide(self, secret: Secret) -> None:
        """Show one more secret to nobody."""
        self._secrets += (secret,)
        self.redactor = Redactor(self._secrets)

    async def post(self, url: str, body: bytes) -> Response:
        """Send JSON and return the answer, whatever its status.

        To make a request anew takes the official client longer than all the rest of a turn. So it makes one from time
        to time, with its credentials, and those between go out in the form of that one; those that come meanwhile wait
        until it is made.

        Raises:
            NoAnswerError: none came within the site's deadline, or none that can be read.
        """
        response = await self._answer(self._post(url, body))
        if not response.is_success:
            self._forms.pop(url, None)
        return response

    async def _post(self, url: str, body: bytes) -> Response:
        while True:
            form = self._forms.get(url)
            if form is not None and time.monotonic() < form.until:
                return await self._transport.send("POST", form.url, form.headers, body)
            making = self._making.get(url)
            if making is None:
                return await self._post_anew(url, body)
            await asyncio.shield(making)

    async def _post_anew(self, url: str, body: bytes) -> httpx2.Response:
        self._making[url] = making = asyncio.get_running_loop().create_future()

        def keep(request: httpx2.Request) -> None:
            self._forms[url] = _Form.of(request, self._transport.url(request), time.monotonic() + self._form_s)
            end()

        def end() -> None:
            if not making.done():
                making.set_result(None)
                del self._making[url]

        watching = ON_REQUEST.set(keep)
        try:
            return await self._api.post(url, content=body, cast_to=httpx2.Response, options=self._options)
        finally:
            ON_REQUEST.reset(watching)
            end()

    async def get(self, url: str) -> httpx2.Response:
        """Ask for a resource and return the answer, whatever its status.

        Raises:
            NoAnswerError: none came within the site's deadline, or none that can be read.
        """
        return await self._answer(self._api.get(url, cast_to=httpx2.Response, options=self._options))

    async def _answer(self, answer: Awaitable[_R]) -> _R | httpx2.Response:
        timeout_s = self.site.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except APIStatusError as error:
            return error.response
        except OpenAIError as error:
            raise NoAnswerError(one_line(str(error)), billing=Billing.PERHAPS) from None
        except TimeoutError:
            raise NoAnswerError(
                f"no whole answer within {timeout_s:g} s", kind=FaultKind.TIMEOUT, billing=Billing.PERHAPS
            ) from None

    @property
    def headers(self) -> Mapping[str, str | Omit]:
        """What goes with each request beside what the official client sends by itself."""
        return self._options.get("headers") or {}

    def alike(self, transport: httpx2.AsyncBaseTransport, base_url: str | None = None) -> AsyncOpenAI:
        """Return an official client for the rest of the API, with the same credentials; it sends by `transport`.

        Its calls take `headers` as their own.
        """
        api = self._api.with_options(
            base_url=base_url,
            http_client=httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False),
        )
        api.organization, api.project = self.site.organization, self.site.project
        api._platform = "Unknown"  # noqa: SLF001 - as above
        return api

    def fault(self, error: NoAnswerError, source: str) -> Fault:
        """Say as a value that no answer came from `source`."""
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
