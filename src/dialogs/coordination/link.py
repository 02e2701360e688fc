"""A worker's side of the limits that all processes of a run share."""

import asyncio
import itertools
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from dialogs.chat import Answer, ChatRequest, Fault
from dialogs.clock import Clock
from dialogs.coordination.messages import Ask, FromWorker, Left, Reservation, Settlement, Snapshot, ToWorker
from dialogs.coordination.stopping import WorkerStop
from dialogs.endpoints.limits import Permit, prompt_tokens
from dialogs.endpoints.pacing import GateSpec
from dialogs.endpoints.permits import Pacing, Pauses, ended
from dialogs.sharding import Part

_Value = TypeVar("_Value")
_Key: TypeAlias = tuple[str, str]


class Link:
    """Gathers what a worker has to say, and hands on what it is told. A `Sharing` for the run.

    `send` is called with a message when the event loop has done what it had to do, or once in `tick_s` at most, so that
    many requests share one.
    """

    def __init__(
        self,
        clock: Clock,
        gates: Mapping[_Key, GateSpec],
        send: Callable[[FromWorker], None],
        *,
        part: Part,
        deadline_s: float | None = None,
        is_budget_limited: bool = False,
        tick_s: float = 0.0,
    ) -> None:
        """Speak of `gates` by their order, which is the coordinator's; the run has `deadline_s` left.

        `part` is this worker's, which has a share of the places.
        """
        self._part = part
        self._clock = clock
        self._send = send
        self._tick_s = tick_s
        self._message: FromWorker | None = None
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Fault | None]] = {}
        self._reserved: dict[int, tuple[float, asyncio.Future[str | None]]] = {}
        deadline = math.inf if deadline_s is None else clock.monotonic() + deadline_s
        self._gates = {
            key: SharedGate(self, clock, number, deadline, counts_tokens=spec.tpm is not None)
            for number, (key, spec) in enumerate(gates.items())
        }
        self._by_number = tuple(self._gates.values())
        self.budget = SharedBudget(self, is_limited=is_budget_limited)
        self.stop = WorkerStop(self._pass_on_stop)

    def gate(self, key: _Key) -> Pacing:
        """Return the gate to a model of an endpoint."""
        return self._gates[key]

    def places(self, all_of_them: int) -> int:
        """Return how many of so many places this worker has: one at least."""
        number, count = self._part.number, self._part.count
        return max(1, all_of_them // count + (number <= all_of_them % count))

    def out(self) -> FromWorker:
        """Return what is to be said next, to put something in."""
        if self._message is None:
            self._message = FromWorker()
            loop = asyncio.get_running_loop()
            if self._tick_s:
                loop.call_later(self._tick_s, self.flush)
            else:
                loop.call_soon(self.flush)
        return self._message

    def flush(self) -> None:
        """Say what there is to say."""
        message, self._message = self._message, None
        if message is not None:
            self._send(message)

    def report(self, snapshot: Snapshot) -> None:
        """Say how far this worker is."""
        self.out().snapshot = snapshot

    def failed(self) -> None:
        """Say that a dialogue has failed."""
        self.out().failures += 1

    def _pass_on_stop(self, reason: str | None) -> None:
        message = self.out()
        message.is_stopping, message.stop_reason = True, message.stop_reason or reason

    def receive(self, message: ToWorker) -> None:
        """Do what the coordinator says."""
        for number in message.permits:
            self._permit(number)
        for number, fault in message.refused:
            _resolve(self._asked.pop(number, None), fault)
        for number, refusal in message.reserved:
            self._hand_over(number, refusal)
        for gate, fault in message.stopped:
            self._by_number[gate].obey(fault)
        if message.is_stopping:
            self.stop.obey(message.stop_reason, is_cut=message.is_cut)

    def _permit(self, number: int) -> None:
        if not _resolve(self._asked.pop(number, None), None):  # nobody waits for it any more
            self.leave(number, None)

    def _hand_over(self, number: int, refusal: str | None) -> None:
        cost, future = self._reserved.pop(number)
        if not _resolve(future, refusal) and refusal is None:
            self.settle(Settlement(cost, 0.0, is_judge=False, was_sent=False))

    async def ask(self, gate: int, dialogue: str, tokens: float, refusals: int) -> Permit | Fault:
        """Wait until a request may be sent; the permit's `index` is its number."""
        number = next(self._numbers)
        future: asyncio.Future[Fault | None] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        self.out().asks.append(Ask(number, gate, dialogue, tokens, refusals))
        try:
            fault = await future
        except asyncio.CancelledError:
            if self._asked.pop(number, None) is not None:
                self.out().withdrawn.append(number)
            elif not future.cancelled() and future.result() is None:  # the permit came in the same moment
                self.leave(number, None)
            raise
        return fault or Permit(self._clock.monotonic(), 0, index=number)

    def leave(self, number: int, answer: Answer | None) -> None:
        """Give a permit back."""
        self.out().left.append(Left(number, ended(answer)))

    def stop_gate(self, gate: int, fault: Fault) -> None:
        """Let nothing pass a gate any more."""
        self.out().stopped.append((gate, fault))

    async def reserve(self, cost: float) -> str | None:
        """Wait for the budget; say why, where the request is not to be sent."""
        number = next(self._numbers)
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._reserved[number] = cost, future
        self.out().reservations.append(Reservation(number, cost))
        try:
            return await future
        except asyncio.CancelledError:
            if not future.cancelled() and future.result() is None:
                self.settle(Settlement(cost, 0.0, is_judge=False, was_sent=False))
            raise

    def settle(self, settlement: Settlement) -> None:
        """Say what a request cost."""
        self.out().settlements.append(settlement)


class SharedGate:
    """A gate that stands elsewhere; requests of all workers pass it in one order. Has `Gate`'s interface."""

    def __init__(self, link: Link, clock: Clock, number: int, deadline: float, *, counts_tokens: bool) -> None:
        """Speak of the gate by its number; tokens are guessed only where they count."""
        self._link = link
        self._clock = clock
        self._number = number
        self._deadline = deadline
        self._counts_tokens = counts_tokens
        self._stopped: Fault | None = None
        self._pauses = Pauses()

    def now(self) -> float:
        """Return the time by this process's clock, in seconds."""
        return self._clock.monotonic()

    def stopped(self) -> Fault | None:
        """Return why nothing is let through any more, if so."""
        return self._stopped

    def stop(self, fault: Fault) -> None:
        """Let nothing of any worker through any more."""
        if self._stopped is None:
            self._link.stop_gate(self._number, fault)
            self.obey(fault)

    def obey(self, fault: Fault) -> None:
        """Take note that the gate has stopped."""
        self._stopped = self._stopped or fault
        self._pauses.end()

    async def enter(self, request: ChatRequest, *, refusals: int = 0) -> Permit | Fault:
        """Wait until the request may be sent; a fault: it may not be sent at all."""
        if self._stopped is not None:
            return self._stopped
        tokens = prompt_tokens(request) if self._counts_tokens else 0.0
        return await self._link.ask(self._number, request.place.dialogue, tokens, refusals)

    def leave(self, permit: Permit, answer: Answer | None) -> None:
        """Give a permit back, with the answer that the request got: None where it got none."""
        self._link.leave(permit.index, answer)

    async def pause(self, seconds: float) -> None:
        """Wait outside of the gate; until the deadline, or until it stops, at most."""
        if self._stopped is None:
            await self._pauses.wait(max(0.0, min(seconds, self._deadline - self._clock.monotonic())))


class SharedBudget:
    """A budget that stands elsewhere, and is held for all workers together."""

    def __init__(self, link: Link, *, is_limited: bool) -> None:
        """Ask before a request only where there is a limit; what was spent is always told."""
        self._link = link
        self._is_limited = is_limited

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to hold."""
        return self._is_limited

    async def reserve(self, cost: float) -> str | None:
        """Count a request that may cost so many dollars; say why, where it is not to be sent."""
        return await self._link.reserve(cost) if self._is_limited else None

    def settle(self, reserved: float, spent: float, *, is_judge: bool) -> None:
        """Replace what was reserved for a request by what it cost."""
        self._link.settle(Settlement(reserved if self._is_limited else 0.0, spent, is_judge))


def _resolve(future: "asyncio.Future[_Value] | None", value: _Value) -> bool:
    """Give a result to whoever waits for it; say whether anyone does."""
    if future is None or future.done():
        return False
    future.set_result(value)
    return True
