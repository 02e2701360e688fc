"""The embedded model as an endpoint: an OpenAI-compatible one, whose server we start, watch and end ourselves."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dialogs.chat import Answer, ChatRequest, CompletionPlace, Fault, FaultKind
from dialogs.encoding import JsonObject, sha256_hex
from dialogs.endpoints.embedded.runtime import runtime_version
from dialogs.endpoints.embedded.server import Server, ServerFailed
from dialogs.endpoints.embedded.weights import Weights, default_weights, pulled_path, weights_at
from dialogs.endpoints.keys import Key
from dialogs.endpoints.openai import OpenAIEndpoint, open_client
from dialogs.endpoints.sites import Site
from dialogs.endpoints.urls import parse_base_url

MAX_TOKENS: Final = 256

_CAPS: Final = frozenset(("max_tokens", "max_completion_tokens", "n_predict"))
_CALLED: Final = "the embedded model"
_TIMEOUT_S: Final = 600.0
_WAIT_FOR_END_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Running:
    """A server that listens, and the endpoint that asks it."""

    server: Server
    endpoint: OpenAIEndpoint


class EmbeddedEndpoint:
    """A GGUF model on this machine, one request at a time; a reply depends on its request alone.

    A request that does not say otherwise is answered greedily (`temperature` 0), in at most MAX_TOKENS tokens, and with
    a `seed` that its place gives: so two runs give equal replies, and the samples of one dialogue still differ where a
    temperature is set. The first request starts the server, and so does the first one after it has died.
    """

    concurrency: Final = 1

    def __init__(
        self, weights: Weights, *, version: str, threads: int = 1, timeout_s: float = _TIMEOUT_S, stream: bool = False
    ) -> None:
        """Answer with `weights` on `threads` threads; `version` is that of the build that reads them.

        With `stream` replies are asked for token by token.
        """
        self._stream = stream
        self.identity = f"embedded:{weights.sha256}:xllamacpp-{version}"
        self.model = weights.name
        self._weights = weights
        self._threads = threads
        self._timeout_s = timeout_s
        self._slot = asyncio.Lock()  # held here and not in the server: the time of a request begins when it is its turn
        self._running: _Running | None = None

    @property
    def server_pid(self) -> int | None:
        """The number of the server's process, where it runs."""
        return self._running.server.pid if self._running else None

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once; a server that does not start, or dies meanwhile, gives a fault with its last words."""
        async with self._slot:
            running = await self._started()
            if isinstance(running, Fault):
                return running
            answer = await running.endpoint.complete(with_defaults(request))
            return await self._explained(answer, running) if isinstance(answer, Fault) else answer

    async def close(self) -> None:
        """End the server."""
        running, self._running = self._running, None
        if running is not None:
            await running.endpoint.close()
            running.server.end()

    async def _started(self) -> _Running | Fault:
        if self._running is not None and self._running.server.failure() is None:
            return self._running
        await self.close()
        server = Server(self._weights, threads=self._threads)
        address = await server.address()
        if isinstance(address, ServerFailed):
            advice = "; if the file is damaged, dialogs models pull replaces it" if self._is_pulled() else ""
            message = f"{self._weights.path}: {_CALLED} {address.reason}{advice}"
            return Fault(FaultKind.CONNECTION, message, stops_endpoint=True)
        self._running = _Running(server, self._connected(address, server.key))
        return self._running

    def _is_pulled(self) -> bool:
        return self._weights.path == pulled_path()

    def _connected(self, address: str, key: str) -> OpenAIEndpoint:
        base = parse_base_url(address, _CALLED)
        site = Site(base, Key(_CALLED, key), key_name="its key", timeout_s=self._timeout_s, stream=self._stream)
        client = open_client(site, asyncio.Semaphore())
        # The name stands in messages, in place of an address that is another one each time.
        return OpenAIEndpoint(client, base.to("/v1/chat/completions"), model=self.model, identity=_CALLED)

    async def _explained(self, fault: Fault, running: _Running) -> Fault:
        """Say of a lost connection that the server died, where it did."""
        if fault.kind is FaultKind.CONNECTION:
            failed = await asyncio.to_thread(running.server.failure, _WAIT_FOR_END_S)
            if failed is not None:
                return Fault(FaultKind.CONNECTION, f"{_CALLED} {failed.reason}", retryable=True)
        return fault


def with_defaults(request: ChatRequest) -> ChatRequest:
    """Add to a request what it leaves open: a cap on tokens, the temperature, the seed."""
    given = request.params.keys() | request.extra_body.keys()
    defaults: JsonObject = {"temperature": 0, "seed": _seed(request.place)}
    if not given & _CAPS:
        defaults = {**defaults, "max_tokens": MAX_TOKENS}
    return replace(request, params={**defaults, **request.params})


def _seed(place: CompletionPlace) -> int:
    """Draw a number below 2**31 from a place; live and pinned turns draw the same, samples and resamples do not."""
    arm = "" if place.arm in {"live", "pinned"} else place.arm
    text = f"{place.dialogue} {place.turn} {place.round} {arm} {place.resample}"
    return int(sha256_hex(text.encode())[:8], 16) >> 1


def open_embedded(
    path: str | None = None, *, threads: int | None = None, timeout_s: float | None = None, stream: bool = False
) -> EmbeddedEndpoint:
    """Open the default weights, or the GGUF file at `path`. Nothing is started before the first request.

    Raises:
        MissingModelError: the weights, or what runs them, are not installed; the message says how to get them.
        WrongUseError: the file is not GGUF.
    """
    version = runtime_version()
    weights = weights_at(Path(path).expanduser()) if path is not None else default_weights()
    return EmbeddedEndpoint(
        weights, version=version, threads=threads or 1, timeout_s=timeout_s or _TIMEOUT_S, stream=stream
    )
