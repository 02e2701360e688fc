"""The folder of a run's parts: what it was divided into, which parts are whole, and what becomes of them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Final

from dialogs.cluster.assignments import file_of, manifest_of
from dialogs.cluster.folders import SharedFolder
from dialogs.cluster.manifests import Manifest
from dialogs.encoding import decode
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.expansion import Expansion
from dialogs.journal.opening import Beginning
from dialogs.parts import CLUSTER_FILE
from dialogs.record import Record, RecordError

_FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_MOST: Final = 1_000  # dialogues a part
_PARTS_A_SLOT: Final = 4
_WAVES: Final = 4  # as often, at least, each place of a part is taken, so that few stand empty at its end
_READERS: Final = 16


@dataclass(frozen=True, slots=True)
class Division:
    """A run divided into parts of `size` dialogues each, by their order.

    Part k (from 1) is what lies between the positions `bounds[k - 1]` and `bounds[k]`. `ids` is a hash of the names of
    all dialogues, in order.
    """

    size: int
    bounds: tuple[int, ...]
    dialogues: int
    turns: int
    ids: str

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self.bounds) - 1

    def planned(self, part: int) -> int:
        """How many dialogues a part has."""
        return self.size if part < self.count else self.dialogues - self.size * (self.count - 1)


def size_of_parts(dialogues: int, *, slots: int, places: int) -> int:
    """Say how many dialogues a part is to have, where `slots` parts of `places` dialogues at a time are played."""
    wanted = max(dialogues // (_PARTS_A_SLOT * slots), _WAVES * places)
    return max(1, min(_MOST, wanted, -(-dialogues // slots)))


def divide(expansion: Expansion, size: int) -> Division:
    """Divide a run; each dialogue is looked at once, and none is held."""
    bounds, dialogues, turns, ids = [], 0, 0, hashlib.sha256()
    for position, dialogue in expansion.positions():
        if dialogues % size == 0:
            bounds.append(position)
        dialogues += 1
        turns += dialogue.scenario.turns
        ids.update(f"{dialogue.id}\n".encode())
    return Division(size, (*bounds, expansion.total()), dialogues, turns, ids.hexdigest())


class RunFolder:
    """The parts of one run, under the name of this start of it; `token` is what the run's own file holds since."""

    def __init__(self, folder: SharedFolder, run: str, suffix: str) -> None:
        """Look at what earlier starts have left there; the files of parts have the `suffix`."""
        self.folder = folder
        self._suffix = suffix
        self._run = run
        self.token = b""
        self._left = folder.read(CLUSTER_FILE)
        self._names = frozenset(folder.names()) if self._left is not None else frozenset()

    @property
    def is_left(self) -> bool:
        """Whether an earlier run left its parts."""
        return self._left is not None

    def check(self, beginning: Beginning) -> None:
        """Refuse to begin where an earlier run left its parts.

        Raises:
            WrongUseError: it did, and `beginning` neither goes on with it nor throws it away.
        """
        if self._left is not None and beginning is Beginning.NEW:
            raise WrongUseError(
                f"{self.folder.url} holds the parts of a run that did not finish, and the replies paid for them: "
                "--resume goes on with it, --fresh throws it away"
            )

    def begin(self, beginning: Beginning, size: int, divided: Callable[[int], Division]) -> Division:
        """Begin with parts of `size`, or go on with those that are there; `divided` divides the run by a size.

        Raises:
            WrongUseError: another run left its parts, as `check` says, or it was of other dialogues.
        """
        self.check(beginning)
        if beginning is Beginning.FRESH:
            self.folder.clear()
            self._left, self._names = None, frozenset()
        division = divided(size) if self._left is None else self._same(divided)
        token = json.dumps({"format": _FORMAT, "run": self._run, "size": division.size, "ids": division.ids})
        self.token = token.encode()
        self.folder.write(CLUSTER_FILE, self.token)
        return division

    def _same(self, divided: Callable[[int], Division]) -> Division:
        try:
            left = Record(decode(self._left or b""))
            size, ids, number = left.integer("size"), left.text("ids"), left.integer("format")
        except (RecordError, ValueError) as error:
            raise WrongUseError(f"{self.folder.url}/{CLUSTER_FILE}: {error}; --fresh throws the parts away") from None
        if number > _FORMAT:
            raise WrongUseError(f"{self.folder.url} was left by a newer version; upgrade dialogs-cli")
        division = divided(size)
        if division.ids != ids:
            raise WrongUseError(
                f"{self.folder.url} holds the parts of a run of other dialogues, which these cannot be divided like. "
                "Use the scenarios and flags that it was begun with, choose another output with -o, or throw the parts "
                "and their replies away with --fresh"
            )
        return division

    def manifests(self, division: Division) -> Iterator[tuple[int, Manifest]]:
        """Read the manifests of all parts that have one, with their parts."""

        def read(part: int) -> tuple[int, Manifest] | None:
            name = manifest_of(file_of(part, division.count, self._suffix))
            data = self.folder.read(name) if name in self._names else None
            return None if data is None else (part, Manifest.read(data, f"{self.folder.url}/{name}"))

        with ThreadPoolExecutor(_READERS) as readers:
            yield from filter(None, readers.map(read, range(1, division.count + 1)))

    def merge(self, division: Division, digests: Mapping[int, str], write: Callable[[bytes], object]) -> None:
        """Hand the files of all parts that have a digest to `write`, in the run's order and a piece at a time.

        Raises:
            IncompleteError: a file is not what its digest says.
        """
        for part in range(1, division.count + 1):
            if part in digests:
                self._copy(file_of(part, division.count, self._suffix), digests[part], write)

    def _copy(self, name: str, sha256: str, write: Callable[[bytes], object]) -> None:
        digest = hashlib.sha256()
        with self.folder.open(name) as file:
            for piece in _pieces(file):
                digest.update(piece)
                write(piece)
        if digest.hexdigest() != sha256:
            self.folder.remove(manifest_of(name))
            raise IncompleteError(
                f"{self.folder.url}/{name} is not what was written (its sha256 differs); the same command with "
                "--resume makes it anew from its journal"
            )


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece
