"""Endpoints that answer from a cassette: alone, with no network and no key, or before another one is asked."""

from dataclasses import replace

from dialogs.chat import Answer, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.endpoints.journaling import rebuilt
from dialogs.errors import WrongUseError
from dialogs.journal.cassette import Cassette


class CassetteFirstEndpoint(EndpointAround):
    """Replays what was recorded of an endpoint, and asks for the rest."""

    def __init__(self, inner: Endpoint, cassette: Cassette) -> None:
        """Ask `inner` for what `cassette` does not hold."""
        super().__init__(inner)
        self._cassette = cassette

    async def complete(self, request: ChatRequest) -> Answer:
        """Return the recorded reply, or ask."""
        recording = self._cassette.take([request.key(self.identity)], request.place)
        if recording is None:
            return await self.inner.complete(request)
        return rebuilt(replace(recording.reply, source="cassette"))


class CassetteEndpoint:
    """Replays what was recorded under one model's name; a request that was not recorded is a fault."""

    concurrency: int | None = None

    def __init__(self, cassette: Cassette, name: str) -> None:
        """Stand for the model that was called `name` when it was recorded.

        Raises:
            WrongUseError: nothing was recorded under that name.
        """
        if name not in cassette.endpoints:
            recorded = ", ".join(cassette.endpoints) or "none"
            raise WrongUseError(f"{cassette.path} has no recordings of the model {name}; it has: {recorded}")
        self._cassette = cassette
        self._recorded_on = cassette.endpoints[name]

    @property
    def identity(self) -> str:
        """That of the endpoint that was recorded."""
        return self._recorded_on[0].identity

    @property
    def model(self) -> str:
        """The model's name on the wire when it was recorded."""
        return self._recorded_on[0].model

    async def complete(self, request: ChatRequest) -> Answer:
        """Return the recorded reply."""
        keys = [replace(request, model=endpoint.model).key(endpoint.identity) for endpoint in self._recorded_on]
        recording = self._cassette.take(keys, request.place)
        if recording is None:
            return Fault(FaultKind.CASSETTE_MISS, self._cassette.explain_miss(request))
        return rebuilt(replace(recording.reply, source="cassette"))

    async def close(self) -> None:
        """The cassette may serve other models, and is the run's to close."""
