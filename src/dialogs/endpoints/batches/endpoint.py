"""An endpoint that asks in batches, and what stands around it in place of retries and pacing."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from dialogs.chat import Answer, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault
from dialogs.configuration import Prices
from dialogs.endpoints.batches.lanes import Lane
from dialogs.endpoints.batches.quiet import Quiet
from dialogs.endpoints.budget import BudgetedEndpoint, Purse
from dialogs.endpoints.journaling import without_secrets
from dialogs.endpoints.retrying import RetryPolicy, Tries, final
from dialogs.errors import JournalFailedError
from dialogs.journal.journal import Journal


class BatchedEndpoint(EndpointAround):
    """Asks in batches what its inner endpoint would ask by itself: with the same bytes, answers read the same way.

    It serves any number of dialogues at the same time.
    """

    concurrency: int | None = None

    def __init__(self, inner: Endpoint, lane: Lane) -> None:
        """Let requests wait in `lane`."""
        super().__init__(inner)
        self._lane = lane

    async def complete(self, request: ChatRequest) -> Answer:
        """Return what a batch has brought for the request."""
        return await self._lane.ask(request.key(self.identity), request)

    async def close(self) -> None:
        """Close the endpoint within, and the provider."""
        await super().close()
        await self._lane.provider.close()


class QuietEndpoint(EndpointAround):
    """Counts what is being asked; it stands outermost, so that all else that goes on for a request counts as asking."""

    def __init__(self, inner: Endpoint, quiet: Quiet) -> None:
        """Tell `quiet` of each request."""
        super().__init__(inner)
        self._quiet = quiet

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask."""
        self._quiet.change(asked=1)
        try:
            return await self.inner.complete(request)
        finally:
            self._quiet.change(asked=-1)


class AttemptNotingEndpoint(EndpointAround):
    """Notes which requests of batches brought no completion; that they were sent is noted with their batch.

    Secrets that a server echoed are taken out here, before anyone sees them.
    """

    def __init__(self, inner: Endpoint, journal: Journal) -> None:
        """Note in `journal`."""
        super().__init__(inner)
        self._journal = journal

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once."""
        answer = without_secrets(await self.inner.complete(request), self._journal.redactor)
        key = request.key(self.identity)
        if isinstance(answer, Fault) and self._journal.batch_of(key, request.place) is not None:
            with contextlib.suppress(JournalFailedError):  # the next batch will find it failed
                self._journal.mark_failed(key, request.place, answer)
        return answer


class AskingAgainEndpoint(EndpointAround):
    """Asks again, in the next batch, where that may help: by the policy of live requests, but without their waits."""

    def __init__(self, inner: Endpoint, policy: RetryPolicy) -> None:
        """Ask `inner` by `policy`."""
        super().__init__(inner)
        self._policy = policy

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, and ask again as the policy has it."""
        tries = Tries(self._policy)
        while True:
            answer = await self.inner.complete(request)
            if isinstance(answer, ChatReply):
                return _counted(answer, tries)
            if not answer.attempts:
                return answer
            tries.note(answer, 0.0)
            if not tries.may_go_on(answer):
                return final(answer, tries)


def _counted(answer: ChatReply, tries: Tries) -> ChatReply:
    return replace(answer, attempts=tries.count + 1) if tries.count else answer


class BatchBudgetedEndpoint(BudgetedEndpoint):
    """Holds the budget of requests when they are parked. One that an earlier run has handed over was counted there."""

    def __init__(
        self, inner: Endpoint, budget: Purse, prices: Prices | None, stop: Callable[[str], None], journal: Journal
    ) -> None:
        """Ask `inner` for as long as `budget` lasts."""
        super().__init__(inner, budget, prices, stop)
        self._journal = journal

    def _was_sent(self, request: ChatRequest) -> bool:
        return self._journal.batch_of(request.key(self.identity), request.place) is not None

    def _cost_of_silence(self, _estimate: float) -> float:
        return 0.0  # the run that takes the reply in counts it
