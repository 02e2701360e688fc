"""An endpoint around an endpoint that asks again where that may help, at the pace that the endpoint can take."""

import random
from dataclasses import dataclass, replace
from typing import Final

from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.endpoints.pacing import reason, unsent
from dialogs.endpoints.permits import Pacing

# Refused twice in a row, a request steps aside and lets others find out when there is room: 0, 1, 5, 25, 60 s.
_STEP_ASIDE: Final = 5.0
# No wait is shorter than the one before it.
_LONGER: Final = 1.25
_SHORTEST: Final = 0.1
_MOST_DOUBLINGS: Final = 20


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try for one reply.

    `max_attempts` counts all attempts. An attempt that was or may have been charged for is repeated `costly_retries`
    times at most. A server that asks to wait longer than `max_retry_after_s` is taken to have refused for good. Where
    it does not say how long, the waits are drawn below a bound that doubles from `backoff_s` up to `max_backoff_s`
    (full jitter, as in Marc Brooker's "Exponential Backoff And Jitter"), each longer than the one before.
    """

    max_attempts: int = 6
    costly_retries: int = 1
    max_retry_after_s: float = 600.0
    backoff_s: float = 0.5
    max_backoff_s: float = 60.0


class Tries:
    """The attempts for one reply so far; `count` of them in all, of which `refusals` for a limit."""

    def __init__(self, policy: RetryPolicy) -> None:
        """Begin before the first one."""
        self._policy = policy
        self._costly = 0
        self._failed = 0
        self._failed_at = 0.0
        self._waited_s = 0.0
        self.count = 0
        self.refusals = 0

    def note(self, fault: Fault, now: float) -> None:
        """Count an attempt that failed."""
        self.count += 1
        self._costly += fault.billing is not Billing.NO
        self._failed_at = now
        if fault.kind is FaultKind.RATE_LIMITED:
            self.refusals += 1
        else:
            self._failed += 1

    def sent(self, at: float) -> None:
        """Take note of when the next one goes."""
        self._waited_s = at - self._failed_at

    def may_go_on(self, fault: Fault) -> bool:
        """Say whether the policy has another one."""
        if not fault.retryable or self.count >= self._policy.max_attempts:
            return False
        return fault.billing is Billing.NO or self._costly <= self._policy.costly_retries

    def wait_s(self, fault: Fault, chance: random.Random) -> float:
        """Return how long this request waits, beside what its endpoint's gate makes all of them wait."""
        least_s = self._aside_s() if fault.kind is FaultKind.RATE_LIMITED else self._backoff_s(chance)
        if fault.retry_after_s is not None:
            return max(fault.retry_after_s, least_s)
        return min(max(least_s, _LONGER * self._waited_s), self._policy.max_backoff_s)

    def _aside_s(self) -> float:
        if self.refusals < 2:  # noqa: PLR2004 - the gate's own pause is enough for the first
            return 0.0
        return min(_STEP_ASIDE ** min(self.refusals - 2, _MOST_DOUBLINGS), self._policy.max_backoff_s)

    def _backoff_s(self, chance: random.Random) -> float:
        doublings = min(self._failed - 1, _MOST_DOUBLINGS)
        most = min(self._policy.backoff_s * 2.0**doublings, self._policy.max_backoff_s)
        return chance.uniform(_SHORTEST * most, most)


class RetryingEndpoint(EndpointAround):
    """Asks `inner` until it replies, or until asking again would not help, cost twice or take too long.

    `gate` is shared by all that asks the same model of the same endpoint with the same key. The answer's `attempts`
    counts the requests that were sent; a fault with none was not sent at all, since the gate had stopped.
    """

    def __init__(self, inner: Endpoint, policy: RetryPolicy, gate: Pacing, chance: random.Random) -> None:
        """Ask `inner` by `policy`; `chance` spreads the waits."""
        super().__init__(inner)
        self.gate = gate
        self._policy = policy
        self._chance = chance
        self._was_reached = False

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, and ask again as the policy has it."""
        answer = await self._attempt(request)
        if isinstance(answer, ChatReply) or not answer.attempts:
            return answer
        return await self._persist(request, answer)

    async def _attempt(self, request: ChatRequest, tries: Tries | None = None) -> Answer:
        permit = await self.gate.enter(request, refusals=tries.refusals if tries else 0)
        if isinstance(permit, Fault):
            return permit
        if tries is not None:
            tries.sent(permit.sent_at)
        answer = None
        try:
            answer = await self.inner.complete(request)
        finally:
            self.gate.leave(permit, answer)
        self._was_reached = self._was_reached or not _never_arrived(answer)
        return answer

    async def _persist(self, request: ChatRequest, fault: Fault) -> Answer:
        tries = Tries(self._policy)
        while True:
            tries.note(fault, self.gate.now())
            if (fault.retry_after_s or 0.0) > self._policy.max_retry_after_s:
                return self._gives_up(fault, tries)
            if not tries.may_go_on(fault):
                return final(fault, tries) if self._was_reached else self._not_there(fault, tries)
            await self.gate.pause(tries.wait_s(fault, self._chance))
            answer = await self._attempt(request, tries)
            if isinstance(answer, ChatReply):
                return replace(answer, attempts=tries.count + 1)
            if not answer.attempts:
                return _not_asked_again(fault, tries, reason(answer))
            fault = answer

    def _gives_up(self, fault: Fault, tries: Tries) -> Fault:
        """Take an over-long wait as a refusal for good; it holds for every request that would follow."""
        flag = f"--max-retry-after {self._policy.max_retry_after_s:g}"
        more = f"; it asks to wait {fault.retry_after_s:g} s, longer than {flag} allows"
        return self._stops(final(fault, tries, more))

    def _not_there(self, fault: Fault, tries: Tries) -> Fault:
        """Take an endpoint that no request has ever reached as not there: the others are spared the waits."""
        return self._stops(final(fault, tries, "; nothing has ever answered there: check the base URL and the network"))

    def _stops(self, fault: Fault) -> Fault:
        stopping = replace(fault, stops_endpoint=True)
        self.gate.stop(unsent(stopping))
        return stopping


def _never_arrived(answer: Answer) -> bool:
    """Say whether a request surely did not get to any server."""
    return isinstance(answer, Fault) and answer.kind is FaultKind.CONNECTION and answer.billing is Billing.NO


def _not_asked_again(fault: Fault, tries: Tries, why: str) -> Fault:
    is_same = why.startswith(fault.message)  # another request was the first to find out
    return replace(final(fault, tries), message=why) if is_same else final(fault, tries, f"; not asked again: {why}")


def final(fault: Fault, tries: Tries, more: str = "") -> Fault:
    """Return the fault of the last attempt as that of all."""
    counted = f" (after {tries.count} attempts)" if tries.count > 1 else ""
    return replace(fault, message=f"{fault.message}{counted}{more}", attempts=tries.count, retryable=False)
