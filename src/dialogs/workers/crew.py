"""The first process of several that play a run: it starts the others, serves them, and joins what they did."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from dialogs.clock import SystemClock
from dialogs.coordination import CentralStop, Coordinator, FromWorker
from dialogs.coordination.messages import Snapshot
from dialogs.encoding import encode_line_utf8
from dialogs.journal.cassette import Cassette
from dialogs.journal.files import replacing
from dialogs.parts import DialoguesOfPart, ids_of, merged_lines, part_path, parts_folder
from dialogs.replaying import Replay, gate_specs
from dialogs.sharding import Part, parts
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.workers.channel import open_channel
from dialogs.workers.duty import Duty, Report, Tracing, do_duty
from dialogs.workers.journals import RunJournals, clear
from dialogs.workers.processes import Process, end_of, part_with

_STARTS: Final = 3
_AT_ONCE: Final = 2_000
_READ_BYTES: Final = 1 << 20


class Display(Protocol):
    """What is told how the run goes."""

    def notice(self, text: str) -> None:
        """Say something to the person who waits."""

    def show(self, tally: Tally, turns: int) -> None:
        """Show how far the run is."""


class Crew:
    """The processes that play a run, each its part, from `start` to the end of `play`.

    A process that dies is started again, with what its journal holds; twice at most for each part.
    """

    def __init__(
        self,
        job: Replay,
        count: int,
        tally: Tally,
        *,
        journals: RunJournals | None = None,
        cassette: Cassette | None = None,
        tracer: Tracing = lambda _stack: None,
    ) -> None:
        """Play `job` in `count` processes; `tally` is what each begins to count with."""
        self._job = job
        self._tally = replace(tally, kept=0)
        self._kept = tally.kept
        self._parts = parts(count)
        self._journals = journals
        self._cassette = cassette
        self._tracer = tracer
        self._gates = gate_specs(job, processes=count)
        limit_s = job.limits.deadline_s
        self._deadline = None if limit_s is None else time.monotonic() + limit_s
        self._processes: dict[Part, Process] = {}
        self._reports: dict[Part, Report] = {}

    def start(self) -> None:
        """Start the processes; to be done while no event loop runs, and no thread."""
        if self._cassette is not None:
            self._cassette.share()
        for part in self._parts:
            self._start(part)

    def _start(self, part: Part) -> Process:
        journal = None if self._journals is None else self._journals.of(part)
        job = replace(
            self._job,
            dialogues=DialoguesOfPart(self._job.dialogues, part),
            output=part_path(self._job.output, part),
            journal=journal,
            limits=replace(self._job.limits, max_failures=None),
        )
        duty = Duty(part, job, self._gates, self._tally, self._deadline, self._cassette, self._tracer)
        others = tuple(each.end for each in self._processes.values())
        self._processes[part] = process = part_with(partial(self._be, duty), others)
        if self._journals is not None:
            self._journals.let_go((part,))
        return process

    def _be(self, duty: Duty, line: socket.socket) -> None:
        """Be the process that plays a part."""
        if self._journals is not None:
            self._journals.let_go([part for part in self._parts if part != duty.part])
        do_duty(duty, line)

    async def play(self, display: Display, stop: CentralStop) -> None:
        """Play to the end, and write the transcripts of all parts to the run's output.

        Raises:
            OSError: transcripts cannot be written.
            DialogsError: a process could not go on, as one that plays a run alone could not.
        """
        clock = SystemClock()
        gates = tuple(spec.open(clock, self._deadline) for spec in self._gates.values())
        coordinator = Coordinator(gates, self._job.money.budget, stop, max_failures=self._job.limits.max_failures)
        desk = _Desk(coordinator, display, stop, self._joined)
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(self._attend(part, desk))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        desk.show()
        for report in self._reports.values():
            if report.error is not None:
                report.error.add_note(report.details)
                raise report.error
        await self._merge()

    def _joined(self, tallies: Iterable[Tally]) -> Tally:
        joined = self._blank(self._kept)
        for tally in tallies:
            joined.add(tally)
        return joined

    def _blank(self, kept: int = 0) -> Tally:
        return Tally(self._tally.arm, has_resamples=self._tally.has_resamples, kept=kept)

    async def _attend(self, part: Part, desk: "_Desk") -> None:
        """See that a part is played."""
        for start in range(1, _STARTS + 1):
            process = self._processes[part] if start == 1 else self._start(part)
            report, how = await desk.listen(part, process)
            if report is not None:
                self._take(part, report, desk)
                return
            del self._processes[part]
            lost = f"process {process.pid}, which played part {part.number} of {part.count}, {how}"
            if desk.stop.is_requested() or start == _STARTS:
                desk.display.notice(f"{lost}; the part is given up")
                break
            desk.display.notice(f"{lost}; another one goes on with what it kept")
        self._give_up(part, desk)

    def _give_up(self, part: Part, desk: "_Desk") -> None:
        """Count nothing of a part but what an earlier run has finished, which must not fall out of the transcripts."""
        if self._journals is not None:
            self._journals.recount(part)
        tally = self._blank()
        for transcript in self._kept_of(part):
            tally.played(transcript)
        desk.tallies[part] = Snapshot(tally)

    def _kept_of(self, part: Part) -> Iterator[Transcript]:
        kept = self._job.kept
        dialogues = DialoguesOfPart(self._job.dialogues, part) if kept else ()
        return (kept[dialogue.id] for dialogue in dialogues if dialogue.id in kept)

    def _take(self, part: Part, report: Report, desk: "_Desk") -> None:
        self._reports[part] = report
        desk.tallies[part] = report.snapshot
        if self._journals is not None and report.ledger is not None:
            self._journals.note(part, report.ledger, report.failure)
        if self._cassette is not None:
            self._cassette.count_used(report.used)
        if report.error is not None:
            desk.stop.cut()

    async def _merge(self) -> None:
        output = self._job.output
        with ExitStack() as files, replacing(output) as write:
            lines = [self._lines(part, files) for part in self._parts]
            for number, line in enumerate(merged_lines(ids_of(self._job.dialogues), lines)):
                write(line)
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)  # signals and the display have their turn
        clear(parts_folder(output))

    def _lines(self, part: Part, files: ExitStack) -> Iterable[bytes]:
        if part not in self._reports:
            return (encode_line_utf8(each.record(stable=self._job.stable)) + b"\n" for each in self._kept_of(part))
        return files.enter_context(part_path(self._job.output, part).open("rb", buffering=_READ_BYTES))


class _Desk:
    """Where the processes of a run report, while it goes on."""

    def __init__(
        self,
        coordinator: Coordinator,
        display: Display,
        stop: CentralStop,
        joined: Callable[[Iterable[Tally]], Tally],
    ) -> None:
        self._coordinator = coordinator
        self._joined = joined
        self.display = display
        self.stop = stop
        self.tallies: dict[Part, Snapshot] = {}

    async def listen(self, part: Part, process: Process) -> tuple[Report | None, str]:
        """Serve a process for as long as it lives; return its report, if it made one, and how it ended."""
        name, loop = str(part), asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        reports: list[Report] = []

        def receive(message: object) -> None:
            if isinstance(message, Report):
                reports.append(message)
            elif isinstance(message, FromWorker):
                self._coordinator.receive(name, message)
                if message.snapshot is not None:
                    self.tallies[part] = message.snapshot
                    self.show()

        def deliver() -> None:
            message = self._coordinator.take(name) if self._coordinator.knows(name) else None
            if message is not None:
                channel.send(message)

        channel = await open_channel(process.end, receive, lambda: ended.set_result(None))
        self._coordinator.join(name, lambda: _soon(loop, deliver))
        await ended
        self._coordinator.gone(name)
        return (reports[0] if reports else None), await end_of(process)

    def show(self) -> None:
        """Show how far all parts are together."""
        tallies = self.tallies.values()
        self.display.show(self._joined(each.tally for each in tallies), sum(each.shown for each in tallies))


def _soon(loop: asyncio.AbstractEventLoop, deliver: Callable[[], None]) -> None:
    loop.call_soon(deliver)
