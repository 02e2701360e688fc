"""Takes in what came of a batch: each answer goes to the request that waits for it."""

import asyncio
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final

from dialogs.chat import Answer, Billing, Fault, FaultKind
from dialogs.clock import Clock
from dialogs.encoding import canonical, decode
from dialogs.endpoints.batches.control import Control, DetachedError
from dialogs.endpoints.batches.lanes import Lane
from dialogs.endpoints.batches.lines import AnswerLine, answer_lines
from dialogs.endpoints.batches.remote import BatchError, RemoteBatch
from dialogs.journal.batches import BatchNote

if TYPE_CHECKING:
    from dialogs.journal.journal import Journal

_AT_ONCE: Final = 200  # so many answers are handed out before others get their turn, so that they do not pile up
_QUEUE_FULL: Final = frozenset(("token_limit_exceeded", "batch_token_limit_exceeded"))
_HOLD_S: Final = 60.0
_LONGEST_HOLD_S: Final = 900.0
_GONE: Final = frozenset((FaultKind.NOT_FOUND,))


class Collector:
    """Reads the files of batches that have ended."""

    def __init__(
        self, journal: "Journal", control: Control, clock: Clock, folder: Path, notice: Callable[[str], None]
    ) -> None:
        """Download to `folder`; nothing stays there."""
        self._journal = journal
        self._control = control
        self._clock = clock
        self._folder = folder
        self._notice = notice

    async def collect(self, lane: Lane, note: BatchNote, remote: RemoteBatch) -> None:
        """Give each request of an ended batch what came of it: a reply, a fault, or another batch.

        Raises:
            DetachedError: its files cannot be had now.
            JournalFailedError: the journal takes no records any more.
        """
        if remote.status == "failed" and remote.output_file_id is None:
            await self._refused(lane, note, remote)
            return
        lane.held_until, lane.refusals = 0.0, 0
        lane.most = min(2 * lane.most, lane.limits.requests)
        waiting = tuple(lane.handed[note.number].values())
        with TemporaryFile(dir=self._folder) as file:
            for file_id in filter(None, (remote.output_file_id, remote.error_file_id)):
                if await self._downloaded(lane, file_id, file):
                    await self._hand_out(lane, note, remote, file)
        rest = [each for each in waiting if not each.answer.done()]
        answered = len(waiting) - len(rest)
        self._notice(f"{remote.id} ({note.label}): {remote.status}, {answered:,}/{len(waiting):,} answered")
        for each in rest:
            lane.give(each, _missing(remote))

    async def _downloaded(self, lane: Lane, file_id: str, file: BinaryIO) -> bool:
        fault = await self._control.persist(lambda: lane.provider.download(file_id, file))
        if fault is None:
            return True
        if fault.kind in _GONE:
            self._notice(f"{file_id}: the provider has this file no more")
            return False
        raise DetachedError(f"{fault.message}; the replies are still at the provider")

    async def _hand_out(self, lane: Lane, note: BatchNote, remote: RemoteBatch, file: BinaryIO) -> None:
        group = lane.handed.get(note.number, {})
        lines = answer_lines(file)
        while some := tuple(islice(lines, _AT_ONCE)):
            for line in some:
                waiting = group.get(line.custom_id)
                if waiting is not None:
                    lane.give(waiting, self._answer(lane, remote, line))
            await asyncio.sleep(0)

    def _answer(self, lane: Lane, remote: RemoteBatch, line: AnswerLine) -> Answer:
        if line.status is not None:
            return lane.answer(line)
        match line.code:
            case "batch_expired":
                return _ended(remote, FaultKind.TIMEOUT, "expired before the request was answered")
            case "batch_cancelled":
                return _ended(remote, FaultKind.SERVER_ERROR, "was cancelled before the request was answered")
            case _:
                error = _said(BatchError(line.code or "unknown", line.message or "no reason given"))
                return lane.answer(AnswerLine(line.custom_id, 500, body=error))

    async def _refused(self, lane: Lane, note: BatchNote, remote: RemoteBatch) -> None:
        """Deal with a batch of which nothing was processed: requests at fault get it, the others go into another."""
        await self._journal.note_batch(note.void())
        reasons = "; ".join(dict.fromkeys(f"{each.code}: {each.message}" for each in remote.errors[:3]))
        self._notice(f"{remote.id} ({note.label}): failed, nothing of it was processed: {reasons or 'no reason given'}")
        if any(each.code in _QUEUE_FULL for each in remote.errors):
            self._hold(lane, note, remote)
            return
        by_line = {each.line: each for each in remote.errors if each.line is not None}
        at_fault = await self._names(lane, remote, by_line) if len(by_line) == len(remote.errors) and by_line else {}
        whole = remote.errors[0] if remote.errors else BatchError("failed", f"{remote.id} failed without a reason")
        for waiting in tuple(lane.handed[note.number].values()):
            error = at_fault.get(waiting.name) if at_fault else whole
            if error is not None:
                lane.give(waiting, lane.answer(AnswerLine(waiting.name, 400, body=_said(error))))
        if at_fault:
            lane.park_again(note.number)

    def _hold(self, lane: Lane, note: BatchNote, remote: RemoteBatch) -> None:
        """Wait until the provider has room for more, and ask in smaller batches."""
        lane.refusals += 1
        group = lane.handed[note.number]
        if len(group) == 1 and lane.refusals >= self._control.policy.max_attempts:
            waiting = next(iter(group.values()))
            lane.give(waiting, lane.answer(AnswerLine(waiting.name, 400, body=_said(remote.errors[0]))))
            return
        lane.most = max(len(group) // 2, 1)
        pause_s = min(_HOLD_S * 2.0 ** (lane.refusals - 1), _LONGEST_HOLD_S)
        lane.held_until = self._clock.monotonic() + pause_s
        lane.park_again(note.number)

    async def _names(self, lane: Lane, remote: RemoteBatch, by_line: dict[int, BatchError]) -> dict[str, BatchError]:
        """Find the names of the requests that lines of a batch's own file hold."""
        names: dict[str, BatchError] = {}
        if remote.input_file_id is None:
            return names
        with TemporaryFile(dir=self._folder) as file:
            if not await self._downloaded(lane, remote.input_file_id, file):
                return names
            file.seek(0)
            for number, data in enumerate(file, 1):
                if number in by_line:
                    match decode(data):
                        case {"custom_id": str(name)}:
                            names[name] = by_line[number]
        return names


def _ended(remote: RemoteBatch, kind: FaultKind, how: str) -> Fault:
    return Fault(kind, f"{remote.id} {how}", retryable=True)


def _missing(remote: RemoteBatch) -> Fault:
    """Return why a request has no answer in either file of its batch."""
    match remote.status:
        case "expired":
            return _ended(remote, FaultKind.TIMEOUT, "expired before the request was answered")
        case "cancelled":
            return _ended(remote, FaultKind.SERVER_ERROR, "was cancelled before the request was answered")
        case _:
            reason = f"{remote.id} is {remote.status}, and its files have no answer to the request"
            return Fault(FaultKind.NOT_A_COMPLETION, reason, retryable=True, billing=Billing.PERHAPS)


def _said(error: BatchError) -> bytes:
    return canonical({"error": {"message": error.message or error.code, "code": error.code}})
