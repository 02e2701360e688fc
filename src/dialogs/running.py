"""Plays many dialogues at the same time, hands over transcripts as they end, and can be stopped."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from dialogs.chat import Answer, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.playing import Player
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript

_Task: TypeAlias = "asyncio.Task[object]"

_STOPPED = Fault(FaultKind.STOPPED, "the run was stopped before the reply came")


def _current_task() -> _Task:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a request is asked outside of a task")
    return task


class Stop:
    """Ends a run early: nothing new is asked, waits end, and what is on its way may come in or is cut off.

    A reply is on its way until its dialogue has it, which is when it is on the disk.
    """

    def __init__(self) -> None:
        """Begin with nothing requested."""
        self._requested = False
        self.reason: str | None = None
        self._in_flight: set[_Task] = set()
        self._on_its_way: set[_Task] = set()
        self._cancelled: set[_Task] = set()

    def is_requested(self) -> bool:
        """Say whether the run is to end."""
        return self._requested

    def request(self, reason: str | None = None) -> None:
        """Ask nothing more, end what only waits for its moment, and let what is on its way come in.

        The first `reason` that is given is kept, for people.
        """
        self._requested = True
        self.reason = self.reason or reason
        self._cancel(self._in_flight - self._on_its_way)

    def cut(self) -> None:
        """Ask nothing more, and end what is on its way now."""
        self._requested = True
        self._cancel(self._in_flight)

    def _cancel(self, tasks: set[_Task]) -> None:
        for task in tasks - self._cancelled:
            self._cancelled.add(task)
            task.cancel()

    async def ask(self, endpoint: Endpoint, request: ChatRequest) -> Answer:
        """Ask, with all waits and repetitions; a request that is stopped gives a fault of kind `stopped`."""
        if self._requested:
            return _STOPPED
        task = _current_task()
        self._in_flight.add(task)
        try:
            return await endpoint.complete(request)
        except asyncio.CancelledError:
            if task in self._cancelled and task.cancelling() == 1:
                return _STOPPED
            raise
        finally:
            self._in_flight.discard(task)
            self._on_its_way.discard(task)
            if task in self._cancelled:  # the cancellation was ours, and ends here, as that of asyncio.timeout does
                self._cancelled.discard(task)
                task.uncancel()

    async def attempt(self, endpoint: Endpoint, request: ChatRequest) -> Answer:
        """Ask once; after a stop nothing is sent, and a fault is final."""
        if self._requested:
            return _STOPPED
        task = _current_task()
        self._on_its_way.add(task)
        answer: Answer | None = None
        try:
            answer = await endpoint.complete(request)
        finally:
            if not isinstance(answer, ChatReply):
                self._on_its_way.discard(task)
        if isinstance(answer, Fault) and self.is_requested():
            return replace(answer, retryable=False)
        return answer


class StoppableEndpoint(EndpointAround):
    """The outermost endpoint: asks nothing once the run is stopped. Retries and waits are within."""

    def __init__(self, inner: Endpoint, stop: Stop) -> None:
        """Ask `inner` for as long as `stop` is not requested."""
        super().__init__(inner)
        self.stop = stop

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, or say that the run was stopped."""
        return await self.stop.ask(self.inner, request)


class StoppableAttempts(StoppableEndpoint):
    """An endpoint within the retries: sends nothing once the run is stopped."""

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once, or say that the run was stopped."""
        return await self.stop.attempt(self.inner, request)


@dataclass(frozen=True, slots=True)
class Lane:
    """Models whose dialogues share a number of places; a dialogue holds one for its whole length."""

    models: frozenset[str]
    concurrency: int


Deliver = Callable[[int, Transcript], None]


async def play_all(
    dialogues: Iterable[Dialogue], lanes: Iterable[Lane], player: Player, stop: Stop, deliver: Deliver
) -> None:
    """Play every dialogue, each lane in order, as many at a time as it has places.

    `deliver` gets each transcript as its dialogue ends, with the dialogue's position (from 0) in `dialogues`, which is
    iterated once for each lane and never held. Dialogues that were not begun before a stop are not delivered, but for
    those that an earlier run has finished.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                queue = _queue(dialogues, lane)
                for _ in range(lane.concurrency):
                    group.create_task(_work(queue, player, stop, deliver))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others came of the same: a full disk fails them all


def _queue(dialogues: Iterable[Dialogue], lane: Lane) -> Iterator[tuple[int, Dialogue]]:
    return ((position, dialogue) for position, dialogue in enumerate(dialogues) if dialogue.model in lane.models)


async def _work(queue: Iterator[tuple[int, Dialogue]], player: Player, stop: Stop, deliver: Deliver) -> None:
    for position, dialogue in queue:
        if stop.is_requested() and not player.keeps(dialogue):
            continue  # what an earlier run has finished must not fall out of the transcripts
        deliver(position, await player.play(dialogue))
