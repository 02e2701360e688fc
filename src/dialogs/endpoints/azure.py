"""Azure OpenAI: the same requests to other URLs, with a key or with a token of Entra ID.

`model` is the name of a deployment. Without an API version Azure's v1 URL is used, which needs none.
"""

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from dialogs.chat import FaultKind
from dialogs.endpoints.client import Client, Official, official_client
from dialogs.endpoints.faults import NoAnswerError, one_line
from dialogs.endpoints.official import AsyncOpenAI, omit
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.sites import Site
from dialogs.errors import MissingKeyError
from dialogs.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_SCOPE: Final = "https://cognitiveservices.azure.com/.default"


def azure_endpoint(client: Client, deployment: str, *, concurrency: int | None = None) -> OpenAIEndpoint:
    """Make the endpoint of a deployment: it differs from OpenAI's in its URL alone."""
    url, identity = azure_url(client.site, deployment, "chat/completions")
    return OpenAIEndpoint(client, url, model=deployment, identity=identity, concurrency=concurrency)


def azure_url(site: Site, deployment: str, resource: str) -> tuple[str, str]:
    """Return the URL of what a deployment offers, as `chat/completions`, and the identity of its endpoint."""
    base, version = site.base, site.api_version
    if version is None:
        return base.to(f"/openai/v1/{resource}"), f"{base.address}/openai/v1"
    # The client puts the deployment into the URL itself only where it encodes the body itself.
    url = base.to(f"/openai/deployments/{quote(deployment, safe='')}/{resource}")
    return url, f"{base.address}/openai?api-version={version}"


def open_azure_client(site: Site, places: asyncio.Semaphore, secrets: tuple[Secret, ...] = ()) -> Client:
    """Make the client of an Azure resource; no connection is made before the first request.

    Raises:
        MissingKeyError: there is no key, and no azure-identity to get a token with.
    """
    if site.key is None:
        return _client_with_tokens(site, places, secrets)
    key = site.key.value
    if site.api_version is not None:
        return Client(site, _versioned(site, api_key=key), places, secrets)
    api = official_client(site, AsyncOpenAI, base_url=site.base.address, api_key="none")
    return Client(site, api, places, secrets, headers={"api-key": key, "Authorization": omit})


def _client_with_tokens(site: Site, places: asyncio.Semaphore, secrets: tuple[Secret, ...]) -> Client:
    entra_id = _EntraId(site.key_name)
    if site.api_version is not None:
        api = _versioned(site, azure_ad_token_provider=entra_id.token)
    else:
        api = official_client(site, AsyncOpenAI, base_url=site.base.address, api_key=entra_id.token)
    client = Client(site, api, places, secrets, on_close=entra_id.close)
    entra_id.hide = client.hide
    return client


def _versioned(site: Site, **credentials: object) -> Official:
    from openai import AsyncAzureOpenAI  # noqa: PLC0415 - slow to import, and only of use with an API version

    base_url = f"{site.base.address}/openai"
    return official_client(site, AsyncAzureOpenAI, base_url=base_url, api_version=site.api_version, **credentials)


class _EntraId:
    """Gets tokens from what azure-identity finds: the environment, a managed identity, `az login`."""

    def __init__(self, key_name: str) -> None:
        try:
            from azure.core.exceptions import AzureError  # noqa: PLC0415 - an extra, which few need
            from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider  # noqa: PLC0415
        except ImportError:
            raise MissingKeyError(
                f"{key_name} is not set; set it, or use Entra ID, which needs: pip install 'dialogs-cli[azure]'"
            ) from None
        self._error = AzureError
        self._credential = DefaultAzureCredential()
        self._provide = get_bearer_token_provider(self._credential, _SCOPE)
        self._last = ""
        self.hide: Callable[[Secret], None] | None = None

    async def token(self) -> str:
        """Return a token that is valid now."""
        try:
            token = await self._provide()
        except self._error as error:
            raise NoAnswerError(
                f"no token from Entra ID: {one_line(str(error))}", kind=FaultKind.AUTHENTICATION, retryable=False
            ) from None
        if token != self._last and self.hide:
            self._last = token
            self.hide(Secret("Entra ID token", token))
        return token

    async def close(self) -> None:
        """Give back what the credential holds."""
        await self._credential.close()
