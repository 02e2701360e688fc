"""Ids of scenarios from the names of a source: stable, readable, and each of them once."""

import re
from typing import Final

_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._]+")
_ROOM: Final = 90  # what stays free is for the number of a second one


def id_of(name: str) -> str:
    """Return a name in the characters of an id, "" where it has none of them."""
    return _NOT_IN_IDS.sub("-", name).strip("-.")[:_ROOM].strip("-.")


class Names:
    """The ids that are taken."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return `name`, or the first of name-2, name-3 and so on that is free."""
        taken, number = name, self._last.get(name, 1)
        while taken.lower() in self._taken:  # a file's name may be the same in either case
            number += 1
            taken = f"{name}-{number}"
        self._last[name] = number
        self._taken.add(taken.lower())
        return taken
