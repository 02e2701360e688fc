"""Learns from an endpoint's refusals how many requests it admits in a second."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from dialogs.endpoints.limits import Permit

# How the estimate moves: steps, cuts and growth are parts of the rate. The values are from simulations of token
# buckets, windows and limits of concurrency (`bench/limits.py`).
_LARGEST_STEP: Final = 0.5
_SMALLEST_STEP: Final = 0.03
_SHRINKING: Final = 0.6
_GAIN: Final = 0.4
_LEAST_CUT: Final = 0.02
_CAREFUL_CUT: Final = 0.1
_LARGEST_REPEATED_CUT: Final = 0.5
_DEEPEST_CUT: Final = 0.8
_CAREFUL_STEP: Final = 0.2
_DEAR: Final = 2.0  # requests that could have been sent during a pause
_REQUESTS_PER_LOST: Final = 20
_REMEMBERED: Final = 100
_STEADY: Final = 40
_CONTRADICTIONS: Final = 4
_EARLY: Final = 8
_FEWEST_VAIN: Final = 6
_MOST_VAIN: Final = 16
_FALL: Final = 8
_MOST_DOUBLINGS: Final = 10
_TRUSTED_REFUSALS: Final = 20
_OUTAGE: Final = 6

# How long to wait where the endpoint does not say.
_PROBE_S: Final = 0.1
_LONGEST_PROBE_S: Final = 15.0
_LONGEST_SETTLING_S: Final = 0.25
_DOUBLING_S: Final = 0.05
_LATENESS_S: Final = 0.02
_TIMER_S: Final = 0.002
_SHORTEST_S: Final = 1e-3


@dataclass(slots=True)
class _Refusal:
    """The refusal that ended an epoch: `admitted` requests were sent in it before the one that was refused.

    `fruitless` counts the epochs in a row in which nothing was admitted; `was_told` says that the endpoint itself asked
    for the pause.
    """

    sent_at: float
    admitted: int
    pause_s: float
    was_told: bool
    fruitless: int

    def freed_at(self, now: float) -> float:
        """Return when the endpoint admitted again; where the wait was our own guess, somewhere within it."""
        return now if self.was_told else (now + self.sent_at) / 2


@dataclass(slots=True)
class _Estimate:
    """The rate as the epochs so far bracket it.

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
    best: float = 0.0
    contradictions: int = 0
    vain_cuts: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_VAIN))

    def growth(self, held_back: int, refusal_s: float) -> float:
        """Return by how much the pace rises for one request, when `held_back` have gone since the last cut.

        It rises more slowly where a refusal is dear, or late to be known; and ever faster where none comes.
        """
        step, patience, most = self.step, 3 / (_GAIN * self.step), math.inf
        if self.lost and step < _CAREFUL_STEP:
            per_cut = _REQUESTS_PER_LOST * self.lost
            patience, most = max(patience, per_cut), step / per_cut
        if held_back > patience:
            step, most = min(_LARGEST_STEP, step * held_back / patience), math.inf
        return min(_GAIN * step * step, step / (1 + self.rate * refusal_s), most)

    def learn(self, refusal: _Refusal, now: float) -> None:
        """Take in the epoch that `refusal` ended, now that sending goes on."""
        until = refusal.freed_at(now)
        if self.burst is None:
            self.burst = refusal.admitted
        else:
            self.admitted += refusal.admitted
        if self.admitted:
            self._cut(refusal, self.burst, self.admitted / max(until - self.since, _SHORTEST_S))
        else:
            self.rate = max(self.burst, 0.5) / max(until - self.first_at, _SHORTEST_S)
            self.since = now
        if self.admitted > (_REMEMBERED if refusal.admitted >= _EARLY else _STEADY):
            self.since = (now + self.since) / 2
            self.admitted /= 2

    def _cut(self, refusal: _Refusal, burst: int, measured: float) -> None:
        is_spaced = burst <= 1 and not refusal.fruitless
        self.repeats = self.repeats + 1 if refusal.admitted <= 1 and not refusal.fruitless else 0
        pace = self.rate if is_spaced else min(measured, self.rate)
        self.lost = max(0.0, refusal.pause_s * pace - burst) if refusal.was_told else 0.0
        least = _CAREFUL_CUT if self.lost > _DEAR else _LEAST_CUT
        self.best = max(self.best, measured if self.admitted >= _EARLY else 0.0)
        if is_spaced:
            cut = max(least, _GAIN * self.step**2) * 2**self.repeats
            self.rate *= 1 - min(cut, _LARGEST_REPEATED_CUT)
        else:
            lowest = max(measured, self.rate * (1 - _DEEPEST_CUT), self.best / _FALL if refusal.fruitless else 0.0)
            self.rate = min(lowest, self.rate * (1 - least))
        if not refusal.fruitless:
            self.step = max(_SMALLEST_STEP, self.step * _SHRINKING)
            self._note(refusal)
        elif refusal.fruitless >= _OUTAGE:
            self.step = max(_CAREFUL_STEP, self.step)

    def _note(self, refusal: _Refusal) -> None:
        """Keep what speaks against a limit of rate: refusals that come early, however low the pace has become."""
        if refusal.admitted >= _EARLY:
            self.vain_cuts.clear()
        else:
            self.vain_cuts.append(self.rate)
        if refusal.admitted >= _STEADY or self.rate > self.best / 2:
            self.contradictions = 0
        else:
            self.contradictions += 1

    @property
    def before(self) -> float:
        """The highest rate that is remembered."""
        return max(self.best, *self.vain_cuts, self.rate)

    @property
    def is_refuted(self) -> bool:
        """Whether the refusals cannot come from a limit of rate."""
        cuts = len(self.vain_cuts)
        fell = cuts >= _FEWEST_VAIN and self.rate < self.vain_cuts[0] / _FALL
        return fell or cuts == _MOST_VAIN or self.contradictions == _CONTRADICTIONS


class LearnedRate:
    """The rate that an endpoint admits. Until it first refuses, nothing is held back.

    A refusal ends an epoch: sending pauses once for all, and the rate is cut when it goes on. What was admitted from
    the end of one pause to the end of the next is a lower bound of the limit, the pace that was refused an upper one.
    The cut goes to the lower bound; where the endpoint let no burst through at all, the upper one is the closer, and
    the cut goes just below it. From there the pace rises by steps that grow smaller with each epoch, so that in the
    end one request in about eighty is refused. Requests that were sent before a cut and are refused after it add
    nothing: there is one cut for an epoch.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.next_at = -math.inf
        self.epoch = 0
        self.refusal_s = 0.0
        self._estimate: _Estimate | None = None
        self._began_at = 0.0
        self._sent = 0
        self._held_back = 0
        self._credit = 0.0
        self._refusal: _Refusal | None = None
        self._fruitless = 0
        self._trusted = 0

    @property
    def is_unknown(self) -> bool:
        """Whether the endpoint has refused nothing yet."""
        return self.epoch == 0

    @property
    def per_second(self) -> float:
        """The rate as it is thought to be."""
        return self._estimate.rate if self._estimate else math.inf

    def admit(self, permit: Permit, now: float) -> None:
        """Note that a request is sent now."""
        if self._estimate is None:
            self._estimate = _Estimate(first_at=now)
        if self._refusal is not None:
            self._go_on(self._estimate, self._refusal, now)
        permit.epoch, permit.index = self.epoch, self._sent
        self._sent += 1
        if self._estimate.rate < math.inf:
            self._pace(self._estimate, now)

    def _pace(self, estimate: _Estimate, now: float) -> None:
        if now - self.next_at < max(0.5 / estimate.rate, _TIMER_S):  # else it was not the pace that held it back
            self._held_back += 1
            if self._sent > self._credit:
                estimate.rate *= 1 + estimate.growth(self._held_back, self.refusal_s)
        # After a pause no faster than can be stopped: the first refusal is known only a round trip later.
        rising = self._began_at + _DOUBLING_S * math.log2(self._sent + 1)
        self.next_at = max(max(self.next_at, now - _LATENESS_S) + 1 / estimate.rate, rising)

    def hold(self, now: float, retry_after_s: float | None) -> None:
        """Send nothing for so long."""
        if retry_after_s is not None:
            self.next_at = max(self.next_at, now + retry_after_s)

    def refuse(self, permit: Permit, now: float, retry_after_s: float | None) -> None:
        """Note that a request was refused."""
        if permit.epoch < self.epoch:
            if self._refusal is not None and permit.epoch == self.epoch - 1:
                self._refusal.admitted = min(self._refusal.admitted, permit.index)
        elif self._trusted > 0:
            self._trusted -= 1
        else:
            self._end_epoch(permit, now, retry_after_s)
        self.hold(now, retry_after_s)

    def _end_epoch(self, permit: Permit, now: float, retry_after_s: float | None) -> None:
        is_first = self._estimate is None or self._estimate.burst is None
        is_fruitless = permit.index == 0 and not is_first
        self._fruitless = self._fruitless + 1 if is_fruitless else 0
        self.refusal_s = max(now - permit.sent_at, self.refusal_s * 0.9)
        pause_s = self._probing_s(is_first=is_first) if retry_after_s is None else retry_after_s
        was_told = retry_after_s is not None
        self._refusal = _Refusal(permit.sent_at, permit.index, pause_s, was_told, self._fruitless)
        self.epoch += 1
        self.next_at = now + pause_s

    def _probing_s(self, *, is_first: bool) -> float:
        """Return how long to wait where the endpoint does not say: ever longer while nothing is admitted."""
        if is_first:
            return _PROBE_S
        if self._fruitless:
            pause_s = max(_PROBE_S, 0.5 / self.per_second) * 2.0 ** min(self._fruitless - 1, _MOST_DOUBLINGS)
        else:
            pause_s = max(0.25 / self.per_second, min(self.refusal_s, _LONGEST_SETTLING_S))
        return min(pause_s, _LONGEST_PROBE_S)

    def _go_on(self, estimate: _Estimate, refusal: _Refusal, now: float) -> None:
        """Begin the epoch after a pause."""
        estimate.learn(refusal, now)
        self._credit = min(estimate.burst or 0, estimate.rate * refusal.pause_s)
        self._began_at, self._sent, self._held_back, self._refusal = now, 0, 0, None
        if estimate.is_refuted:
            self._estimate, self._trusted = _Estimate(first_at=now, rate=estimate.before), _TRUSTED_REFUSALS
