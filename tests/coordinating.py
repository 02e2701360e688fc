"""A coordinator and its workers in one virtual loop; what they say takes its time, and is copied on its way."""

import asyncio
import copy

from clocks import VirtualClock
from dialogs.coordination import CentralStop, Coordinator, FromWorker, Link
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.pacing import GateSpec
from dialogs.sharding import Part, parts

KEY = ("limited", "limited")
TRAVEL_S = 0.0003


class Office:
    """A coordinator of one gate, and links to it."""

    def __init__(
        self,
        clock: VirtualClock,
        spec: GateSpec,
        *,
        workers: int,
        budget: Budget | None = None,
        max_failures: int | None = None,
        deadline_s: float | None = None,
    ) -> None:
        self.clock = clock
        self.spec = spec
        self.gate = spec.open(clock, deadline_s)
        self.deadline_s = deadline_s
        self.budget = budget or Budget()
        self.stop = CentralStop()
        self.coordinator = Coordinator((self.gate,), self.budget, self.stop, max_failures=max_failures)
        self.names = [str(part) for part in parts(workers)]
        self.links = [self._link(part) for part in parts(workers)]

    def _link(self, part: Part) -> Link:
        name = str(part)
        loop = asyncio.get_running_loop()

        def send(message: FromWorker) -> None:
            loop.call_later(TRAVEL_S, self._arrive, name, copy.deepcopy(message))

        def deliver() -> None:
            message = self.coordinator.take(name)
            if message is not None:
                loop.call_later(TRAVEL_S, link.receive, copy.deepcopy(message))

        link = Link(
            self.clock,
            {KEY: self.spec},
            send,
            part=part,
            deadline_s=self.deadline_s,
            is_budget_limited=self.budget.is_limited,
        )

        def wake() -> None:
            loop.call_soon(deliver)

        self.coordinator.join(name, wake)
        return link

    def _arrive(self, name: str, message: FromWorker) -> None:
        if self.coordinator.knows(name):
            self.coordinator.receive(name, message)
