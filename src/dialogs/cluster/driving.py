"""Gives the parts of a run to a cluster, few at a time, again where a worker was lost, and follows how far they are."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from dialogs.cluster.hub import Standing
from dialogs.cluster.linking import CoordinatorLostError
from dialogs.cluster.part_playing import PartReport
from dialogs.coordination import CentralStop
from dialogs.errors import IncompleteError
from dialogs.journal.ledger import Ledger
from dialogs.tally import Tally

_FOLLOW_S: Final = 0.5
_MOST_LOSSES: Final = 8
_WAITING: Final = 2  # parts that lie ready for each place where one can be played
_LAST_S: Final = 15.0
_MOST_RENEWALS: Final = 3
_CUT_OFF: Final = "it could not reach the coordinator of the run any more"


class WorkerLostError(Exception):
    """The process that played a part is gone, or its node is; its text says how."""


class Cluster(Protocol):
    """What plays parts somewhere, and holds the coordinator."""

    def slots(self) -> int:
        """Return how many parts can be played at the same time, as things stand."""

    def play(self, part: int, attempt: str) -> Awaitable[PartReport]:
        """Play a part somewhere; it waits there for its place.

        Raises:
            WorkerLostError: its process or node was lost.
        """

    async def standing(self) -> Standing:
        """Ask how far the workers are.

        Raises:
            CoordinatorLostError: there is nobody to ask any more.
        """

    def renew(self, standing: Standing) -> bool:
        """Put another coordinator in the place of one that was lost, which last had this `standing`.

        False: none can know all that it would have to. Who plays with the lost one ends, and is to be started again.
        """

    def gone(self, worker: str) -> None:
        """Let the coordinator know that a worker is gone."""

    def tell_stop(self, reason: str | None, *, is_cut: bool) -> None:
        """Let no worker ask anything more; with `is_cut`, let all end at once."""


@dataclass(slots=True)
class Course:
    """What came of a run so far: what all parts counted that are played, and the losses on the way.

    `digests` are the sha256 of the files of all parts that have one; `problem` is the first error that stopped the run,
    after its exit code, and `reason` says why it was stopped without one. With `is_unaccounted` more replies were kept
    than `ledger` counts: nobody has told of them.
    """

    tally: Tally = field(default_factory=Tally)
    shown: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    standing: Standing = field(default_factory=Standing)
    digests: dict[int, str] = field(default_factory=dict)
    problem: tuple[int, str] | None = None
    reason: str | None = None
    losses: int = 0
    is_unaccounted: bool = False

    def so_far(self) -> Tally:
        """Return what was counted in all, also by those who play now."""
        tally = Tally(self.tally.arm, has_resamples=self.tally.has_resamples)
        tally.add(self.tally)
        tally.add(self.standing.tally)
        return tally


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at a part; `renewals` is how often the run's coordinator had been replaced when it began."""

    part: int
    number: int
    name: str
    renewals: int = 0


class Driver:
    """Drives one run; holds nothing of what is said in it, and only a few parts at a time."""

    def __init__(
        self,
        cluster: Cluster,
        run: str,
        *,
        course: Course,
        stop: CentralStop,
        notice: Callable[[str], None],
        show: Callable[[Course], None],
    ) -> None:
        """Play for the start of a run called `run`; `show` is called when there is something new to see."""
        self._cluster = cluster
        self._run = run
        self._course = course
        self._stop = stop
        self._notice = notice
        self._show = show
        self._running: dict[asyncio.Task[PartReport], _Attempt] = {}
        self._again: list[_Attempt] = []
        self._looking = asyncio.Lock()
        self._renewals = 0
        self._giving_up: asyncio.TimerHandle | None = None

    async def drive(self, parts: Iterable[int]) -> None:
        """Play all parts, and return when the last has come to its end, or when nothing more will come."""
        self._stop.tell = self._pass_on_stop
        following = asyncio.create_task(self._follow())
        try:
            await self._work(iter(parts))
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
        if self._giving_up is not None:
            self._giving_up.cancel()
        with contextlib.suppress(CoordinatorLostError):
            await self._ask()  # what the last workers spent, and why they stopped

    def _pass_on_stop(self) -> None:
        self._cluster.tell_stop(self._stop.reason, is_cut=self._stop.is_cut)

    async def _work(self, parts: Iterator[int]) -> None:
        while True:
            self._give_out(parts)
            if not self._running:
                return
            patience = _LAST_S if self._stop.is_cut else None
            done, _ = await asyncio.wait(
                self._running, return_when=asyncio.FIRST_COMPLETED, timeout=patience or _FOLLOW_S
            )
            cut_off = [attempt for task in done if not self._take(task, attempt := self._running.pop(task))]
            if cut_off:
                if not self._stop.is_cut:
                    await self._look()  # is there a coordinator, before their parts are given out again?
                for attempt in cut_off:
                    self._lose_cut_off(attempt)
            if patience and not done:
                self._abandon()
                return

    def _give_out(self, parts: Iterator[int]) -> None:
        most = _WAITING * max(1, self._cluster.slots())
        while not self._stop.is_requested() and len(self._running) < most:
            attempt = self._again.pop() if self._again else self._first_of(next(parts, None))
            if attempt is None:
                return
            attempt = replace(attempt, renewals=self._renewals)
            task = asyncio.ensure_future(self._cluster.play(attempt.part, attempt.name))
            self._running[task] = attempt

    def _first_of(self, part: int | None) -> _Attempt | None:
        return None if part is None else self._attempt(part, 1)

    def _attempt(self, part: int, number: int) -> _Attempt:
        return _Attempt(part, number, f"{self._run}-{part}-{number}")

    def _take(self, task: "asyncio.Task[PartReport]", attempt: _Attempt) -> bool:
        """Take what came of an attempt; False: it was cut off from its coordinator before anything did."""
        self._cluster.gone(attempt.name)
        try:
            report = task.result()
        except WorkerLostError as error:
            self._lose(attempt, str(error))
            return True
        course = self._course
        course.is_unaccounted |= report.is_unaccounted
        if report.is_cut_off:
            return False
        course.tally.add(report.tally)
        course.shown += report.shown
        course.ledger += report.ledger
        if report.manifest is not None:
            course.digests[report.part] = report.manifest.sha256
        if report.problem is not None:
            self._end(*report.problem)
        self._show(course)
        return True

    def _lose_cut_off(self, attempt: _Attempt) -> None:
        if attempt.renewals == self._renewals:
            self._lose(attempt, _CUT_OFF)
        else:  # that another coordinator took its place has been told
            self._again.append(self._attempt(attempt.part, attempt.number + 1))

    def _lose(self, attempt: _Attempt, how: str) -> None:
        self._course.losses += 1
        self._course.is_unaccounted = True
        if attempt.number >= _MOST_LOSSES:
            self._end(
                IncompleteError.exit_code,
                f"part {attempt.part} has lost {attempt.number} workers, the last one so: {how}",
            )
        elif not self._stop.is_requested():
            self._notice(f"a worker was lost ({how}); what it played goes on elsewhere")
            self._again.append(self._attempt(attempt.part, attempt.number + 1))

    def _end(self, exit_code: int, message: str) -> None:
        """Stop the run for an error, the first of which is told."""
        self._course.problem = self._course.problem or (exit_code, message)
        self._stop.request()

    def _abandon(self) -> None:
        """Wait no longer for what does not come."""
        self._course.is_unaccounted = True
        for task in self._running:
            task.cancel()
        self._running.clear()

    async def _look(self) -> None:
        """Ask the coordinator how far the run is; where it is lost, put another one in its place, or end the run."""
        async with self._looking:
            try:
                await self._ask()
            except CoordinatorLostError as error:
                if self._course.problem is None:
                    self._renew(error)
                else:
                    self._give_up_soon()

    def _renew(self, error: CoordinatorLostError) -> None:
        self._renewals += 1
        is_going_on = self._renewals <= _MOST_RENEWALS and not self._stop.is_requested()
        if is_going_on and self._cluster.renew(self._course.standing):
            self._notice("the coordinator of the run was lost; another one has taken its place")
            return
        self._end(IncompleteError.exit_code, str(error))
        self._give_up_soon()

    def _give_up_soon(self) -> None:
        """Leave those who play the time for what is on its way, and no more: nobody can tell them to end."""
        if self._giving_up is None:
            self._giving_up = asyncio.get_running_loop().call_later(_LAST_S, self._stop.cut)

    async def _ask(self) -> None:
        self._course.standing = standing = await self._cluster.standing()
        if standing.is_stopping and not self._stop.is_requested():
            self._stop.request(standing.reason)
        self._show(self._course)

    async def _follow(self) -> None:
        """Look from time to time how far the workers are, and whether one of them has stopped the run."""
        while True:
            await self._look()
            await asyncio.sleep(_FOLLOW_S)
