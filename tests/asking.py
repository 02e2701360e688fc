"""Asks a server one completion, as the OpenAI endpoint does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from builders import request
from dialogs.chat import Answer, ChatRequest
from dialogs.configuration import Configuration
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints

KEY = "sk-canary/0123456789"
Result = TypeVar("Result")


def with_endpoint(
    base_url: str,
    use: Callable[[OpenAIEndpoint], Awaitable[Result]],
    *,
    timeout_s: float = 5.0,
    stream: bool = False,
    **environ: str,
) -> Result:
    """Open the endpoint of a model at `base_url`, use it, and close it."""

    async def main() -> Result:
        settings = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY, **environ}
        opened = open_endpoints(["m"], Configuration(), settings, concurrency=16, timeout_s=timeout_s, stream=stream)
        endpoint = opened["m"]
        assert isinstance(endpoint, OpenAIEndpoint)
        try:
            return await use(endpoint)
        finally:
            await endpoint.close()

    return asyncio.run(main())


def ask(
    base_url: str, asked: ChatRequest | None = None, *, timeout_s: float = 5.0, stream: bool = False, **environ: str
) -> Answer:
    """Ask once."""
    return with_endpoint(
        base_url,
        lambda endpoint: endpoint.complete(asked or request("Hi")),
        timeout_s=timeout_s,
        stream=stream,
        **environ,
    )
