"""The official client, set up so that an attempt is one request, ends at its deadline, and believes nothing unseen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

import httpx2
import openai

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.endpoints.faults import NoAnswerError, not_a_completion, one_line
from dialogs.endpoints.sites import Site
from dialogs.endpoints.transport import HttpClient, Transport
from dialogs.redaction import Redactor, Secret

if TYPE_CHECKING:
    from openai._types import RequestOptions

# What the client would tell any server about this machine. Without it a request costs a tenth less.
_ABOUT_US: Final = tuple(
    f"X-Stainless-{name}" for name in ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
)
_ABOUT_ATTEMPTS: Final = ("x-stainless-retry-count", "x-stainless-read-timeout")
_NONE: Final[Mapping[str, str]] = {}


def official_client(site: Site, make: Callable[..., openai.AsyncOpenAI], **more: object) -> openai.AsyncOpenAI:
    """Make an official client that retries nothing and follows no redirect; `more` says where to and as whom."""
    tls = httpx2.create_ssl_context() if site.base.scheme == "https" else None
    transport = Transport(
        timeout_s=site.timeout_s, proxy=site.proxy, tls=tls, query=site.base.query, stream=site.stream
    )
    api = make(
        timeout=site.timeout_s,
        max_retries=0,
        default_headers={**dict.fromkeys(_ABOUT_US, openai.omit), **dict(site.headers)},
        http_client=HttpClient(transport),
        **more,
    )
    # Given as None they would be looked for in the environment, and an empty one sent.
    api.organization, api.project = site.organization, site.project
    return api


async def _nothing() -> None:
    pass


class Client:
    """Sends to one site. `places` limits how many requests are on their way, over all clients that share it."""

    def __init__(
        self,
        site: Site,
        api: openai.AsyncOpenAI,
        places: asyncio.Semaphore,
        secrets: tuple[Secret, ...] = (),
        *,
        headers: Mapping[str, "str | openai.Omit"] = _NONE,
        on_close: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """Send by `api`, each request with `headers`, and show no secret; `on_close` ends what else was opened."""
        self.site = site
        self.places = places
        self.redactor = Redactor(secrets)
        self._secrets = secrets
        self._api = api
        # What is not given here would be made anew for each request, at a cost.
        self._options: RequestOptions = {
            "headers": {**dict.fromkeys(_ABOUT_ATTEMPTS, openai.omit), **headers},
            "max_retries": 0,
            "timeout": site.timeout_s,
        }
        self._on_close = on_close
        self._users = 0

    def hide(self, secret: Secret) -> None:
        """Show one more secret to nobody."""
        self._secrets += (secret,)
        self.redactor = Redactor(self._secrets)

    async def post(self, url: str, body: bytes) -> httpx2.Response:
        """Send JSON and return the answer, whatever its status.

        Raises:
            NoAnswerError: none came within the site's deadline, or none that can be read.
        """
        return await self._answer(self._api.post(url, content=body, cast_to=httpx2.Response, options=self._options))

    async def get(self, url: str) -> httpx2.Response:
        """Ask for a resource and return the answer, whatever its status.

        Raises:
            NoAnswerError: none came within the site's deadline, or none that can be read.
        """
        return await self._answer(self._api.get(url, cast_to=httpx2.Response, options=self._options))

    async def _answer(self, answer: Awaitable[httpx2.Response]) -> httpx2.Response:
        timeout_s = self.site.timeout_s
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
