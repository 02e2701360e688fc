"""An endpoint around an endpoint that asks again where that may help, at the pace that the endpoint can take."""

import random
from dataclasses import dataclass, replace
from typing import Final

from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Endpoint, Fault, FaultKind
from dialogs.endpoints.pacing import Gate

# Refused twice in a row, a request steps aside and lets others find out when there is room: 0, 1, 5, 25, 60 s.
_STEP_ASIDE: Final = 5.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try for one reply.

    `max_attempts` counts all attempts. An attempt that was or may have been charged for is repeated `costly_retries`
    times at most. A server that asks to wait longer than `max_retry_after_s` is taken to have refused for good. Where
    it does not say how long, the waits are drawn between 0 and a bound that doubles from `backoff_s` up to
    `max_backoff_s` (full jitter, as in Marc Brooker's "Exponential Backoff And Jitter").
    """

    max_attempts: int = 6
    costly_retries: int = 1
    max_retry_after_s: float = 600.0
    backoff_s: float = 0.5
    max_backoff_s: float = 60.0


class _Tries:
    """The attempts for one reply so far."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.count = 0
        self._costly = 0
        self._refused = 0
        self._failed = 0

    def note(self, fault: Fault) -> None:
        self.count += 1
        self._costly += fault.billing is not Billing.NO
        if fault.kind is FaultKind.RATE_LIMITED:
            self._refused += 1
        else:
            self._failed += 1

    def may_go_on(self, fault: Fault) -> bool:
        if not fault.retryable or self.count >= self._policy.max_attempts:
            return False
        return fault.billing is Billing.NO or self._costly <= self._policy.costly_retries

    def wait_s(self, fault: Fault, chance: random.Random) -> float:
        """Return how long this request waits, beside what its endpoint's gate makes all of them wait."""
        if fault.kind is FaultKind.RATE_LIMITED:
            return min(_STEP_ASIDE ** (self._refused - 2), self._policy.max_backoff_s) if self._refused > 1 else 0.0
        if fault.retry_after_s is not None:
            return fault.retry_after_s
        return chance.uniform(0.0, min(self._policy.backoff_s * 2.0 ** (self._failed - 1), self._policy.max_backoff_s))


class RetryingEndpoint:
    """Asks `inner` until it replies, or until asking again would not help, cost twice or take too long.

    `gate` is shared by all that asks the same model of the same endpoint with the same key. The answer's `attempts`
    counts the requests that were sent; a fault with none was not sent at all, since the gate had stopped.
    """

    def __init__(self, inner: Endpoint, policy: RetryPolicy, gate: Gate, chance: random.Random) -> None:
        """Ask `inner` by `policy`; `chance` spreads the waits."""
        self.inner = inner
        self.gate = gate
        self._policy = policy
        self._chance = chance

    @property
    def identity(self) -> str:
        """The inner endpoint's."""
        return self.inner.identity

    @property
    def model(self) -> str:
        """The inner endpoint's."""
        return self.inner.model

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, and ask again as the policy has it."""
        answer = await self._attempt(request)
        if isinstance(answer, ChatReply) or not answer.attempts:
            return answer
        return await self._persist(request, answer)

    async def close(self) -> None:
        """Close the endpoint within."""
        await self.inner.close()

    async def _attempt(self, request: ChatRequest) -> Answer:
        permit = await self.gate.enter(request)
        if isinstance(permit, Fault):
            return permit
        answer = None
        try:
            answer = await self.inner.complete(request)
        finally:
            self.gate.leave(permit, answer)
        return answer

    async def _persist(self, request: ChatRequest, fault: Fault) -> Answer:
        tries = _Tries(self._policy)
        while True:
            tries.note(fault)
            if fault.stops_endpoint:
                self.gate.stop(replace(fault, message=f"not sent: {fault.message}", attempts=0))
            if (fault.retry_after_s or 0.0) > self._policy.max_retry_after_s:
                return self._gives_up(fault, tries)
            if not tries.may_go_on(fault):
                return _final(fault, tries)
            await self.gate.pause(tries.wait_s(fault, self._chance))
            answer = await self._attempt(request)
            if isinstance(answer, ChatReply):
                return replace(answer, attempts=tries.count + 1)
            if not answer.attempts:
                return _final(fault, tries, f"; not asked again: {answer.message.removeprefix('not sent: ')}")
            fault = answer

    def _gives_up(self, fault: Fault, tries: _Tries) -> Fault:
        """Take an over-long wait as a refusal for good; it holds for every request that would follow."""
        flag = f"--max-retry-after {self._policy.max_retry_after_s:g}"
        reason = f"it asks to wait {fault.retry_after_s:g} s, longer than {flag} allows"
        final = replace(_final(fault, tries, f"; {reason}"), stops_endpoint=True)
        self.gate.stop(replace(final, message=f"not sent: {final.message}", attempts=0))
        return final


def _final(fault: Fault, tries: _Tries, more: str = "") -> Fault:
    counted = f" (after {tries.count} attempts)" if tries.count > 1 else ""
    return replace(fault, message=f"{fault.message}{counted}{more}", attempts=tries.count, retryable=False)
