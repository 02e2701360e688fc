"""OpenAI-compatible servers, through the official client."""

import asyncio
import time
from dataclasses import replace

from dialogs.chat import Answer, ChatRequest, Fault
from dialogs.endpoints.answers import parse_answer
from dialogs.endpoints.client import Client, Response, official_client
from dialogs.endpoints.faults import BadStatus, NoAnswerError, not_a_completion
from dialogs.endpoints.official import AsyncOpenAI, omit
from dialogs.endpoints.sites import Site
from dialogs.endpoints.streams import ASKING_FOR_STREAM, STREAMED, Streamed, with_times
from dialogs.redaction import Secret


class OpenAIEndpoint:
    """One model of a server that speaks ChatCompletions. Each completion is one attempt; nothing is retried here.

    `concurrency` is how many dialogues it may serve at the same time; None where the run's own limit is the only one.
    """

    def __init__(
        self, client: Client, url: str, *, model: str, identity: str | None = None, concurrency: int | None = None
    ) -> None:
        """Ask for `model` at `url`; `identity` is the address of the client's site unless given."""
        self.model = model
        self.identity = identity or client.site.base.address
        self.concurrency = concurrency
        self._client = client
        self._url = url
        self._manner = ASKING_FOR_STREAM if client.site.stream else None
        self._is_open = True
        client.join()

    @property
    def timeout_s(self) -> float:
        """The deadline of an attempt, in seconds."""
        return self._client.site.timeout_s

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once, within the site's deadline."""
        async with self._client.places:
            started = time.perf_counter()
            try:
                response = await self._client.post(self._url, request.body(self._manner))
            except NoAnswerError as error:
                return self._client.fault(error, self.identity)
            latency_ms = (time.perf_counter() - started) * 1000
        return self.read(response, started, latency_ms)

    def read(self, response: Response, started: float = 0.0, latency_ms: float = 0.0) -> Answer:
        """Return what a response says, whatever way it came."""
        if response.is_success:
            return self._believed(response, started, latency_ms)
        return self._refused(response)

    @property
    def client(self) -> Client:
        """What it asks by."""
        return self._client

    @property
    def url(self) -> str:
        """Where it asks."""
        return self._url

    def _believed(self, response: Response, started: float, latency_ms: float) -> Answer:
        redactor = self._client.redactor
        source = f"{response.status_code} from {self.identity}"
        request_id = redactor.text(response.headers.get("x-request-id", "")) or None
        streamed: Streamed | None = response.extensions.get(STREAMED)
        if streamed and streamed.problem:
            body, problem = redactor.data(streamed.body), redactor.text(streamed.problem)
            return redactor.fault(not_a_completion(problem, body, source=source, request_id=request_id))
        answer = parse_answer(response.content, source=source, request_id=request_id, latency_ms=latency_ms)
        if isinstance(answer, Fault):
            # Once more, since a message that shows a part of the answer might show a part of a key.
            answer = parse_answer(redactor.data(response.content), source=source, request_id=request_id)
            return redactor.fault(answer) if isinstance(answer, Fault) else answer
        return with_times(answer, streamed, started) if streamed else answer

    def _refused(self, response: Response) -> Fault:
        redactor = self._client.redactor
        status = BadStatus(
            status=response.status_code,
            headers=response.headers,
            body=redactor.data(response.content),
            endpoint=self.identity,
            model=self.model,
            key=self._client.site.key_name,
        )
        fault = redactor.fault(status.fault())
        return replace(fault, request_id=redactor.text(fault.request_id or "") or None)

    async def close(self) -> None:
        """Give the connections back, unless other models of the site still use them."""
        if self._is_open:
            self._is_open = False
            await self._client.leave()


def open_client(site: Site, places: asyncio.Semaphore, secrets: tuple[Secret, ...] = ()) -> Client:
    """Make the client of an OpenAI-compatible server; no connection is made before the first request.

    Without a key no Authorization header is sent, which is what servers of one's own expect.
    """
    key = site.key.value if site.key else "none"
    api = official_client(site, AsyncOpenAI, base_url=site.base.address, api_key=key)
    if site.key or site.sends("Authorization"):
        return Client(site, api, places, secrets)
    return Client(site, api, places, secrets, headers={"Authorization": omit})


def openai_endpoint(client: Client, model: str, *, concurrency: int | None = None) -> OpenAIEndpoint:
    """Make the endpoint of a model."""
    return OpenAIEndpoint(client, client.site.base.to("/chat/completions"), model=model, concurrency=concurrency)
