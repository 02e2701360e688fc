"""How much work one rendering may be: a number of units, each about a character that is made or looked at."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any, Final

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined

BUDGET: Final = 10_000_000
STEP: Final = 20
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
        self.spend(STEP + (len(value) if isinstance(value, Sized) else 0))
        return value

    def each(self, items: Iterable[Any], cost: int = 0) -> Iterator[Any]:
        """Give the items one after the other, at `cost` and a step each."""
        for item in items:
            self.spend(STEP + cost)
            yield item
