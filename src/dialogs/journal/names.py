"""The names of a run's dialogues, of which there may be millions."""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable


class Names(Container[str]):
    """A set of names, of which only the hashes are held: 8 bytes each."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Hold `names`."""
        self._hashes = array("q")
        self.hold(names)

    def hold(self, names: Iterable[str]) -> None:
        """Hold these names, in place of others."""
        self._hashes = array("q", sorted(map(hash, names)))

    def __contains__(self, name: object) -> bool:
        """Say whether a name is held."""
        wanted = hash(name)
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted
