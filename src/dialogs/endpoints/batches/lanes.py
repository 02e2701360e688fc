"""Where requests wait for their batches: one lane a model, as a batch is of one model alone."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialogs.chat import Answer, ChatReply, ChatRequest, Fault
from dialogs.endpoints.batches.lines import MOST_BYTES, MOST_REQUESTS, AnswerLine, custom_id, request_line
from dialogs.endpoints.batches.quiet import Quiet
from dialogs.endpoints.batches.remote import Provider
from dialogs.endpoints.pacing import unsent
from dialogs.endpoints.transport import WireResponse
from dialogs.journal.records import identity

if TYPE_CHECKING:
    from dialogs.endpoints.openai import OpenAIEndpoint
    from dialogs.journal.journal import Journal


@dataclass(frozen=True, slots=True)
class PartLimits:
    """What a batch may hold: so many requests, and so many bytes in its file."""

    requests: int = MOST_REQUESTS
    size: int = MOST_BYTES


@dataclass(slots=True, eq=False)
class Waiting:
    """A request that waits: to be put into a batch, or for the end of the one that it is in."""

    name: str
    key: str
    request: ChatRequest
    answer: "asyncio.Future[Answer]" = field(repr=False)

    def give(self, answer: Answer) -> None:
        """End the wait, unless it was given up meanwhile."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Lane:
    """The requests of one model. `parked` are in no batch yet, `handed` in the one of that number.

    `most` is how many requests its next batches may have: fewer where the provider has had too many
    tokens queued, `refusals` times in a row, and none until `held_until`.
    """

    def __init__(
        self, endpoint: "OpenAIEndpoint", provider: Provider, *, url: str, quiet: Quiet, limits: PartLimits
    ) -> None:
        """Ask what `endpoint` asks, in batches of `provider` whose lines name `url`."""
        self.provider = provider
        self.model = endpoint.model
        self.journal: Journal
        self.parked: dict[str, Waiting] = {}
        self.handed: dict[int, dict[str, Waiting]] = {}
        self.limits = limits
        self.most = limits.requests
        self.refusals = 0
        self.held_until = 0.0
        self._endpoint = endpoint
        self._url = url
        self._quiet = quiet
        self._stopped: Fault | None = None

    @property
    def identity(self) -> str:
        """The endpoint's."""
        return self._endpoint.identity

    async def ask(self, key: str, request: ChatRequest) -> Answer:
        """Wait for a batch to answer the request: one that it is in already, from an earlier run, or the next."""
        number = self.journal.batch_of(key, request.place)
        if self._stopped is not None and number is None:
            return self._stopped
        loop = asyncio.get_running_loop()
        waiting = Waiting(custom_id(identity(key, request.place)), key, request, loop.create_future())
        group = self.parked if number is None else self.handed.setdefault(number, {})
        if waiting.name in group:
            raise RuntimeError(f"{request.place} is asked twice at the same time")
        group[waiting.name] = waiting
        self._quiet.change(waiting=1)
        try:
            return await waiting.answer
        finally:
            self._quiet.change(waiting=-1)
            self._forget(waiting)

    def _forget(self, waiting: Waiting) -> None:
        for group in (self.parked, *self.handed.values()):
            if group.get(waiting.name) is waiting:
                del group[waiting.name]
                break
        self.handed = {number: group for number, group in self.handed.items() if group}

    @property
    def awaited(self) -> list[int]:
        """The numbers of the batches that somebody still waits for; those just answered leave a moment later."""
        return [
            number for number, group in self.handed.items() if any(not each.answer.done() for each in group.values())
        ]

    def park_again(self, number: int) -> None:
        """Let those that still wait for a batch's end wait for another batch."""
        self.parked |= {name: each for name, each in self.handed.pop(number, {}).items() if not each.answer.done()}

    def line(self, waiting: Waiting) -> bytes:
        """Write a request's line of a batch's file."""
        return request_line(waiting.name, self._url, waiting.request.body())

    def answer(self, line: AnswerLine) -> Answer:
        """Return what a line with an answer says, by the same rules as an answer that came by itself."""
        headers = {} if line.request_id is None else {"x-request-id": line.request_id}
        return self._endpoint.read(WireResponse(line.status or 0, headers, line.body))

    def give(self, waiting: Waiting, answer: Answer) -> None:
        """End a wait; what no other request would survive either ends those of all that are not in a batch yet."""
        waiting.give(answer)
        if not isinstance(answer, ChatReply) and answer.stops_endpoint and self._stopped is None:
            self._stopped = unsent(answer)
            self.give_up(self._stopped)

    def give_up(self, fault: Fault) -> None:
        """Answer all that is in no batch with a fault."""
        for waiting in tuple(self.parked.values()):
            waiting.give(fault)
