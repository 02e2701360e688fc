"""The way between a worker and the coordinator of its run, whatever carries it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from dialogs.chat import Answer, CompletionPlace
from dialogs.clock import SystemClock
from dialogs.coordination import FromWorker, Link, ToWorker
from dialogs.coordination.messages import Snapshot
from dialogs.endpoints.pacing import GateSpec
from dialogs.errors import IncompleteError
from dialogs.sharding import Part
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript

_LISTEN_S: Final = 30.0
_SNAPSHOT_S: Final = 0.5


class CoordinatorLostError(IncompleteError):
    """The process that holds the limits of a run is gone, or cannot be reached from here."""


class Coordination(Protocol):
    """The way to the coordinator."""

    async def join(self, worker: str) -> float | None:
        """Make a worker known; return how many seconds are left to the run's deadline, if it has one.

        Raises:
            CoordinatorLostError: there is no coordinator any more.
        """

    def tell(self, worker: str, message: FromWorker) -> None:
        """Send a message, without waiting for its arrival; messages arrive in order.

        Where one did not arrive, `listen` raises.
        """

    async def listen(self, worker: str, wait_s: float) -> ToWorker:
        """Return what the coordinator says within `wait_s`. Raises as `join` does."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a worker knows of the limits that it shares: the gates, in the coordinator's order.

    It speaks once in `tick_s` at most, with all that there is to say.
    """

    gates: Mapping[tuple[str, str], GateSpec]
    is_budget_limited: bool = False
    tick_s: float = 0.005


@dataclass(slots=True)
class Line:
    """A worker's line to the coordinator, which may be cut; then the link's stop is requested."""

    link: Link
    is_cut: bool = False


@asynccontextmanager
async def linked(worker: str, sharing: Sharing, coordination: Coordination) -> AsyncIterator[Line]:
    """Speak with the coordinator within the context; where that is lost, what is on its way may come in."""
    link = Link(
        SystemClock(),
        sharing.gates,
        lambda message: coordination.tell(worker, message),
        part=Part(1, 1),  # the places of a part are its own
        deadline_s=await coordination.join(worker),
        is_budget_limited=sharing.is_budget_limited,
        tick_s=sharing.tick_s,
    )
    link.receive(await coordination.listen(worker, 0))  # the run may have been stopped before this worker came
    line = Line(link)
    listening = asyncio.create_task(_listen(worker, line, coordination))
    try:
        yield line
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        link.flush()


async def _listen(worker: str, line: Line, coordination: Coordination) -> None:
    try:
        while True:
            line.link.receive(await coordination.listen(worker, _LISTEN_S))
    except CoordinatorLostError as error:
        line.is_cut = True
        line.link.stop.obey(str(error), is_cut=False)


class Watch:
    """An observer that counts, and tells the coordinator of failures at once and of the counts from time to time.

    `shown` counts the turns that a display shows.
    """

    def __init__(self, tally: Tally, link: Link) -> None:
        """Count in `tally`."""
        self.tally = tally
        self.shown = 0
        self._link = link

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Count an answer."""
        self.tally.answered(place, answer)
        self.shown += self.tally.is_of_turn(place)

    def played(self, transcript: Transcript) -> None:
        """Count a dialogue."""
        self.tally.played(transcript)
        if transcript.outcome is Outcome.ERROR:
            self._link.failed()

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[None]:
        """Tell the coordinator of the counts within the context."""
        task = asyncio.create_task(self._report())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _report(self) -> None:
        while True:
            self._link.report(Snapshot(self.tally, self.shown))
            await asyncio.sleep(_SNAPSHOT_S)
