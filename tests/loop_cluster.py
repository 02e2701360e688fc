"""A cluster within the test's own event loop: parts are played as tasks, and lost at a word."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialogs import __version__
from dialogs.cluster.assignments import Assignment
from dialogs.cluster.driving import Course, Driver, WorkerLostError
from dialogs.cluster.hub import Hub, Standing, Terms
from dialogs.cluster.linking import CoordinatorLostError, Sharing
from dialogs.cluster.objects import open_folder
from dialogs.cluster.part_playing import PartReport, play_part
from dialogs.cluster.run_folders import Division, RunFolder, divide
from dialogs.configuration import Configuration
from dialogs.coordination import CentralStop, FromWorker, ToWorker
from dialogs.endpoints.pacing import GateSpec
from dialogs.expansion import Expansion, ModelDefaults
from dialogs.journal.opening import Beginning
from dialogs.scenario import Case, Scenario

NO_DEFAULTS = ModelDefaults({}, {})


def no_defaults(_model: str) -> ModelDefaults:
    return NO_DEFAULTS


def expansion_of(scenario: Scenario, dialogues: int) -> Expansion:
    """Make a run of one scenario with so many cases."""
    cases = tuple(Case(f"c{number}", {}) for number in range(dialogues))
    return Expansion((replace(scenario, cases=cases),), no_defaults, models=("m",))


class LoopCluster:
    """Plays parts in the loop, `slots` of them at a time."""

    def __init__(self, assignment: Assignment, terms: Terms, slots: int = 2) -> None:
        self.assignment = assignment
        self.terms = terms
        self.hub = Hub(terms)
        self.hubs: dict[str, Hub] = {}
        self.attempts: list[str] = []
        self.playing: dict[str, asyncio.Task[PartReport]] = {}
        self.is_headless = False
        self.cut_off: set[str] = set()
        self._places = asyncio.Semaphore(slots)
        self._slots = slots
        self._calls: set[asyncio.Task[None]] = set()

    def slots(self) -> int:
        return self._slots

    async def play(self, part: int, attempt: str) -> PartReport:
        async with self._places:
            self.attempts.append(attempt)
            self.hubs[attempt] = self.hub
            task = asyncio.create_task(play_part(self.assignment, part, attempt, self))
            self.playing[attempt] = task
            try:
                return await task
            except asyncio.CancelledError:
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    task.cancel()
                    raise
                raise WorkerLostError("its process was killed") from None
            finally:
                del self.playing[attempt]

    def lose_one(self) -> None:
        """End a worker as a kill would, as far as a task can be killed."""
        next(iter(self.playing.values())).cancel()

    async def standing(self) -> Standing:
        if self.is_headless:
            raise CoordinatorLostError("the coordinator was lost")
        return await self.hub.standing()

    def gone(self, worker: str) -> None:
        self._call(self.hub.gone(worker))

    def tell_stop(self, reason: str | None, *, is_cut: bool) -> None:
        self._call(self.hub.cut() if is_cut else self.hub.stop(reason))

    def renew(self, standing: Standing) -> bool:
        if self.terms.is_budget_limited:
            return False
        self.hub = Hub(self.terms.after(0.0, standing))
        self.is_headless = False
        return True

    async def join(self, worker: str) -> float | None:
        self._check(worker)
        return await self.hub.join(worker)

    def tell(self, worker: str, message: FromWorker) -> None:
        self._call(self.hubs[worker].tell(worker, message))

    async def listen(self, worker: str, wait_s: float) -> ToWorker:
        message = await self.hubs[worker].listen(worker, min(wait_s, 0.2))
        self._check(worker)
        return message

    def _check(self, worker: str) -> None:
        if self.is_headless or self.hubs[worker] is not self.hub or worker in self.cut_off:
            raise CoordinatorLostError("the coordinator was lost")

    def _call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)


class ClusterRun:
    """A run of parts of `size` dialogues in a folder, which can be started again."""

    def __init__(
        self, place: Path | str, expansion: Expansion, base_url: str, size: int = 4, max_requests: int | None = None
    ) -> None:
        self.folder = open_folder(str(place))
        self.expansion = expansion
        self.base_url = base_url
        self.size = size
        self.max_requests = max_requests
        self.notices: list[str] = []
        self.stop = CentralStop()
        self.course = Course()
        self.starts = 0

    def start(self, beginning: Beginning = Beginning.NEW, **changed: object) -> tuple[Division, LoopCluster]:
        """Begin, and return the division with a cluster that plays it; call within a loop."""
        self.starts += 1
        self.stop, self.course = CentralStop(), Course()
        self.parts = RunFolder(self.folder, f"run{self.starts}", ".jsonl")
        division = self.parts.begin(beginning, self.size, lambda size: divide(self.expansion, size))
        spec = GateSpec(concurrency=8)
        address = self.base_url
        assignment = Assignment(
            version=__version__,
            run=f"run{self.starts}",
            folder=self.folder.url,
            token=self.parts.token,
            settings="settings",
            expansion=self.expansion,
            configuration=Configuration(),
            bounds=division.bounds,
            concurrency=4,
            sharing=Sharing({(address, "m"): spec}),
            working_folder=str(Path.cwd()),
            environ={"OPENAI_BASE_URL": self.base_url},
        )
        return division, LoopCluster(replace(assignment, **changed), Terms((spec,), self.max_requests))  # type: ignore[arg-type]

    async def drive(self, division: Division, cluster: LoopCluster) -> None:
        """Play the parts that are not whole."""
        whole = set()
        for part, manifest in self.parts.manifests(division):
            self.course.digests[part] = manifest.sha256
            if manifest.is_whole:
                whole.add(part)
        driver = Driver(
            cluster,
            f"run{self.starts}",
            course=self.course,
            stop=self.stop,
            notice=self.notices.append,
            show=lambda _course: None,
        )
        try:
            await driver.drive(part for part in range(1, division.count + 1) if part not in whole)
        finally:
            os.environ.pop("OPENAI_BASE_URL", None)

    def merged(self, division: Division) -> bytes:
        """Return the transcripts of all parts that are there."""
        lines: list[bytes] = []
        self.parts.merge(division, self.course.digests, lines.append)
        return b"".join(lines)
