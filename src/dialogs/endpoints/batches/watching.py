"""Asks after batches until they end: often at first, and each minute later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.clock import Clock
from dialogs.endpoints.batches.collecting import Collector
from dialogs.endpoints.batches.control import DetachedError
from dialogs.endpoints.batches.lanes import Lane
from dialogs.endpoints.batches.remote import RemoteBatch
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.journal.batches import BatchNote

if TYPE_CHECKING:
    from dialogs.journal.journal import Journal

_FIRST_S: Final = 1.0
_LONGER: Final = 1.5
_LONGEST_S: Final = 60.0
_TELL_S: Final = 600.0
_PATIENCE_S: Final = 3600.0  # with a provider that does not answer; what it has goes on anyway


class Stop(Protocol):
    """What batches need of a run's stop."""

    def is_requested(self) -> bool:
        """Say whether the run is to end."""

    def request(self, reason: str | None = None) -> None:
        """Ask nothing more."""

    def cut(self) -> None:
        """End what is on its way."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """What batches get of the run that they serve; `deadline` is a moment of the clock, None: without one."""

    journal: "Journal"
    stop: Stop
    clock: Clock
    policy: RetryPolicy
    deadline: float | None = None

    def check_deadline(self) -> None:
        """Go on while there is time.

        Raises:
            DetachedError: there is none left.
        """
        if self.deadline is not None and self.clock.monotonic() >= self.deadline:
            raise DetachedError("the run's --deadline is over")

    async def sleep(self, seconds: float) -> None:
        """Sleep, until the deadline at most. Raises as `check_deadline` does."""
        left_s = seconds if self.deadline is None else max(self.deadline - self.clock.monotonic(), 0.0)
        await self.clock.sleep(min(seconds, left_s))
        self.check_deadline()


@dataclass(slots=True)
class _Told:
    """What was last told of a batch, and when."""

    status: str = ""
    answered: int = 0
    at: float = 0.0


class Watch:
    """Asks after the batches of a run."""

    def __init__(self, run: BatchRun, collector: Collector, notice: Callable[[str], None], *, waits: bool) -> None:
        """Let `collector` take in what has ended; where the run does not wait for that, look once."""
        self._run = run
        self._collector = collector
        self._notice = notice
        self._waits = waits
        self._told: dict[int, _Told] = {}
        self._answered_at: float | None = None

    async def one_end(self, lanes: Sequence[Lane]) -> None:
        """Return when what came of at least one batch is taken in, or when a lane may hand over more again.

        Raises:
            DetachedError: the batches cannot be asked after, or are not waited for.
            JournalFailedError: the journal takes no records any more.
        """
        pause_s = _FIRST_S
        while any(lane.awaited or lane.parked for lane in lanes):
            ended = [await self._has_ended(lane, number) for lane in lanes for number in lane.awaited]
            now = self._run.clock.monotonic()
            if any(ended) or any(lane.parked and lane.held_until <= now for lane in lanes):
                return
            if not self._waits:
                raise DetachedError("--no-wait: all that could be handed over is")
            await self._run.sleep(pause_s)
            pause_s = min(pause_s * _LONGER, _LONGEST_S)

    async def _has_ended(self, lane: Lane, number: int) -> bool:
        note = self._run.journal.batches[number]
        remote = await lane.provider.retrieve(note.batch_id or "")
        if isinstance(remote, Fault):
            return self._unknown(lane, note, remote)
        self._answered_at = self._run.clock.monotonic()
        if remote.is_ended:
            await self._collector.collect(lane, note, remote)
            return True
        self._tell(note, remote)
        return False

    def _unknown(self, lane: Lane, note: BatchNote, fault: Fault) -> bool:
        now = self._run.clock.monotonic()
        self._answered_at = now if self._answered_at is None else self._answered_at
        if fault.kind is FaultKind.NOT_FOUND:
            lost = f"{note.batch_id} is not known to {lane.identity} any more, and its replies are lost"
            for waiting in tuple(lane.handed[note.number].values()):
                lane.give(waiting, Fault(FaultKind.NOT_FOUND, lost, retryable=True, billing=Billing.PERHAPS))
            return True
        if not fault.retryable or now - self._answered_at > _PATIENCE_S:
            raise DetachedError(f"{fault.message}; batches that were handed over go on there")
        return False

    def _tell(self, note: BatchNote, remote: RemoteBatch) -> None:
        told, now = self._told.setdefault(note.number, _Told()), self._run.clock.monotonic()
        if told.status == remote.status and (told.answered == remote.answered or now - told.at < _TELL_S):
            return
        self._told[note.number] = _Told(remote.status, remote.answered, now)
        total = remote.total or note.requests
        self._notice(f"{remote.id} ({note.label}): {remote.status}, {remote.answered:,}/{total:,} answered")
