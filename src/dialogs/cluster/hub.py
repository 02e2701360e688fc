"""The coordinator of a run on a cluster: its limits in one place, and how far all of its workers are."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from dialogs.clock import SystemClock
from dialogs.coordination import CentralStop, Coordinator, FromWorker, ToWorker
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.pacing import GateSpec
from dialogs.tally import Tally

_TAKEN_OVER: Final = "this attempt was given up for lost, and another one plays its dialogues"


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits of a run: its gates in order, its budget and time, and how many dialogues may fail.

    `spent_usd`, `judge_usd` and `failures` are what a coordinator has counted whose place another one takes.
    """

    gates: Sequence[GateSpec]
    max_requests: int | None = None
    max_cost_usd: float | None = None
    max_failures: int | None = None
    deadline_s: float | None = None
    tick_s: float = 0.005
    spent_usd: float = 0.0
    judge_usd: float = 0.0
    failures: int = 0

    @property
    def is_budget_limited(self) -> bool:
        """Whether the coordinator counts what may be spent, to the last request."""
        return self.max_requests is not None or self.max_cost_usd is not None

    def after(self, elapsed_s: float, standing: "Standing") -> "Terms":
        """Return the terms for a coordinator that takes the place of one that was lost after so many seconds."""
        return replace(
            self,
            deadline_s=None if self.deadline_s is None else max(0.0, self.deadline_s - elapsed_s),
            spent_usd=standing.spent_usd,
            judge_usd=standing.judge_usd,
            failures=standing.failures,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the workers are that play now, why the run is stopped, if so, what it has spent, and what has failed."""

    tally: Tally = field(default_factory=Tally)
    shown: int = 0
    is_stopping: bool = False
    reason: str | None = None
    spent_usd: float = 0.0
    judge_usd: float = 0.0
    failures: int = 0


class Hub:
    """Holds a coordinator in the event loop of its process; each method answers one remote call.

    Messages to a worker wait `tick_s` for others to the same, so that they share a call.
    """

    def __init__(self, terms: Terms) -> None:
        """Hold a run to its terms, from now on."""
        clock = SystemClock()
        self._ends_at = None if terms.deadline_s is None else time.monotonic() + terms.deadline_s
        deadline = None if terms.deadline_s is None else clock.monotonic() + terms.deadline_s
        self._budget = Budget(
            terms.max_requests, terms.max_cost_usd, spent_usd=terms.spent_usd, judge_usd=terms.judge_usd
        )
        self._stop = CentralStop()
        self._coordinator = Coordinator(
            [spec.open(clock, deadline) for spec in terms.gates],
            self._budget,
            self._stop,
            max_failures=terms.max_failures,
        )
        self._coordinator.failures = terms.failures
        self._tick_s = terms.tick_s
        self._woken: dict[str, asyncio.Event] = {}

    async def join(self, worker: str) -> float | None:
        """Make a worker known; return how many seconds are left to the deadline, if there is one."""
        self._woken[worker] = woken = asyncio.Event()
        self._coordinator.join(worker, woken.set)
        return None if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())

    async def tell(self, worker: str, message: FromWorker) -> None:
        """Take a worker's message; one that was given up for lost is heard no more."""
        if self._coordinator.knows(worker):
            self._coordinator.receive(worker, message)

    async def listen(self, worker: str, wait_s: float) -> ToWorker:
        """Return what there is to say to a worker, as soon as there is anything, and after `wait_s` at the latest."""
        woken = self._woken.get(worker)
        if woken is None:
            return ToWorker(is_stopping=True, stop_reason=_TAKEN_OVER, is_cut=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await woken.wait()
                await asyncio.sleep(self._tick_s)
        woken.clear()
        if not self._coordinator.knows(worker):
            return ToWorker(is_stopping=True, stop_reason=_TAKEN_OVER, is_cut=True)
        return self._coordinator.take(worker) or ToWorker()

    async def gone(self, worker: str) -> None:
        """Take back what a worker held that has ended or was lost."""
        self._coordinator.gone(worker)
        self._coordinator.snapshots.pop(worker, None)
        woken = self._woken.pop(worker, None)
        if woken is not None:
            woken.set()

    async def stop(self, reason: str | None) -> None:
        """Let no worker ask anything more."""
        self._stop.request(reason)

    async def cut(self) -> None:
        """Let all workers end at once."""
        self._stop.cut()

    async def standing(self) -> Standing:
        """Say how far the run is, as far as the workers that play now go."""
        tally, shown = Tally(), 0
        for snapshot in self._coordinator.snapshots.values():
            tally.add(snapshot.tally)
            shown += snapshot.shown
        return Standing(
            tally,
            shown,
            is_stopping=self._stop.is_requested(),
            reason=self._stop.reason,
            spent_usd=self._budget.spent_usd,
            judge_usd=self._budget.judge_usd,
            failures=self._coordinator.failures,
        )
