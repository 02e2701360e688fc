"""One run: dialogues played against endpoints, and their transcripts in a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dialogs.chat import Endpoint
from dialogs.clock import Clock
from dialogs.playing import Observer, Player
from dialogs.running import Lane, Stop, StoppableAttempts, StoppableEndpoint, play_all
from dialogs.scenario import Dialogue
from dialogs.transcript_files import TranscriptWriter


class OpenedEndpoint(Endpoint, Protocol):
    """An endpoint that knows how many dialogues it may serve at the same time; None: as many as the run has places."""

    @property
    def concurrency(self) -> int | None:
        """The endpoint's own limit."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be played, on what, and where the transcripts go; `endpoints` are found by model name.

    `dialogues` is iterated more than once. `concurrency` counts dialogues, over all endpoints without a limit of
    their own.
    """

    dialogues: Iterable[Dialogue]
    endpoints: Mapping[str, OpenedEndpoint]
    output: Path
    concurrency: int
    stable: bool = False


async def replay(job: Replay, *, clock: Clock, observer: Observer, stop: Stop) -> None:
    """Play all dialogues of a run and write their transcripts; the endpoints are closed at the end.

    Raises:
        OSError: the transcript file cannot be written.
    """
    endpoints = {
        name: StoppableEndpoint(StoppableAttempts(endpoint, stop), stop) for name, endpoint in job.endpoints.items()
    }
    player = Player(endpoints, clock, observer)
    try:
        with TranscriptWriter(job.output, stable=job.stable) as writer:
            await play_all(job.dialogues, tuple(_lanes(job)), player, stop, writer.write)
    finally:
        for endpoint in set(job.endpoints.values()):
            await endpoint.close()


def _lanes(job: Replay) -> Iterator[Lane]:
    """Give each endpoint with a limit of its own a lane, so that a slow one holds up no other."""
    shared = [name for name, endpoint in job.endpoints.items() if endpoint.concurrency is None]
    if shared:
        yield Lane(frozenset(shared), job.concurrency)
    for name, endpoint in job.endpoints.items():
        if endpoint.concurrency is not None:
            yield Lane(frozenset((name,)), min(endpoint.concurrency, job.concurrency))
