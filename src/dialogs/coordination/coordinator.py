"""The one place where the limits of a run are held that several processes play."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from dialogs.chat import Fault
from dialogs.coordination.messages import Ask, FromWorker, Reservation, Settlement, Snapshot, ToWorker
from dialogs.coordination.stopping import CentralStop
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.limits import Permit
from dialogs.endpoints.pacing import Gate
from dialogs.endpoints.permits import Ended

_Future: TypeAlias = "asyncio.Future[Permit | Fault]"


@dataclass(slots=True)
class _Worker:
    """A worker as the coordinator knows it: what it waits for, what it holds, and what is to be said to it."""

    wake: Callable[[], None]
    waiting: dict[int, tuple[int, _Future]] = field(default_factory=dict)
    held: dict[int, tuple[int, Permit]] = field(default_factory=dict)
    reserved_usd: float = 0.0
    outbox: ToWorker | None = None

    def out(self) -> ToWorker:
        """Return what is to be said next, to put something in."""
        if self.outbox is None:
            self.outbox = ToWorker()
            self.wake()
        return self.outbox


class Coordinator:
    """Holds the gates, the budget and the stop of a run; workers ask for permits, and give them back.

    It lives in one event loop and knows no transport. `receive` takes a worker's message; what is to be said to it is
    had by `take`, when the `wake` that it joined with was called. `exchange` is both, for transports that only ask.
    """

    def __init__(
        self, gates: Sequence[Gate], budget: Budget, stop: CentralStop, *, max_failures: int | None = None
    ) -> None:
        """Hold `gates`, which the messages name by their index; stop the run at `max_failures` failed dialogues."""
        self._gates = gates
        self._stopped: set[int] = set()
        self._max_failures = max_failures
        self._workers: dict[str, _Worker] = {}
        self.budget = budget
        self.stop = stop
        self.stop.tell = self._pass_on_stop
        self.failures = 0
        self.snapshots: dict[str, Snapshot] = {}

    def join(self, worker: str, wake: Callable[[], None]) -> None:
        """Take in a worker; a former one of its name is gone.

        `wake` is called when there will be something to `take` for it, once the event loop goes on.
        """
        self.gone(worker)
        self._workers[worker] = joined = _Worker(wake)
        if self.stop.is_requested():
            self._say_stop(joined)
        for number in self._stopped:
            self._say_stopped(joined, number)

    def knows(self, worker: str) -> bool:
        """Say whether a worker has joined, and is not gone."""
        return worker in self._workers

    def gone(self, worker: str) -> None:
        """Take back what a worker held that has ended, or was lost. What it has sent last may have been billed."""
        left = self._workers.pop(worker, None)
        if left is None:
            return
        for number, future in left.waiting.values():
            self._gates[number].withdraw(future)
        left.waiting.clear()
        for number, permit in left.held.values():
            self._gates[number].settle(permit, None)
        self.budget.settle(left.reserved_usd, left.reserved_usd, is_judge=False)

    def take(self, worker: str) -> ToWorker | None:
        """Return what is to be said to a worker, if anything is."""
        known = self._workers[worker]
        message, known.outbox = known.outbox, None
        return message

    def receive(self, worker: str, message: FromWorker) -> None:
        """Do what a worker's message asks for."""
        known = self._workers[worker]
        for number, how in message.left:
            self._leave(known, number, how)
        for settlement in message.settlements:
            self._settle(known, settlement)
        for reservation in message.reservations:
            self._reserve(known, reservation)
        for number in message.withdrawn:
            self._withdraw(known, number)
        for gate, fault in message.stopped:
            self._gates[gate].stop(fault)
        for ask in message.asks:
            self._ask(known, ask)
        self._pass_on_stopped_gates()
        if message.snapshot is not None:
            self.snapshots[worker] = message.snapshot
        if message.failures:
            self._count_failures(message.failures)
        if message.is_stopping:
            self.stop.request(message.stop_reason)

    async def exchange(self, worker: str, message: FromWorker, *, wait_s: float) -> ToWorker:
        """Receive a message, and answer with what is to be said: within `wait_s`, also where that is nothing."""
        woken = asyncio.Event()
        known = self._workers[worker]
        known.wake = woken.set
        self.receive(worker, message)
        if known.outbox is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await woken.wait()
        return self.take(worker) or ToWorker()

    def _ask(self, worker: _Worker, ask: Ask) -> None:
        found = self._gates[ask.gate].ask(ask.dialogue, ask.prompt_tokens, ask.refusals)
        if isinstance(found, asyncio.Future):
            worker.waiting[ask.number] = ask.gate, found
            found.add_done_callback(partial(self._come, worker, ask.number, ask.gate))
        else:
            self._answer(worker, ask.number, ask.gate, found)

    def _come(self, worker: _Worker, number: int, gate: int, future: _Future) -> None:
        """Pass on what came of a wait."""
        if worker.waiting.pop(number, None) is not None and not future.cancelled():
            self._answer(worker, number, gate, future.result())

    def _answer(self, worker: _Worker, number: int, gate: int, found: Permit | Fault) -> None:
        if isinstance(found, Permit):
            worker.held[number] = gate, found
            worker.out().permits.append(number)
        else:
            worker.out().refused.append((number, found))

    def _leave(self, worker: _Worker, number: int, how: Ended) -> None:
        gate, permit = worker.held.pop(number)
        self._gates[gate].settle(permit, how)

    def _withdraw(self, worker: _Worker, number: int) -> None:
        """Give up a wait; where it has come to its end already, the worker hears of it, and gives the permit back."""
        waiting = worker.waiting.pop(number, None)
        if waiting is not None:
            gate, future = waiting
            self._gates[gate].withdraw(future)

    def _reserve(self, worker: _Worker, reservation: Reservation) -> None:
        refusal = self.budget.take(reservation.cost)
        if refusal is None:
            worker.reserved_usd += reservation.cost
        worker.out().reserved.append((reservation.number, refusal))

    def _settle(self, worker: _Worker, settlement: Settlement) -> None:
        worker.reserved_usd -= settlement.reserved
        self.budget.settle(settlement.reserved, settlement.spent, is_judge=settlement.is_judge)
        if not settlement.was_sent:
            self.budget.sent -= 1

    def _count_failures(self, more: int) -> None:
        before, self.failures = self.failures, self.failures + more
        most = self._max_failures
        if most is not None and before < most <= self.failures:
            self.stop.request(f"{self.failures} dialogues failed, as many as --max-failures allows")

    def _pass_on_stopped_gates(self) -> None:
        for number, gate in enumerate(self._gates):
            if number not in self._stopped and gate.stopped() is not None:
                self._stopped.add(number)
                for worker in self._workers.values():
                    self._say_stopped(worker, number)

    def _say_stopped(self, worker: _Worker, number: int) -> None:
        fault = self._gates[number].stopped()
        if fault is not None:
            worker.out().stopped.append((number, fault))

    def _pass_on_stop(self) -> None:
        for worker in self._workers.values():
            self._say_stop(worker)

    def _say_stop(self, worker: _Worker) -> None:
        message = worker.out()
        message.is_stopping, message.stop_reason, message.is_cut = True, self.stop.reason, self.stop.is_cut
