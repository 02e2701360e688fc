"""How much work one rendering may be: a number of units, each about a character that is made or looked at."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any, Final

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined
from jinja2.utils import Namespace

BUDGET: Final = 10_000_000
STEP: Final = 20
_ITEM: Final = 5  # of a list or a mapping, about what it takes to write it
_HOLD_NOTHING: Final = frozenset((str, int, float, bool, type(None)))
TOO_MUCH: Final = "the template works too long or makes too much text; wanted smaller loops and values"


class BudgetContext(Context):
    """The variables of one rendering, and the work that is left to it."""

    left = BUDGET

    def spend(self, units: int) -> None:
        """Take `units` of what is left.

        Raises:
            SecurityError: that is less.
        """
        self.left -= units
        if self.left < 0:
            raise SecurityError(TOO_MUCH)

    def check(self, units: int) -> None:
        """Raise SecurityError where `units` are more than is left, before they are worked."""
        if units > self.left:
            raise SecurityError(TOO_MUCH)

    def seen(self, value: Any) -> Any:  # noqa: ANN401 - a template's values are of any type
        """Take the cost of a value that is made or looked at, and return it; an iterator costs as it is used."""
        if isinstance(value, Undefined):
            return value
        if isinstance(value, Iterator):
            return self.each(value)
        self.spend(STEP + size(value, self.left))
        return value

    def each(self, items: Iterable[Any], cost: int = 0) -> Iterator[Any]:
        """Give the items one after the other, at `cost` and a step each."""
        for item in items:
            self.spend(STEP + cost)
            yield item


def size(value: Any, most: int) -> int:  # noqa: ANN401 - a template's values are of any type
    """Count the characters of a value about as they would be written; no further than just over `most`.

    A list may hold another twice, which holds another twice: a few loops make a value that is never written to its end.
    """
    total, waiting = 0, [value]
    while waiting and total <= most:
        item = waiting.pop()
        if type(item) in _HOLD_NOTHING:
            total += len(item) if type(item) is str else 0
            continue
        inner = _inner(item)
        total += STEP + len(inner) * _ITEM if inner is not None else len(item) if isinstance(item, Sized) else 0
        waiting += inner or ()
    return total


def _inner(value: Any) -> list[Any] | tuple[Any, ...] | None:  # noqa: ANN401
    """Return what a value holds; None where it holds nothing else."""
    match value:
        case list() | tuple():
            return value
        case Mapping():
            return [*value.keys(), *value.values()]
        case Namespace():  # its own attributes are the template's
            return list(object.__getattribute__(value, "_Namespace__attrs").values())
        case _:
            return None
