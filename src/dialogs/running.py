"""Plays many dialogues at the same time, hands over transcripts as they end, and can be stopped."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dialogs.chat import Answer, ChatRequest, Endpoint, Fault, FaultKind
from dialogs.playing import Player
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript

_STOPPED = Fault(FaultKind.STOPPED, "the run was stopped before the reply came")


class Stop:
    """Ends a run early. Once it is requested nothing new is asked; what is in flight may be cut off too."""

    def __init__(self) -> None:
        """Begin with nothing requested."""
        self._requested = False
        self._in_flight: set[asyncio.Future[Answer]] = set()

    def is_requested(self) -> bool:
        """Say whether the run is to end."""
        return self._requested

    def request(self) -> None:
        """Ask nothing more, and let what is in flight come to its end."""
        self._requested = True

    def cut(self) -> None:
        """Ask nothing more, and end what is in flight now."""
        self._requested = True
        for future in self._in_flight:
            future.cancel()

    async def guard(self, endpoint: Endpoint, request: ChatRequest) -> Answer:
        """Ask, unless the run has been stopped; a request that is cut off gives a fault of kind `stopped`."""
        if self.is_requested():
            return _STOPPED
        future = asyncio.ensure_future(endpoint.complete(request))
        self._in_flight.add(future)
        try:
            return await future
        except asyncio.CancelledError:
            if not self.is_requested():
                raise
            return _STOPPED
        finally:
            self._in_flight.discard(future)


class StoppableEndpoint:
    """An endpoint that asks nothing more once the run is stopped."""

    def __init__(self, inner: Endpoint, stop: Stop) -> None:
        """Ask `inner` for as long as `stop` is not requested."""
        self._inner = inner
        self._stop = stop
        self.identity = inner.identity
        self.model = inner.model

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once, or say that the run was stopped."""
        return await self._stop.guard(self._inner, request)

    async def close(self) -> None:
        """Close the endpoint within."""
        await self._inner.close()


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
    iterated once for each lane and never held. Dialogues that were not begun before a stop are not delivered.
    """
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            queue = _queue(dialogues, lane)
            for _ in range(lane.concurrency):
                group.create_task(_work(queue, player, stop, deliver))


def _queue(dialogues: Iterable[Dialogue], lane: Lane) -> Iterator[tuple[int, Dialogue]]:
    return ((position, dialogue) for position, dialogue in enumerate(dialogues) if dialogue.model in lane.models)


async def _work(queue: Iterator[tuple[int, Dialogue]], player: Player, stop: Stop, deliver: Deliver) -> None:
    for position, dialogue in queue:
        if stop.is_requested():
            return
        deliver(position, await player.play(dialogue))
