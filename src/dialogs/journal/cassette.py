"""A cassette that is replayed: recordings by key and place, each endpoint by its model's name."""

from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from dialogs.chat import ChatRequest, CompletionPlace
from dialogs.errors import WrongUseError
from dialogs.journal.claims import Claims
from dialogs.journal.contents import read_contents
from dialogs.journal.nearest import Nearest
from dialogs.journal.reading import Recordings, Unclaimed
from dialogs.journal.recordings import Recording
from dialogs.journal.records import EndpointIdentity, RunStart, identity
from dialogs.opened_files import open_anywhere


class Cassette:
    """An open cassette, or journal, that is only read.

    `endpoints` gives what each model's name stood for, the newest first: a cassette may have been added to on another.
    """

    def __init__(self, path: Path, dialogues: Container[str] = ()) -> None:
        """Open `path` for a run that plays `dialogues`: recordings of these are kept for their own places.

        Raises:
            WrongUseError: the file cannot be opened.
            UnreadableJournalError: a record in it is damaged.
        """
        self.path = path
        with ExitStack() as opening:
            try:
                self._file = open_anywhere(path, opening)
                contents = read_contents(self._file, path)
            except OSError as error:
                raise WrongUseError(f"{path}: {error.strerror}; wanted a cassette (made with --record)") from None
            self._files = opening.pop_all()
        self.endpoints = endpoints_of(contents.runs)
        self._recordings = Recordings(self._file.fileno(), path, contents.index)
        self._unclaimed = Unclaimed(path, self._recordings, dialogues)
        self._nearest = Nearest(path, self._recordings)
        self._used: set[int] = set()
        self._used_elsewhere = 0

    def __len__(self) -> int:
        """Count the recordings."""
        return len(self._recordings)

    @property
    def unused(self) -> int:
        """How many recordings were not asked for yet."""
        return max(0, len(self) - len(self._used) - self._used_elsewhere)

    def take(self, keys: Sequence[str], place: CompletionPlace) -> Recording | None:
        """Return the recording for a request that has one of `keys`.

        That of its own place can be had again and again; else, one of a dialogue that is not played, in the order of
        recording and each only once.
        """
        own = (self._recordings.find(identity(key, place)) for key in keys)
        others = (self._unclaimed.take(key) for key in keys)
        found = next(filter(None, chain(own, others)), None)
        if found is None:
            return None
        offset, recording = found
        self._used.add(offset)
        return recording

    def share(self) -> None:
        """Let several processes take from the cassette, each a recording that no other has; before they part."""
        self._unclaimed.claims = Claims()

    @property
    def used(self) -> int:
        """How many recordings were asked for here."""
        return len(self._used)

    def count_used(self, recordings: int) -> None:
        """Count what other processes were asked for."""
        self._used_elsewhere += recordings

    def explain_miss(self, request: ChatRequest) -> str:
        """Say what differs between a request that has no recording and the nearest one that has."""
        nearest = self._nearest.explain(request)
        return (
            f"{self.path} has no recording for {request.place}: {nearest}. To record it, run with --record {self.path}"
        )

    def close(self) -> None:
        """Close the file."""
        if self._unclaimed.claims is not None:
            self._unclaimed.claims.close()
        self._files.close()


def endpoints_of(runs: Sequence[RunStart]) -> Mapping[str, tuple[EndpointIdentity, ...]]:
    """Return the endpoints by model name, the newest first."""
    found: dict[str, dict[EndpointIdentity, None]] = {}
    for run in reversed(runs):
        for name, endpoint in run.endpoints.items():
            found.setdefault(name, {}).setdefault(endpoint)
    return {name: tuple(found[name]) for name in sorted(found)}
