"""Learns from an endpoint's refusals how many requests it takes at the same time."""

import math
from collections import deque
from typing import Final

from dialogs.endpoints.limits import Permit

_CONFIRMATIONS: Final = 4
_FEWEST: Final = 4
_FIRST_PROBE_AFTER: Final = 10
_LAST_PROBE_AFTER: Final = 100
_TRANSIT: Final = 1.1
_LULL: Final = 0.8
_WEIGHT: Final = 0.2


class LearnedConcurrency:
    """The number of requests at which an endpoint refuses one more, if that is what it goes by.

    It is believed when a request was refused at the same number three times, and hardly one admitted. Then one more
    is tried from time to time, at ever longer intervals, and each success raises the number.
    """

    def __init__(self) -> None:
        """Suspect nothing."""
        self._full_at: int | None = None
        self._refused = 0
        self._admitted = 0
        self._refused_at = -math.inf
        self._sent_since = 0
        self._probe = 0
        self._probe_after = _FIRST_PROBE_AFTER
        self._below = 0
        self._sent_at = -math.inf
        self._takes_s = 0.0
        self._recent: deque[Permit] = deque()

    @property
    def is_suspected(self) -> bool:
        """Whether anything was refused yet."""
        return self._full_at is not None

    def opens_at(self, in_flight: int) -> float:
        """Return when one more may be sent beside so many: infinity where one of them must come back first.

        A probe beyond the number waits for a lull, so that a limit of rate has no part in its refusal.
        """
        if self._full_at is None or in_flight < self._full_at or not self._is_believed:
            return -math.inf
        if in_flight >= self._full_at + self._probe:
            return math.inf
        return self._sent_at + _LULL * self._takes_s / self._full_at

    @property
    def _is_believed(self) -> bool:
        return self._refused >= _CONFIRMATIONS and self._full_at is not None and self._full_at >= _FEWEST

    def explains(self, permit: Permit) -> bool:
        """Say whether a refusal comes from the number alone, and so says nothing about the rate."""
        return self._is_believed and self._full_at is not None and permit.others >= self._full_at

    def sent(self, permit: Permit) -> None:
        """Note that a request is sent."""
        if self._full_at is not None:
            self._sent_since += 1
            self._sent_at = permit.sent_at
            self._recent.append(permit)

    def ended(self, permit: Permit, now: float, transit_s: float) -> None:
        """Note that a request was answered: its place was free for those sent while the answer was on its way."""
        self._takes_s += _WEIGHT * (now - permit.sent_at - self._takes_s)
        while self._recent and self._recent[0].sent_at < now - _TRANSIT * transit_s:
            self._recent.popleft()
        for recent in self._recent:
            recent.others -= 1

    def admitted(self, permit: Permit) -> None:
        """Note that a request was admitted."""
        if self._full_at is None:
            return
        if permit.others < self._full_at:
            self._below += 1
            if self._below >= self._probe_after and self._is_believed:
                self._probe = 1
        elif self._is_believed:
            self._full_at, self._probe = permit.others + 1, 2 * max(self._probe, 1)
        else:
            self._admitted += 1
            if 2 * self._admitted > self._refused:
                self._full_at = None
                self._recent.clear()

    def refused(self, permit: Permit, now: float) -> None:
        """Note that a request was refused."""
        is_new = permit.sent_at > self._refused_at
        is_telling = is_new and self._sent_since > 1
        if is_new:
            self._refused_at, self._sent_since = now, 0
        if self._full_at is None or (is_telling and self._contradicts(permit.others, self._full_at)):
            self._suspect(permit.others)
        elif permit.others < self._full_at:
            self._full_at = permit.others
        elif is_telling or (is_new and self._is_believed):
            self._confirm()

    def _contradicts(self, others: int, full_at: int) -> bool:
        lowest = full_at - 2 if self._is_believed else full_at
        return not lowest <= others <= full_at + 1

    def _suspect(self, others: int) -> None:
        self._full_at, self._refused, self._admitted = others, 1, 0
        self._probe, self._probe_after, self._below = 0, _FIRST_PROBE_AFTER, 0

    def _confirm(self) -> None:
        self._refused += 1
        self._below = 0
        if self._probe:
            self._probe, self._probe_after = 0, min(2 * self._probe_after, _LAST_PROBE_AFTER)
