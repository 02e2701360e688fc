"""What earlier runs kept in a journal, for the processes that go on with it together."""

import os
from collections.abc import Container
from pathlib import Path

from dialogs.journal.claims import Claims
from dialogs.journal.reading import Recordings, Unclaimed
from dialogs.journal.recordings import Recording


class Earlier:
    """The recordings of one file, open to read in several processes; made before they part.

    A recording of a dialogue that the run does not play is given to one of them.
    """

    def __init__(self, path: Path, index: dict[int, int], claimed: Container[str], claims: Claims) -> None:
        """Read the file at `path` by its `index`; `claimed` are the names of the dialogues that the run plays."""
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._claims = claims
        self._recordings = Recordings(self._descriptor, path, index)
        self._unclaimed = Unclaimed(path, self._recordings, claimed, claims)

    def at(self, identity: bytes) -> Recording | None:
        """Return the recording with this key and place."""
        found = self._recordings.find(identity)
        return found[1] if found else None

    def take(self, key: str) -> Recording | None:
        """Return a recording with this key, of a dialogue that is not played."""
        found = self._unclaimed.take(key)
        return found[1] if found else None

    def close(self) -> None:
        """Close the file."""
        self._claims.close()
        os.close(self._descriptor)
