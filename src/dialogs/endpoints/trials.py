"""Trials of whether refusals come from a limit of rate at all: they are let pass while the pace rises."""

from dataclasses import dataclass, field
from typing import Final

from dialogs.endpoints.rate_estimate import RateEstimate

# From simulations of limits of every kind and of refusals at random (`bench/limits.py`).
_SPARE: Final = 3
_TOLERATED: Final = 0.15
_MORE: Final = 1.5
_MOST_SPARE: Final = 4
_MOST_DOUBLINGS: Final = 4
_MANY: Final = 30
_FASTER: Final = 2


@dataclass(slots=True)
class Odds:
    """How many requests were refused for each that was not, over some time."""

    refused: int = 0
    admitted: int = 0

    @property
    def value(self) -> float:
        """The one by the other."""
        return self.refused / max(1, self.admitted)

    def add(self, refused: int, admitted: int) -> None:
        """Count so many more."""
        self.refused += refused
        self.admitted += admitted


@dataclass(slots=True)
class Trial:
    """A time in which refusals are let pass, as long as they come no more often than they did at the low pace before.

    At a limit of rate `before` they come ever more often as the pace rises, and the trial is over after a few. Where
    they come at random it goes on. Each request that is sent earns a `share` of a refusal, and `spare` are there from
    the start.
    """

    before: RateEstimate
    began_at: float
    spare: int
    share: float
    odds: Odds = field(default_factory=Odds)
    _left: float = field(init=False)
    _in_a_row: int = 0
    _last: int = -2

    def __post_init__(self) -> None:
        """Begin with what is to spare."""
        self._left = self.spare

    @classmethod
    def begin(cls, before: RateEstimate, now: float, number: int, odds: float) -> "Trial":
        """Begin the trial of this number (from 0): each lets more pass than the one before."""
        more = 2 ** min(number, _MOST_DOUBLINGS)
        return cls(before, now, _SPARE * more, min(max(_TOLERATED, _MORE * odds), _TOLERATED * more))

    def sent(self) -> None:
        """Note that a request is sent."""
        self.odds.admitted += 1
        self._left = min(self._left + self.share, _MOST_SPARE * self.spare)

    def refused(self, index: int) -> None:
        """Note that the request of this index was refused."""
        self.odds.admitted -= 1
        self.odds.refused += 1
        self._left -= 1 + self.share
        self._in_a_row = self._in_a_row + 1 if index == self._last + 1 else 1
        self._last = index

    @property
    def is_over(self) -> bool:
        """Whether more was refused than is let pass."""
        return self._left < 0 or self._in_a_row >= self.spare

    def refutes(self, now: float) -> bool:
        """Say whether far more was admitted than the limit would have let through."""
        return self.odds.admitted > _MANY + _FASTER * self.before.rate * (now - self.began_at)

    def is_like(self, odds: Odds) -> bool:
        """Say whether refusals came about as often as they did at other times, in spite of the pace."""
        return self.odds.refused <= _FASTER * (_SPARE + odds.value * self.odds.admitted)

    def estimate(self, now: float) -> RateEstimate:
        """Return what is known of the limit after the trial."""
        if self.refutes(now):
            return RateEstimate(first_at=now, rate=self.odds.admitted / (now - self.began_at))
        self.before.admitted += self.odds.admitted
        self.before.raise_to(self.before.doubts.proven)
        return self.before
