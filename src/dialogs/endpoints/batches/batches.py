"""Asks in batches: gathers what all dialogues ask, hands it over, waits for hours, and takes the replies in."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dialogs.chat import Fault, FaultKind
from dialogs.endpoints.batches.collecting import Collector
from dialogs.endpoints.batches.control import Control, DetachedError
from dialogs.endpoints.batches.endpoint import BatchedEndpoint
from dialogs.endpoints.batches.lanes import Lane, PartLimits
from dialogs.endpoints.batches.quiet import Quiet
from dialogs.endpoints.batches.remote import Provider
from dialogs.endpoints.batches.submitting import Submitter
from dialogs.endpoints.batches.watching import BatchRun, Watch
from dialogs.errors import JournalFailedError
from dialogs.journal.batches import BatchStep

if TYPE_CHECKING:
    from dialogs.endpoints.openai import OpenAIEndpoint

_STOPPED: Final = Fault(FaultKind.STOPPED, "the run was stopped before the request was handed over", attempts=0)


class Batches:
    """The batches of one run. `names` are those of the endpoints that ask in batches.

    `waits` says whether the run waits for its batches to end; else it leaves as soon as all that can be handed over is.
    `notice` is told, for people, how they stand. Files on their way stand in `folder`.
    """

    def __init__(self, folder: Path, *, waits: bool = True, limits: PartLimits | None = None) -> None:
        """Begin without any."""
        self.names: set[str] = set()
        self.quiet = Quiet()
        self.notice: Callable[[str], None] = lambda _text: None
        self._folder = folder
        self._waits = waits
        self._limits = limits or PartLimits()
        self._lanes: dict[tuple[int, str], Lane] = {}
        self._closing: str | None = None
        self._run: BatchRun | None = None

    def batched(
        self, name: str, endpoint: "OpenAIEndpoint", provider: Callable[[], Provider], *, url: str
    ) -> BatchedEndpoint:
        """Return an endpoint that asks in batches what `endpoint` would ask by itself; `url` stands in their lines."""
        self.names.add(name)
        site = id(endpoint.client), endpoint.model
        if site not in self._lanes:
            self._lanes[site] = Lane(endpoint, provider(), url=url, quiet=self.quiet, limits=self._limits)
        return BatchedEndpoint(endpoint, self._lanes[site])

    def hand_over_the_rest(self, reason: str) -> None:
        """Stop the run for its budget: what that has let through is still handed over, and waited for."""
        self._closing = reason
        if self._run is not None:
            self._run.stop.request(reason)

    @contextlib.asynccontextmanager
    async def serving(self, run: BatchRun) -> AsyncIterator[None]:
        """Serve what is asked within the context.

        Raises:
            JournalFailedError: it takes no records any more.
        """
        self._run = run
        for lane in self._lanes.values():
            lane.journal = run.journal
        driver = asyncio.create_task(self._drive(run))
        driver.add_done_callback(lambda task: None if task.cancelled() else run.stop.cut())
        try:
            yield
        finally:
            driver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await driver

    async def _drive(self, run: BatchRun) -> None:
        control = Control(run.policy, run.clock, random.Random())  # noqa: S311 - it spreads waits, and keeps no secret
        parts = run.journal, control, run.clock, self._folder, self._tell
        submitter = Submitter(*parts)
        watch = Watch(run, Collector(*parts), self._tell, waits=self._waits)
        try:
            while True:
                await self.quiet.come()
                await self._hand_over(run, submitter)
                await watch.one_end(tuple(self._lanes.values()))
        except (DetachedError, JournalFailedError) as error:
            self._leave(run, str(error))
        except OSError as error:  # a provider's own are faults by now
            self._leave(run, f"{self._folder}: a batch's file could not be written or read: {error.strerror}")

    def _leave(self, run: BatchRun, reason: str) -> None:
        run.stop.request(reason)
        run.stop.cut()

    def _tell(self, text: str) -> None:
        self.notice(text)

    async def _hand_over(self, run: BatchRun, submitter: Submitter) -> None:
        run.check_deadline()
        for lane in self._lanes.values():
            for number in lane.awaited:
                note = run.journal.batches[number]
                if note.step is BatchStep.PLANNED:
                    await submitter.adopt(lane, note)
            if run.stop.is_requested() and self._closing is None:
                lane.give_up(_STOPPED)
            await submitter.submit(lane)
