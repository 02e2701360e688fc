"""What one worker process does: it plays its part, and reports."""

import asyncio
import pickle
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from dialogs.chat import Answer, CompletionPlace
from dialogs.clock import SystemClock
from dialogs.coordination import Link, ToWorker
from dialogs.coordination.messages import Snapshot
from dialogs.endpoints.pacing import GateSpec
from dialogs.errors import DialogsError
from dialogs.journal.cassette import Cassette
from dialogs.journal.ledger import Ledger
from dialogs.replaying import GateKey, Replay, Tracer, replay
from dialogs.sharding import Part
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript
from dialogs.workers.channel import Channel, open_channel

_TICK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker says last.

    `failure` is the journal's; `used` counts the recordings of a cassette that were asked for. `error` is what ended
    the part early, if anything did; `details` are those of a bug.
    """

    snapshot: Snapshot
    ledger: Ledger | None = None
    failure: str | None = None
    used: int = 0
    error: Exception | None = None
    details: str = ""


Tracing: TypeAlias = Callable[[ExitStack], Tracer | None]


@dataclass(frozen=True, slots=True)
class Duty:
    """All that a worker needs: a `job` of its part alone; what it shares; and how to trace it, once it has parted.

    `deadline` is the moment of the system's monotonic clock at which the run has to end.
    """

    part: Part
    job: Replay
    gates: Mapping[GateKey, GateSpec]
    tally: Tally
    deadline: float | None = None
    cassette: Cassette | None = None
    tracer: Tracing = field(default=lambda _stack: None)


def do_duty(duty: Duty, line: socket.socket) -> None:
    """Play a part to its end, in a process of its own."""
    if duty.job.plan is not None and duty.job.plan.baselines is not None:
        duty.job.plan.baselines.apart()
    asyncio.run(_Worker(duty).work(line))


class _Worker:
    """Plays, counts, and says how it goes. An observer of its run."""

    def __init__(self, duty: Duty) -> None:
        self._duty = duty
        self._tally = duty.tally
        self._shown = 0
        self._is_new = False

    async def work(self, line: socket.socket) -> None:
        """Play, and send the report."""
        lost = asyncio.get_running_loop().create_future()
        self._link, channel = await self._connect(line, lost)
        ticking = asyncio.create_task(self._tick())
        error = await self._played()
        ticking.cancel()
        report = await self._report(error)
        self._link.flush()
        channel.send(report)
        channel.close()
        await lost

    async def _connect(self, line: socket.socket, lost: "asyncio.Future[None]") -> tuple[Link, Channel]:
        duty = self._duty
        left_s = None if duty.deadline is None else max(0.0, duty.deadline - time.monotonic())

        def receive(message: object) -> None:
            if isinstance(message, ToWorker):
                link.receive(message)

        def end() -> None:
            lost.set_result(None)
            link.stop.obey(None, is_cut=True)  # the first process is gone: nobody wants to know the rest

        channel = await open_channel(line, receive, end)
        link = Link(
            SystemClock(),
            duty.gates,
            channel.send,
            part=duty.part,
            deadline_s=left_s,
            is_budget_limited=duty.job.money.budget.is_limited,
        )
        return link, channel

    async def _played(self) -> Exception | None:

        try:
            with ExitStack() as stack:
                job = replace(self._duty.job, sharing=self._link, tracer=self._duty.tracer(stack))
                await replay(job, clock=SystemClock(), observer=self, stop=self._link.stop)
        except Exception as error:  # noqa: BLE001 - it is the first process's to say what it means
            return error
        return None

    async def _report(self, error: Exception | None) -> Report:
        journal = self._duty.job.journal
        if journal is not None:
            await journal.close()
        cassette = self._duty.cassette
        report = Report(
            snapshot=Snapshot(self._tally, self._shown),
            ledger=journal.ledger if journal else None,
            failure=journal.failure if journal else None,
            used=cassette.used if cassette else 0,
        )
        return report if error is None else _with_error(report, error)

    async def _tick(self) -> None:
        """Say from time to time how far this part is."""
        while True:
            await asyncio.sleep(_TICK_S)
            if self._is_new:
                self._is_new = False
                self._link.report(Snapshot(self._tally, self._shown))

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Count an answer."""
        self._tally.answered(place, answer)
        self._shown += self._tally.is_of_turn(place)
        self._is_new = True

    def played(self, transcript: Transcript) -> None:
        """Count a dialogue."""
        self._tally.played(transcript)
        self._is_new = True
        if transcript.outcome is Outcome.ERROR:
            self._link.failed()


def _with_error(report: Report, error: Exception) -> Report:
    """Report an error as it is, where it can be sent; a bug with all that helps to find it."""
    details = "" if isinstance(error, DialogsError | OSError) else "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made one line above
    except Exception:  # noqa: BLE001 - an exception of anyone's making may fail in any way
        error = RuntimeError(str(error))
    return replace(report, error=error, details=details)
