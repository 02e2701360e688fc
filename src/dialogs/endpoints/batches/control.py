"""Calls to a provider about batches, repeated where that may help."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from dialogs.chat import Fault, FaultKind
from dialogs.clock import Clock
from dialogs.endpoints.batches.remote import Provider, RemoteBatch
from dialogs.endpoints.retrying import RetryPolicy, Tries, final

_R = TypeVar("_R")
_SECOND_LOOK_S: Final = 2.0


class DetachedError(Exception):
    """Nothing more can be learned of the batches now; what was handed over goes on without this run."""


@dataclass(frozen=True, slots=True)
class Control:
    """How calls are repeated: by the policy of a run's requests, but that none of them costs anything."""

    policy: RetryPolicy
    clock: Clock
    chance: random.Random = field(default_factory=random.Random)

    async def persist(self, call: Callable[[], Awaitable[_R | Fault]]) -> _R | Fault:
        """Call until an answer comes, or a fault that would come again; a retryable one: it came too often."""
        tries = Tries(self.policy)
        while True:
            answer = await call()
            if not isinstance(answer, Fault):
                return answer
            tries.note(answer, self.clock.monotonic())
            if not await self.waits(answer, tries):
                return replace(final(answer, tries), retryable=answer.retryable)

    async def waits(self, fault: Fault, tries: Tries) -> bool:
        """Wait for the next attempt; False where there is to be none."""
        if not fault.retryable or tries.count >= self.policy.max_attempts:
            return False
        if (fault.retry_after_s or 0.0) > self.policy.max_retry_after_s:
            return False
        await self.clock.sleep(tries.wait_s(fault, self.chance))
        tries.sent(self.clock.monotonic())
        return True

    async def create(
        self, provider: Provider, file_id: str, metadata: Mapping[str, str], since: datetime
    ) -> RemoteBatch | Fault:
        """Make a batch, once: after an attempt whose end is not known it is looked for before another one is made.

        Raises:
            DetachedError: it cannot be told whether it was made.
        """
        tries = Tries(self.policy)
        while True:
            answer = await provider.create(file_id, metadata)
            if isinstance(answer, RemoteBatch) or not answer.retryable:
                return answer
            tries.note(answer, self.clock.monotonic())
            goes_on = await self.waits(answer, tries)
            found = await self.find(provider, metadata, since)
            if isinstance(found, RemoteBatch):
                return found
            if found is None and answer.kind is FaultKind.RATE_LIMITED and not goes_on:
                return replace(final(answer, tries), retryable=True)
            if found is not None or not goes_on:
                raise DetachedError(f"{(found or answer).message}; whether it has taken the batch is not known")

    async def find(
        self, provider: Provider, metadata: Mapping[str, str], since: datetime
    ) -> RemoteBatch | Fault | None:
        """Look for a batch that may have been made, twice, as it may take a moment to be listed."""
        found = await self.persist(lambda: provider.find(metadata, since))
        if found is None:
            await self.clock.sleep(_SECOND_LOOK_S)
            found = await self.persist(lambda: provider.find(metadata, since))
        return found
