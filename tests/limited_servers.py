"""Simulated endpoints with limits, and a driver in virtual time; for tests and for bench/limits.py."""

import asyncio
import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

from clocks import VirtualClock, run_virtually
from coordinating import KEY, Office
from dialogs.chat import Answer, ChatReply, ChatRequest, CompletionPlace, Fault, FaultKind, History, script_message
from dialogs.endpoints.pacing import GateSpec
from dialogs.endpoints.permits import Pacing
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy

RetryAfter = Literal["none", "exact", "seconds"]
_PROMPT = History((script_message("user", "When can I return a lamp?"),))


class Limit(Protocol):
    """What a server allows."""

    def refuse(self, now: float) -> float | None:
        """Admit a request (None), or return the seconds until the next one would be admitted."""

    def done(self) -> None:
        """Take note that an admitted request was answered."""

    def allows(self, elapsed_s: float) -> float:
        """Return how many requests could have been admitted in so many seconds."""


@dataclass
class TokenBucket:
    """Refills by `rate` a second, up to `burst`."""

    rate: float
    burst: float
    _tokens: float = field(default=math.inf, init=False)
    _at: float = field(default=0.0, init=False)

    def refuse(self, now: float) -> float | None:
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1 - 1e-9:
            return (1 - self._tokens) / self.rate
        self._tokens -= 1
        return None

    def done(self) -> None:
        pass

    def allows(self, elapsed_s: float) -> float:
        return self.rate * elapsed_s + self.burst


@dataclass
class SlidingWindow:
    """Admits `count` in any `window_s` seconds."""

    count: int
    window_s: float
    _admitted: deque[float] = field(default_factory=deque, init=False)

    def refuse(self, now: float) -> float | None:
        while self._admitted and self._admitted[0] <= now - self.window_s + 1e-9:
            self._admitted.popleft()
        if len(self._admitted) < self.count:
            self._admitted.append(now)
            return None
        return self._admitted[0] + self.window_s - now

    def done(self) -> None:
        pass

    def allows(self, elapsed_s: float) -> float:
        return self.count * (elapsed_s / self.window_s + 1)


@dataclass
class FixedWindow:
    """Admits `count` in each window of `window_s` seconds; at the start the first one has run for `begun_s`."""

    count: int
    window_s: float
    begun_s: float = 0.0
    _window: int = field(default=-1, init=False)
    _admitted: int = field(default=0, init=False)

    def refuse(self, now: float) -> float | None:
        window = math.floor((now + self.begun_s) / self.window_s + 1e-9)
        if window != self._window:
            self._window, self._admitted = window, 0
        if self._admitted < self.count:
            self._admitted += 1
            return None
        return (window + 1) * self.window_s - self.begun_s - now

    def done(self) -> None:
        pass

    def allows(self, elapsed_s: float) -> float:
        return self.count * (elapsed_s / self.window_s + 1)


@dataclass
class Places:
    """Admits `count` at the same time, each of which takes `latency_s` on average."""

    count: int
    latency_s: float
    _taken: int = field(default=0, init=False)

    def refuse(self, _now: float) -> float | None:
        if self._taken < self.count:
            self._taken += 1
            return None
        return self.latency_s / self.count

    def done(self) -> None:
        self._taken -= 1

    def allows(self, elapsed_s: float) -> float:
        return self.count * elapsed_s / self.latency_s


@dataclass
class AtRandom:
    """Refuses a part of the requests whatever their rate; no limit at all, and to be survived."""

    part: float
    _chance: random.Random = field(default_factory=lambda: random.Random(7), init=False)  # noqa: S311 - a simulation

    def refuse(self, _now: float) -> float | None:
        return 0.1 if self._chance.random() < self.part else None

    def done(self) -> None:
        pass

    def allows(self, _elapsed_s: float) -> float:
        return math.inf


@dataclass
class LimitedServer:
    """An endpoint with a limit. A refusal comes after `refusal_s` (a round trip), an answer `latency_s` later still.

    `jitter_s` is added to each way at most; with `varies` the latency is exponentially distributed.
    """

    limit: Limit
    latency_s: float = 0.5
    retry_after: RetryAfter = "none"
    refusal_s: float = 0.005
    jitter_s: float = 0.0
    varies: bool = False
    status: int = 429
    model: str = "limited"
    identity: str = "limited"
    requests: int = 0
    refused: int = 0
    answered: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311 - a simulation

    async def complete(self, request: ChatRequest) -> Answer:
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: ChatRequest) -> Answer:
        await self._travel()
        wait_s = self.limit.refuse(asyncio.get_running_loop().time())
        if wait_s is None:
            await asyncio.sleep(self.latency_s * (self._chance.expovariate(1) if self.varies else 1))
            self.limit.done()
        await self._travel()
        if wait_s is None:
            self.answered.append(request.place.dialogue)
            return ChatReply({"role": "assistant", "content": "Within 30 days."}, "stop")
        self.refused += 1
        kind = FaultKind.RATE_LIMITED if self.status == 429 else FaultKind.SERVER_ERROR
        return Fault(kind, "slow down", retryable=True, status=self.status, retry_after_s=self._retry_after(wait_s))

    async def _travel(self) -> None:
        await asyncio.sleep(self.refusal_s / 2 + self._chance.uniform(0, self.jitter_s))

    def _retry_after(self, wait_s: float) -> float | None:
        match self.retry_after:
            case "none":
                return None
            case "exact":
                return wait_s
            case "seconds":
                return float(max(1, math.ceil(wait_s)))

    async def close(self) -> None:
        pass


@dataclass(frozen=True)
class Run:
    """How a run against a limited server went."""

    requests_per_success: float
    share_of_limit: float
    elapsed_s: float
    failed: int
    server: LimitedServer


def ask(dialogue: str, turn: int = 1) -> ChatRequest:
    return ChatRequest("limited", _PROMPT.messages, _PROMPT.sha256, CompletionPlace(dialogue, turn))


def drive(
    server: LimitedServer,
    *,
    calls: int,
    concurrency: int,
    turns: int = 1,
    rpm: float | None = None,
    policy: RetryPolicy | None = None,
    workers: int = 0,
) -> Run:
    """Play dialogues of `turns` turns, `calls` in all, `concurrency` dialogues at a time, in virtual time.

    With `workers` as many share the gate, which then stands at a coordinator.
    """

    def endpoint(gate: Pacing) -> RetryingEndpoint:
        return RetryingEndpoint(server, policy or RetryPolicy(), gate, random.Random(3))  # noqa: S311 - spreads waits

    async def main(clock: VirtualClock) -> Run:
        spec = GateSpec(concurrency, rpm)
        gates: list[Pacing] = [spec.open(clock)]
        if workers:
            gates = [link.gate(KEY) for link in Office(clock, spec, workers=workers).links]
        dialogues = iter(range(calls // turns))
        failed = 0

        async def worker(endpoint: RetryingEndpoint) -> None:
            nonlocal failed
            for dialogue in dialogues:
                for turn in range(turns):
                    answer = await endpoint.complete(ask(f"{dialogue:05}", turn + 1))
                    if isinstance(answer, Fault):
                        failed += 1
                        break

        endpoints = [endpoint(gate) for gate in gates]
        await asyncio.gather(*(worker(endpoints[number % len(endpoints)]) for number in range(concurrency)))
        elapsed_s = clock.monotonic()
        succeeded = len(server.answered)
        # The last answer was admitted one latency before the end.
        allowed = server.limit.allows(elapsed_s - server.latency_s - server.refusal_s)
        allowed = min(allowed, concurrency * elapsed_s / (server.latency_s + server.refusal_s))
        return Run(server.requests / succeeded, succeeded / allowed, elapsed_s, failed, server)

    return run_virtually(main)
