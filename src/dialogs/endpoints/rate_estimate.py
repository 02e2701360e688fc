"""How many requests an endpoint admits in a second, as far as its refusals tell."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

# How the estimate moves: steps, cuts and growth are parts of the rate. The values are from simulations of token
# buckets, windows, limits of concurrency and refusals at random (`bench/limits.py`).
_LARGEST_STEP: Final = 0.5
_SMALLEST_STEP: Final = 0.03
_CAREFUL_STEP: Final = 0.2
_SHRINKING: Final = 0.6
_GAIN: Final = 0.4
_LEAST_CUT: Final = 0.02
_CAREFUL_CUT: Final = 0.1
_LARGEST_REPEATED_CUT: Final = 0.16
_DEEPEST_CUT: Final = 0.8
_DEAR: Final = 2.0  # requests that could have been sent during a pause
_REQUESTS_PER_LOST: Final = 20
_REMEMBERED: Final = 100
_FEW: Final = 4
_LONG_S: Final = 0.5
_OUTAGE: Final = 6  # probes in vain
_SHORTEST_S: Final = 1e-3

# What speaks against a limit of rate.
_EARLY: Final = 8
_SOON: Final = 4
_SURE: Final = 15
_STEADY: Final = 40
_WELL_BELOW: Final = 0.8
_FAR_BELOW: Final = 0.5
_CONTRADICTIONS: Final = 3
_FALL: Final = 1.5
_LARGEST_FALL: Final = 4
_IN_VAIN: Final = 3
_FEWEST_CUTS: Final = 3
_MOST_CUTS: Final = 24
_MOST_CONTRADICTIONS: Final = 12
_CUTS_REMEMBERED: Final = 30


@dataclass(slots=True)
class Refusal:
    """The refusal that ended an epoch, which lasted `lasted_s` and `admitted` so many requests before it.

    `fruitless` counts the epochs in a row in which nothing was admitted; `was_told` says that the endpoint itself asked
    for the pause.
    """

    sent_at: float
    lasted_s: float
    admitted: int
    pause_s: float
    was_told: bool
    fruitless: int

    def freed_at(self, now: float) -> float:
        """Return when the endpoint admitted again; where the wait was our own guess, somewhere within it."""
        return now if self.was_told else (now + self.sent_at) / 2


@dataclass(slots=True)
class _Doubts:
    """What speaks against a limit of rate: refusals that come early, however low the pace has become.

    `proven` is the highest rate that was measured over some time; `count` are the cuts since the last trial, `cuts` the
    rates that the last ones led to.
    """

    proven: float = 0.0
    contradictions: int = 0
    count: int = 0
    cuts: deque[float] = field(default_factory=lambda: deque(maxlen=_CUTS_REMEMBERED))

    def note(self, refusal: Refusal, rate: float) -> None:
        """Weigh a refusal that was followed by a cut to `rate`."""
        self.cuts.append(rate)
        self.count += 1
        low = _WELL_BELOW * self.proven
        if (refusal.admitted >= _STEADY and rate > _FAR_BELOW * self.proven) or rate > low:
            self.contradictions = 0
        elif refusal.admitted < low * refusal.lasted_s:
            self.contradictions += 1

    def suffice(self, rate: float, trials: int) -> bool:
        """Say whether to try if the refusals come from a limit of rate at all, after so many `trials` in vain."""
        fell = self.count >= min(_FEWEST_CUTS << trials, _MOST_CUTS) and rate < max(self.cuts) / _FALL
        return fell or self.contradictions >= min(_CONTRADICTIONS << trials, _MOST_CONTRADICTIONS)

    def settle(self) -> None:
        """Doubt no more for now."""
        self.cuts.clear()
        self.count = 0
        self.contradictions = 0


@dataclass(slots=True)
class RateEstimate:
    """The rate as the epochs so far bracket it: what was admitted from below, what was refused from above.

    `burst` is what was admitted before the first refusal; `admitted` and `since` measure the lower bound; `step` is
    how far off the rate may still be; `lost` is how many requests a pause costs.
    """

    first_at: float
    rate: float = math.inf
    burst: int | None = None
    step: float = _LARGEST_STEP
    lost: float = 0.0
    repeats: int = 0
    admitted: float = 0.0
    since: float = 0.0
    growth: float = 0.0
    was_out: bool = False
    is_guess: bool = False
    doubts: _Doubts = field(default_factory=_Doubts)

    def grow(self, held_back: int, refusal_s: float) -> None:
        """Let the pace rise by a little for one request, when `held_back` have gone since the last cut."""
        self.growth = self._growth(held_back, refusal_s)
        self.rate *= 1 + self.growth

    def _growth(self, held_back: int, refusal_s: float) -> float:
        """Return by how much the pace rises for one request.

        It rises more slowly where a refusal is dear, or late to be known; and ever faster where none comes. It doubles
        where hardly anything was admitted before a long pause, since then next to nothing is known.
        """
        if self.is_guess:
            return 1 / (1 + self.rate * refusal_s)
        step, patience, most = self.step, 3 / (_GAIN * self.step), math.inf
        if self.lost and step < _CAREFUL_STEP:
            per_cut = _REQUESTS_PER_LOST * self.lost
            patience, most = max(patience, per_cut), step / per_cut
        if held_back > patience:
            step, most = min(_LARGEST_STEP, step * held_back / patience), math.inf
        return min(_GAIN * step * step, step / (1 + self.rate * refusal_s), most)

    def learn(self, refusal: Refusal, now: float) -> None:
        """Take in the epoch that `refusal` ended, now that sending goes on."""
        until = refusal.freed_at(now)
        if self.burst is None:
            self.burst = refusal.admitted
        elif self.was_out and refusal.admitted:
            self.since, self.admitted = refusal.sent_at - refusal.lasted_s, refusal.admitted
        else:
            self.admitted += refusal.admitted
        self.was_out = refusal.fruitless >= _OUTAGE
        if self.admitted:
            if self.admitted >= _SURE:
                self.doubts.proven = max(self.doubts.proven, self.admitted / (now - self.since))
            self._cut(refusal, self.burst, self.admitted / max(until - self.since, _SHORTEST_S))
        else:
            self.rate = max(self.burst, 0.5) / max(until - self.first_at, _SHORTEST_S)
            self.since = now
            self.is_guess = self.burst < _FEW and refusal.was_told and refusal.pause_s > _LONG_S
        if self.admitted > (_REMEMBERED if refusal.admitted >= _EARLY else _STEADY):
            self.since = (now + self.since) / 2
            self.admitted /= 2

    def raise_to(self, rate: float) -> None:
        """Believe in at least `rate`: so much was admitted right after a refusal, when nothing was saved up."""
        if rate > self.rate:
            self.rate, self.step = rate, _LARGEST_STEP

    def _cut(self, refusal: Refusal, burst: int, measured: float) -> None:
        is_spaced = burst <= 1 and not refusal.fruitless
        self.repeats = self.repeats + 1 if refusal.admitted < _SOON and not refusal.fruitless else 0
        pace = self.rate if is_spaced else min(measured, self.rate)
        self.lost = max(0.0, refusal.pause_s * pace - burst) if refusal.was_told else 0.0
        least = _CAREFUL_CUT if self.lost > _DEAR else _LEAST_CUT
        least = min(least * 2**self.repeats, _LARGEST_REPEATED_CUT)
        if is_spaced:
            self.rate *= 0.5 if self.is_guess else 1 - max(least, _GAIN * self.step**2)
        else:
            lowest = max(measured, self.rate * (1 - _DEEPEST_CUT), self._sustained(refusal.admitted, burst))
            if refusal.fruitless:
                lowest = max(lowest, self.doubts.proven / _LARGEST_FALL)
            self.rate = min(lowest, self.rate * (1 - least))
        self.is_guess = False
        if not refusal.fruitless:
            self.step = max(_SMALLEST_STEP, self.step * _SHRINKING)
            self.doubts.note(refusal, self.rate)
        elif refusal.fruitless >= _IN_VAIN:  # what refuses at random would have let one through
            self.doubts.settle()
        if self.was_out:
            self.step = max(_CAREFUL_STEP, self.step)

    def _sustained(self, admitted: int, burst: int) -> float:
        """Return what the last requests of an epoch prove, which went at a pace that rose slowly up to the refusal.

        If k requests are admitted in t seconds, a bucket that holds `burst` refills by (k - burst) / t at least. At a
        pace that rises by a part g for each request that is the most for k = sqrt(2 burst / g).
        """
        burst = max(burst, 1)
        if admitted * admitted * self.growth < 2 * burst:
            return 0.0
        return self.rate * (1 - math.sqrt(2 * self.growth * burst))
