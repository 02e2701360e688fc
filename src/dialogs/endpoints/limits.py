"""How fast may be sent before an endpoint has said anything, and the rates that the user sets."""

import math
from dataclasses import dataclass
from typing import Final

from dialogs.chat import ChatRequest

_FIRST: Final = 4
_DOUBLING_S: Final = 0.1
_RAMP_S: Final = 0.2
_ATTENTION_S: Final = 0.01
_AT_ONCE_S: Final = 0.05
_BYTES_PER_TOKEN: Final = 4
_SURPLUS_WEIGHT: Final = 0.1


def prompt_tokens(request: ChatRequest) -> float:
    """Guess the tokens of a request's messages by the bytes of their texts."""
    return sum(len(message.hashed) for message in request.messages) / _BYTES_PER_TOKEN


@dataclass(slots=True)
class Permit:
    """Leave to send one request, and how things stood when it was given.

    `others` counts the requests that were on their way; `epoch` and `index` are the request's place among those sent
    since a cut of the rate; `tokens` is what it was thought to cost.
    """

    sent_at: float
    others: int
    tokens: float = 0.0
    epoch: int = 0
    index: int = 0


class Ramp:
    """How many requests may be on their way while nothing is known of the limits: few at first, soon all.

    It goes by time and not by replies: all places are open after 0.2 to 0.4 s, whatever the latency, so an endpoint
    without limits loses next to nothing, and one with a limit can say so before many requests are on their way. Time
    in which the program was too busy to look at any answer hardly counts.
    """

    def __init__(self, places: int) -> None:
        """Open up to `places`."""
        self._places = places
        self._is_done = places <= _FIRST
        self._seen_at = -math.inf
        self._elapsed_s = 0.0
        self._doubling_s = 0.0
        if not self._is_done:
            slowest_s = _RAMP_S * (1 + min(1.0, 64 / places))
            self._doubling_s = min(_DOUBLING_S, slowest_s / math.log2(places / _FIRST))

    def width(self, now: float) -> int:
        """Return how many places are open; the first call begins the ramp."""
        if self._is_done:
            return self._places
        if self._seen_at > -math.inf:
            self._elapsed_s += min(now - self._seen_at, _ATTENTION_S)
        self._seen_at = now
        width = int(_FIRST * 2 ** (self._elapsed_s / self._doubling_s) + 1e-6)
        self._is_done = width >= self._places
        return min(width, self._places)

    def widens_at(self, in_flight: int) -> float:
        """Return when to look whether there is a place for one more than `in_flight`: never, once all are open."""
        if self._is_done:
            return math.inf
        needed_s = self._doubling_s * math.log2((in_flight + 1) / _FIRST) - self._elapsed_s
        return self._seen_at + min(needed_s, _ATTENTION_S)


class Spacing:
    """Spreads a cost evenly over time: at most `per_minute` of it in a minute, and no bursts.

    The generic cell rate algorithm (ITU-T I.371), with a tolerance that only makes good for late timers.
    """

    def __init__(self, per_minute: float) -> None:
        """Let through `per_minute` of what is counted."""
        self._seconds_each = 60 / per_minute
        self.next_at = -math.inf

    def take(self, now: float, cost: float = 1.0) -> None:
        """Note that `cost` was spent."""
        self.next_at = max(self.next_at, now - _AT_ONCE_S) + cost * self._seconds_each

    def correct(self, surplus: float) -> None:
        """Note that so much more (or, below 0, less) was spent than was thought."""
        self.next_at += surplus * self._seconds_each


class TokenSpacing(Spacing):
    """Spreads tokens: those of a request are estimated when it is sent, and corrected by the usage of its reply."""

    def __init__(self, per_minute: float) -> None:
        """Let through `per_minute` tokens."""
        super().__init__(per_minute)
        self._surplus = 0.0

    def estimate(self, prompt: float) -> float:
        """Guess the tokens of a request, from those that are guessed of its prompt and what earlier guesses missed."""
        return max(1.0, prompt + self._surplus)

    def settle(self, permit: Permit, total: int) -> None:
        """Replace a guess by what the server counted."""
        missed = total - permit.tokens
        self.correct(missed)
        self._surplus += _SURPLUS_WEIGHT * missed
