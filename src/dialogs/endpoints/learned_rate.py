"""Learns from an endpoint's refusals how fast requests may be sent to it."""

import math
from typing import Final

from dialogs.endpoints.limits import Permit
from dialogs.endpoints.rate_estimate import RateEstimate, Refusal
from dialogs.endpoints.trials import Odds, Trial

_PROBE_S: Final = 0.1
_LONGEST_PROBE_S: Final = 15.0
_LONGEST_SETTLING_S: Final = 0.25
_MOST_DOUBLINGS: Final = 10
_DOUBLING_S: Final = 0.05
_LATENESS_S: Final = 0.02
_TIMER_S: Final = 0.002
_TRIAL_GROWTH: Final = 0.2
_UNKNOWN_YET: Final = 3
_SEVERAL: Final = 3
_TRANSIT_S: Final = 0.01


class LearnedRate:
    """The rate that an endpoint admits. Until it first refuses, nothing is held back.

    A refusal ends an epoch: sending pauses once for all, and the rate is cut when it goes on. What was admitted from
    the end of one pause to the end of the next is a lower bound of the limit, the pace that was refused an upper one.
    The cut goes to the lower bound; where the endpoint let no burst through at all, the upper one is the closer, and
    the cut goes just below it. From there the pace rises by steps that grow smaller with each epoch, so that in the
    end one request in about eighty is refused. Requests that were sent before a cut and are refused after it add
    nothing: there is one cut for an epoch.

    Where refusals come as ever though the pace has fallen, they may come from no limit of rate, and cutting further
    would end in sending nothing at all. Then they are let pass, on trial: if they come no more often as the pace rises,
    only those that were refused wait.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.next_at = -math.inf
        self.epoch = 0
        self.refusal_s = 0.0
        self._estimate: RateEstimate | None = None
        self._began_at = 0.0
        self._sent = 0
        self._held_back = 0
        self._is_held_by_rate = True
        self._held_until = -math.inf
        self._credit = 0.0
        self._refusal: Refusal | None = None
        self._refused_at = math.inf
        self._admitted_after = 0
        self._last_after = 0.0
        self._fruitless = 0
        self._odds = Odds()
        self._highest = 0.0
        self._trial: Trial | None = None
        self._trials = 0
        self._doubled = 0

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
            self._begin(RateEstimate(first_at=now), now)
        elif self._refusal is not None:
            self._go_on(self._estimate, self._refusal, now)
        permit.epoch, permit.index = self.epoch, self._sent
        self._sent += 1
        if self._trial is not None:
            self._trial.sent()
        if self._estimate is not None and self._estimate.rate < math.inf:
            self._pace(self._estimate, now)

    def _begin(self, estimate: RateEstimate, now: float) -> None:
        self._estimate, self._refusal = estimate, None
        self._began_at, self._sent, self._held_back = now, 0, 0

    def _pace(self, estimate: RateEstimate, now: float) -> None:
        # The pace rises only where it was what held the request back.
        if self._is_held_by_rate and now - self.next_at < max(0.5 / estimate.rate, _TIMER_S):
            self._held_back += 1
            if self._sent > self._credit:
                estimate.grow(self._held_back, self.refusal_s)
                if self._trial is not None:
                    estimate.rate *= 1 + _TRIAL_GROWTH / (1 + estimate.rate * self.refusal_s)
        by_rate = max(self.next_at, now - _LATENESS_S) + 1 / estimate.rate
        # After a pause no faster than can be stopped: the first refusal is known only a round trip later.
        rising = self._began_at + _DOUBLING_S * math.log2(self._sent + 1)
        self._is_held_by_rate = by_rate >= rising
        self.next_at = max(by_rate, rising)

    def admitted(self, permit: Permit) -> None:
        """Note that a request was admitted: one sent after a refused one shows that no bucket was empty."""
        if self._trial is not None:
            return
        self._odds.admitted += 1
        if permit.sent_at > self._refused_at and permit.epoch == self.epoch - 1:
            self._admitted_after += 1
            self._last_after = max(self._last_after, permit.sent_at)

    def hold(self, now: float, retry_after_s: float | None) -> None:
        """Send nothing for so long."""
        if retry_after_s is not None:
            self._held_until = max(self._held_until, now + retry_after_s)
            self.next_at = max(self.next_at, self._held_until)

    def refuse(self, permit: Permit, now: float, retry_after_s: float | None) -> None:
        """Note that a request was refused."""
        if self._trial is not None:
            if permit.epoch < self.epoch:
                return
            self._trial.refused(permit.index)
            if not self._trial.is_over:
                return
            self._end_trial(self._trial, now)
        elif permit.epoch < self.epoch:
            if self._refusal is not None and permit.epoch == self.epoch - 1:
                self._refusal.admitted = min(self._refusal.admitted, permit.index)
        else:
            self._odds.refused += 1
            self._end_epoch(permit, now, retry_after_s)
        self.hold(now, retry_after_s)

    def _begin_trial(self, before: RateEstimate, now: float, odds: float) -> None:
        self._trial = Trial.begin(before, now, self._doubled, odds)
        self._trials += 1
        self._credit = 0.0
        pace = min(
            self._highest, _UNKNOWN_YET / self.refusal_s
        )  # so many may be sent before the first refusal is known
        self._begin(RateEstimate(first_at=now, rate=max(pace, before.rate)), now)

    def _end_trial(self, trial: Trial, now: float) -> None:
        """Go back to what was thought of the rate, or go on with the next trial where that cannot be true."""
        self.epoch += 1
        is_like = trial.is_like(self._odds)
        self._doubled += is_like
        if is_like and trial.refutes(now):
            self._odds.add(trial.odds.refused, trial.odds.admitted)
            self._begin_trial(trial.before, now, trial.odds.value)
            return
        self._trial = None
        estimate = trial.estimate(now)
        self._begin(estimate, now)
        self.next_at = max(now + 1 / estimate.rate, self._held_until)

    def _end_epoch(self, permit: Permit, now: float, retry_after_s: float | None) -> None:
        is_first = self._estimate is None or self._estimate.burst is None
        self._fruitless = self._fruitless + 1 if permit.index == 0 and not is_first else 0
        self.refusal_s = max(now - permit.sent_at, self.refusal_s * 0.9)
        pause_s = self._probing_s(is_first=is_first) if retry_after_s is None else retry_after_s
        self._refusal = Refusal(
            permit.sent_at,
            permit.sent_at - self._began_at,
            permit.index,
            pause_s,
            was_told=retry_after_s is not None,
            fruitless=self._fruitless,
        )
        self.epoch += 1
        self.next_at = max(now + pause_s, self._held_until)
        self._refused_at, self._admitted_after = permit.sent_at, 0

    def _probing_s(self, *, is_first: bool) -> float:
        """Return how long to wait where the endpoint does not say: ever longer while nothing is admitted."""
        if is_first:
            return _PROBE_S
        if self._fruitless:
            pause_s = max(_PROBE_S, 0.5 / self.per_second) * 2.0 ** min(self._fruitless - 1, _MOST_DOUBLINGS)
        else:
            pause_s = max(0.25 / self.per_second, min(self.refusal_s, _LONGEST_SETTLING_S))
        return min(pause_s, _LONGEST_PROBE_S)

    def _go_on(self, estimate: RateEstimate, refusal: Refusal, now: float) -> None:
        """Begin the epoch after a pause."""
        estimate.learn(refusal, now)
        if self._admitted_after >= _SEVERAL:
            elapsed_s = self._last_after - self._refused_at + _TRANSIT_S
            estimate.raise_to((self._admitted_after - 1) / elapsed_s)
        self._highest = max(self._highest, estimate.rate)
        if estimate.doubts.suffice(estimate.rate, self._trials):
            estimate.doubts.settle()
            self._begin_trial(estimate, now, self._odds.value)
            return
        self._credit = min(estimate.burst or 0, estimate.rate * refusal.pause_s)
        self._begin(estimate, now)
