"""Hands the requests of a lane over, in as many batches as their limits make."""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final

from dialogs.chat import Fault, FaultKind
from dialogs.clock import Clock
from dialogs.endpoints.batches.control import Control, DetachedError
from dialogs.endpoints.batches.lanes import Lane, Waiting
from dialogs.endpoints.batches.remote import RemoteBatch
from dialogs.journal.batches import BatchNote

if TYPE_CHECKING:
    from dialogs.journal.journal import Journal

_KILOBYTE: Final = 1_000
_MEGABYTE: Final = 1_000_000


class Submitter:
    """Makes batches: each is in the journal before it leaves, and noted there by its id as soon as it has one."""

    def __init__(
        self, journal: "Journal", control: Control, clock: Clock, folder: Path, notice: Callable[[str], None]
    ) -> None:
        """Write the batches' files to `folder`, for as long as they are being handed over."""
        self._journal = journal
        self._control = control
        self._clock = clock
        self._folder = folder
        self._notice = notice
        self._run = secrets.token_hex(8)

    async def submit(self, lane: Lane) -> None:
        """Hand over all that is parked.

        Raises:
            DetachedError: it cannot be told whether the provider has taken a batch.
            JournalFailedError: nothing may be sent any more.
        """
        while lane.parked and lane.held_until <= self._clock.monotonic():
            with TemporaryFile(dir=self._folder) as file:
                taken = _write(lane, file)
                if taken:
                    await self._hand_over(lane, taken, file)

    async def _hand_over(self, lane: Lane, taken: Sequence[Waiting], file: BinaryIO) -> None:
        number = max(self._journal.batches, default=0) + 1
        note = BatchNote(number, self._run, lane.model, len(taken), self._clock.now(), _label(taken))
        for waiting in taken:
            del lane.parked[waiting.name]
        lane.handed[number] = {waiting.name: waiting for waiting in taken}
        await self._journal.plan_batch(note, [(each.key, each.request.place) for each in taken])
        size = file.tell()
        name = f"dialogs-{note.run}-{number}.jsonl"
        uploaded = await self._control.persist(lambda: lane.provider.upload(file, name))
        if isinstance(uploaded, Fault):
            await self._refused(lane, note, uploaded)
            return
        created = await self._control.create(lane.provider, uploaded, note.metadata, note.planned_at)
        if isinstance(created, RemoteBatch):
            await self._journal.note_batch(note.created(created.id))
            requests = f"{len(taken):,} {'request' if len(taken) == 1 else 'requests'}"
            self._notice(f"{created.id} ({note.label}, {lane.model}): {requests}, {_readable(size)}")
        else:
            await self._refused(lane, note, created)

    async def _refused(self, lane: Lane, note: BatchNote, fault: Fault) -> None:
        await self._journal.note_batch(note.void())
        if fault.retryable:
            raise DetachedError(f"{fault.message}; {note.requests:,} requests were not handed over")
        for waiting in tuple(lane.handed[note.number].values()):
            lane.give(waiting, fault)

    async def adopt(self, lane: Lane, note: BatchNote) -> None:
        """Settle a batch of a run that ended before it had an id: it is found again, or its requests are parked.

        Raises:
            DetachedError: it cannot be told whether there is such a batch.
            JournalFailedError: the journal takes no records any more.
        """
        found = await self._control.find(lane.provider, note.metadata, note.planned_at)
        match found:
            case RemoteBatch():
                self._notice(f"{found.id} ({note.label}): found again; the run that made it had no time to note it")
                await self._journal.note_batch(note.created(found.id))
            case Fault():
                raise DetachedError(f"{found.message}; whether it has taken the batch is not known")
            case None:
                await self._journal.note_batch(note.void())
                lane.park_again(note.number)


def _write(lane: Lane, file: BinaryIO) -> list[Waiting]:
    """Write as many requests as one batch may have, and return them."""
    taken: list[Waiting] = []
    size = 0
    for waiting in tuple(lane.parked.values()):
        line = lane.line(waiting)
        if len(line) > lane.limits.size:
            lane.give(waiting, _too_large(len(line), lane.limits.size))
            continue
        if len(taken) == lane.most or size + len(line) > lane.limits.size:
            break
        file.write(line)
        size += len(line)
        taken.append(waiting)
    file.flush()
    return taken


def _readable(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f} MB" if size >= _MEGABYTE else f"{size / _KILOBYTE:,.1f} kB"


def _too_large(size: int, most: int) -> Fault:
    reason = f"the request has {size:,} bytes, and a whole batch may have {most:,}; play it with --executor live"
    return Fault(FaultKind.INVALID_REQUEST, reason, attempts=0)


def _label(taken: Sequence[Waiting]) -> str:
    """Say what is asked: a turn, where it is one."""
    places = [waiting.request.place for waiting in taken]
    if all(place.arm == "judge" for place in places):
        return "verdicts"
    turns = Counter(place.turn for place in places if place.arm != "judge")
    first, last = min(turns), max(turns)
    return f"turn {first}" if first == last else f"turns {first} to {last}"
