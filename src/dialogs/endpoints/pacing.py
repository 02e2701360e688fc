"""One gate for all requests to one model of an endpoint: how many at the same time, how fast, and whose turn it is."""

import asyncio
import heapq
import itertools
import math
from dataclasses import dataclass, replace
from typing import Final

from dialogs.chat import Answer, ChatRequest, Fault, FaultKind
from dialogs.clock import Clock
from dialogs.endpoints.learned_concurrency import LearnedConcurrency
from dialogs.endpoints.learned_rate import LearnedRate
from dialogs.endpoints.limits import Permit, Ramp, Spacing, TokenSpacing, prompt_tokens
from dialogs.endpoints.permits import Ended, Pauses, Replied, ended

_OVERLOADED: Final = frozenset((503, 529))
_AT_ONCE_S: Final = 1e-6  # timers may fire that much early
_PATIENCE: Final = 3
_BEHIND: Final = 1 << 60
_DIALOGUES_REMEMBERED: Final = 4096
_UNSENT: Final = "not sent: "
_OUT_OF_TIME: Final = Fault(FaultKind.STOPPED, f"{_UNSENT}the run's --deadline leaves no time", attempts=0)


@dataclass(frozen=True, slots=True)
class GateSpec:
    """What the user sets for one gate: requests at the same time, requests and tokens a minute."""

    concurrency: int
    rpm: float | None = None
    tpm: float | None = None

    def open(self, clock: Clock, deadline: float | None = None) -> "Gate":
        """Make the gate; `deadline` is the moment of `clock.monotonic()` from which nothing is sent any more."""
        return Gate(clock, concurrency=self.concurrency, rpm=self.rpm, tpm=self.tpm, deadline=deadline)


class Gate:
    """Lets requests through to an endpoint, and learns from its answers how fast that may be.

    Every dialogue of the endpoint passes through the same gate, so a refusal slows all of them once. Those that wait go
    in the order in which their dialogues first came, so a later turn of an earlier dialogue goes before the first turn
    of a later one. Where nothing limits, a request passes without waiting.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        concurrency: int,
        rpm: float | None = None,
        tpm: float | None = None,
        deadline: float | None = None,
    ) -> None:
        """Let through `concurrency` requests at a time, `rpm` requests and `tpm` tokens a minute at most.

        `deadline` is the moment of `clock.monotonic()` from which nothing is sent any more.
        """
        self._clock = clock
        self._concurrency = concurrency
        self._deadline = math.inf if deadline is None else deadline
        self._tokens = None if tpm is None else TokenSpacing(tpm)
        self._spacings = tuple(spacing for spacing in (rpm and Spacing(rpm), self._tokens) if spacing)
        self._ramp = Ramp(concurrency)
        self._rate = LearnedRate()
        self._crowd = LearnedConcurrency()
        self._in_flight = 0
        self._ranks: dict[str, int] = {}
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, float, asyncio.Future[Permit | Fault]]] = []
        self._pauses = Pauses()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._stopped: Fault | None = None

    def now(self) -> float:
        """Return the time by the gate's clock, in seconds."""
        return self._clock.monotonic()

    def stopped(self) -> Fault | None:
        """Return why nothing is let through any more, if so."""
        return self._stopped_by(self._clock.monotonic())

    def _stopped_by(self, now: float) -> Fault | None:
        if self._stopped is None and now >= self._deadline:
            self.stop(_OUT_OF_TIME)
        return self._stopped

    def stop(self, fault: Fault) -> None:
        """Let nothing through any more; all that wait get `fault`."""
        if self._stopped is None:
            self._stopped = fault
        if self._timer is not None:
            self._timer.cancel()
        for _rank, _order, _tokens, future in self._waiting:
            if not future.done():
                future.set_result(self._stopped)
        self._waiting.clear()
        self._pauses.end()

    async def enter(self, request: ChatRequest, *, refusals: int = 0) -> Permit | Fault:
        """Wait until the request may be sent; give the permit back with `leave`. A fault: it may not be sent at all.

        After a few `refusals` of this request it stands behind the others, which then find out when there is room.
        """
        permit = self.ask(request.place.dialogue, prompt_tokens(request) if self._tokens else 0.0, refusals)
        if not isinstance(permit, asyncio.Future):
            return permit
        try:
            return await permit
        except asyncio.CancelledError:
            self.withdraw(permit)
            raise

    def ask(self, dialogue: str, prompt: float, refusals: int = 0) -> "Permit | Fault | asyncio.Future[Permit | Fault]":
        """Enter without waiting: where that cannot be at once, a future is returned, for the permit or fault.

        `prompt` is the guess of the prompt's tokens, which counts where tokens are limited.
        """
        now = self._clock.monotonic()
        if (stopped := self._stopped_by(now)) is not None:
            return stopped
        tokens = self._tokens.estimate(prompt) if self._tokens else 0.0
        rank = self._rank(dialogue) + (_BEHIND if refusals >= _PATIENCE else 0)
        if not self._waiting and self._opens_at(now) <= now + _AT_ONCE_S:
            return self._admit(now, tokens)
        future: asyncio.Future[Permit | Fault] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._order), tokens, future))
        self._dispatch()
        return future

    def withdraw(self, future: "asyncio.Future[Permit | Fault]") -> None:
        """Give up a wait that `ask` returned; a permit that it has got meanwhile is given back."""
        if not future.cancel() and not future.cancelled() and isinstance(permit := future.result(), Permit):
            self.leave(permit, None)

    def leave(self, permit: Permit, answer: Answer | None) -> None:
        """Give a permit back, with the answer that the request got: None where it got none.

        An answer that no other request would survive either stops the gate.
        """
        self.settle(permit, ended(answer))

    def settle(self, permit: Permit, how: Ended) -> None:
        """Give a permit back, with what a gate needs to know of the answer."""
        self._in_flight -= 1
        if isinstance(how, Replied):
            if self._crowd.is_suspected:
                self._crowd.admitted(permit)
                self._crowd.ended(permit, self._clock.monotonic(), self._rate.refusal_s)
            if not self._rate.is_unknown:
                self._rate.admitted(permit)
            if self._tokens and how.total_tokens is not None:
                self._tokens.settle(permit, how.total_tokens)
        elif how is not None and how.stops_endpoint:
            self.stop(unsent(how))
        elif how is not None:
            self._heed(permit, how)
        if self._waiting:
            self._dispatch()

    async def pause(self, seconds: float) -> None:
        """Wait outside of the gate; until the deadline, or until it stops, at most."""
        if self.stopped() is None:
            await self._pauses.wait(self._until(self._clock.monotonic() + seconds))

    def _until(self, moment: float) -> float:
        return max(0.0, min(moment, self._deadline) - self._clock.monotonic())

    def _rank(self, dialogue: str) -> int:
        """Return a dialogue's place in the order of coming; those that came to an end long ago are forgotten."""
        rank = self._ranks.pop(dialogue, None)
        if rank is None:
            rank = next(self._order)
            if len(self._ranks) >= max(_DIALOGUES_REMEMBERED, 4 * self._concurrency):
                del self._ranks[next(iter(self._ranks))]
        self._ranks[dialogue] = rank
        return rank

    def _opens_at(self, now: float) -> float:
        """Return when the next request may be sent: infinity where one must come back first."""
        if self._in_flight >= self._concurrency:
            return math.inf
        opens_at = max(self._rate.next_at, self._crowd.opens_at(self._in_flight))
        if self._rate.is_unknown and self._in_flight >= self._ramp.width(now):
            opens_at = max(opens_at, self._ramp.widens_at(self._in_flight))
        for spacing in self._spacings:
            opens_at = max(opens_at, spacing.next_at)
        return opens_at

    def _admit(self, now: float, tokens: float) -> Permit:
        permit = Permit(now, self._in_flight, tokens)
        self._rate.admit(permit, now)
        self._crowd.sent(permit)
        for spacing in self._spacings:
            spacing.take(now, tokens if spacing is self._tokens else 1.0)
        self._in_flight += 1
        return permit

    def _heed(self, permit: Permit, fault: Fault) -> None:
        """Learn from a refusal. Other faults say nothing about limits."""
        if not fault.retryable:
            return
        now = self._clock.monotonic()
        if fault.kind is FaultKind.RATE_LIMITED:
            if self._crowd.explains(permit):
                self._rate.hold(now, fault.retry_after_s)
            else:
                self._rate.refuse(permit, now, fault.retry_after_s)
            if self._tokens:
                self._tokens.correct(-permit.tokens)
            if self._rate.next_at >= self._deadline:
                self.stop(_OUT_OF_TIME)
        elif fault.status not in _OVERLOADED:
            return
        self._crowd.refused(permit, now)

    def _dispatch(self) -> None:
        """Let through whoever may go now, and see that someone looks again when the next may."""
        now = self._clock.monotonic()
        while self._waiting:
            _rank, _order, tokens, future = self._waiting[0]
            if future.done():  # given up meanwhile
                heapq.heappop(self._waiting)
                continue
            opens_at = self._opens_at(now)
            if opens_at > now + _AT_ONCE_S:
                self._look_again(opens_at)
                return
            heapq.heappop(self._waiting)
            future.set_result(self._admit(now, tokens))

    def _look_again(self, at: float) -> None:
        at = min(at, self._deadline)
        if at == math.inf or (self._timer is not None and self._timer_at <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(self._until(at), self._awake)

    def _awake(self) -> None:
        self._timer = None
        if self.stopped() is None:
            self._dispatch()


def unsent(fault: Fault) -> Fault:
    """Say to those that were not sent why: what happened to the one that was."""
    return replace(fault, message=f"{_UNSENT}{fault.message}", attempts=0)


def reason(fault: Fault) -> str:
    """Return why a request was not sent, for one that was sent before."""
    return fault.message.removeprefix(_UNSENT)
