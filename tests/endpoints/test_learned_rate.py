"""In virtual time: what a whole run does against servers with limits of each kind."""

import random
from collections.abc import Callable

import pytest

from limited_servers import AtRandom, FixedWindow, Limit, LimitedServer, RetryAfter, SlidingWindow, TokenBucket, drive

TOLD: list[RetryAfter] = ["none", "exact", "seconds"]
LATENCIES_S = [0.05, 2.0]


@pytest.mark.parametrize("latency_s", LATENCIES_S)
@pytest.mark.parametrize("retry_after", TOLD)
@pytest.mark.parametrize("burst", [10, 20])
def test_a_token_bucket_of_ten_a_second_is_used_up_with_few_refusals(
    burst: int, retry_after: RetryAfter, latency_s: float
) -> None:
    server = LimitedServer(TokenBucket(10, burst), latency_s, retry_after)
    run = drive(server, calls=200, concurrency=50)

    assert (run.failed, len(server.answered)) == (0, 200)
    assert run.requests_per_success <= 1.1
    assert 200 / (run.elapsed_s - latency_s) >= 9.5


@pytest.mark.parametrize("latency_s", LATENCIES_S)
@pytest.mark.parametrize("retry_after", TOLD)
def test_a_token_bucket_of_twenty_a_second_is_used_up_by_two_hundred_dialogues(
    retry_after: RetryAfter, latency_s: float
) -> None:
    server = LimitedServer(TokenBucket(20, 20), latency_s, retry_after)
    run = drive(server, calls=1200, concurrency=200)

    assert (run.failed, len(server.answered)) == (0, 1200)
    assert run.requests_per_success <= 1.1
    assert run.share_of_limit >= 0.95


@pytest.mark.parametrize("latency_s", LATENCIES_S)
@pytest.mark.parametrize("retry_after", ["none", "exact"])
@pytest.mark.parametrize(
    ("limit", "calls", "concurrency"),
    [
        (lambda: TokenBucket(10, 1), 200, 50),
        (lambda: TokenBucket(10, 2), 200, 50),
        (lambda: TokenBucket(20, 1), 1200, 200),
    ],
    ids=["10/s", "10/s, burst 2", "20/s"],
)
def test_a_bucket_that_lets_hardly_any_burst_through_is_used_up_too(
    limit: Callable[[], Limit], calls: int, concurrency: int, retry_after: RetryAfter, latency_s: float
) -> None:
    run = drive(LimitedServer(limit(), latency_s, retry_after), calls=calls, concurrency=concurrency)

    assert run.failed == 0
    assert run.requests_per_success <= 1.1
    assert run.share_of_limit >= 0.95


@pytest.mark.parametrize("retry_after", ["exact", "seconds"])
@pytest.mark.parametrize(
    ("limit", "calls", "share"),
    [
        (lambda: TokenBucket(1, 60), 300, 0.95),
        (lambda: TokenBucket(10, 600), 1000, 0.95),
        (lambda: TokenBucket(100, 100), 1000, 0.8),
        (lambda: SlidingWindow(60, 60), 300, 0.8),
        (lambda: FixedWindow(60, 60, begun_s=20), 300, 0.85),
        (lambda: FixedWindow(600, 60, begun_s=20), 1500, 0.8),
    ],
    ids=["1/s, burst 60", "10/s, burst 600", "100/s, burst 100", "60 in any minute", "60 a minute", "600 a minute"],
)
def test_other_limits_of_rate_are_respected_and_mostly_used(
    limit: Callable[[], Limit], calls: int, share: float, retry_after: RetryAfter
) -> None:
    run = drive(LimitedServer(limit(), 0.05, retry_after), calls=calls, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.1
    assert run.share_of_limit >= share


@pytest.mark.parametrize("limit", [SlidingWindow(60, 60), FixedWindow(60, 60, begun_s=20)], ids=["sliding", "fixed"])
def test_a_limit_a_minute_that_does_not_say_how_long_to_wait_fails_nobody(limit: Limit) -> None:
    run = drive(LimitedServer(limit, 0.5), calls=200, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.35


def test_a_limit_that_falls_in_mid_run_is_learned_anew() -> None:
    class Falling(TokenBucket):
        def refuse(self, now: float) -> float | None:
            self.rate = 10 if now < 60 else 2
            return super().refuse(now)

    run = drive(LimitedServer(Falling(10, 10), 0.5, "exact"), calls=800, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.1
    assert run.elapsed_s < 60 + 200 / 2 * 1.3


def test_a_limit_that_is_lifted_is_found_out() -> None:
    class Rising(TokenBucket):
        def refuse(self, now: float) -> float | None:
            self.rate = 10 if now < 20 else 1000
            return super().refuse(now)

    run = drive(LimitedServer(Rising(10, 10), 0.5), calls=2000, concurrency=50)

    assert run.elapsed_s < 100


@pytest.mark.parametrize("part", [0.02, 0.1, 0.3])
def test_refusals_at_random_do_not_slow_a_run_to_a_halt(part: float) -> None:
    run = drive(LimitedServer(AtRandom(part), 0.3), calls=400, concurrency=16, turns=4)

    assert run.elapsed_s < 200
    assert run.requests_per_success < 1.1 / (1 - part)


@pytest.mark.parametrize(("part", "share"), [(0.02, 0.5), (0.1, 0.3)])
def test_refusals_at_random_that_ask_for_a_wait_hold_up_few_others(part: float, share: float) -> None:
    run = drive(LimitedServer(AtRandom(part), 0.5, "seconds"), calls=2000, concurrency=64)

    assert run.failed == 0
    assert run.share_of_limit > share  # of what 64 at a time could do


def test_a_limit_of_rate_that_refuses_at_random_too_is_kept() -> None:
    class Both(TokenBucket):
        chance = random.Random(5)  # noqa: S311 - a simulation

        def refuse(self, now: float) -> float | None:
            return 0.1 if self.chance.random() < 0.1 else super().refuse(now)

    run = drive(LimitedServer(Both(10, 10), 0.5, "exact"), calls=1000, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.35
    assert run.share_of_limit >= 0.5


def test_after_a_long_outage_the_rate_comes_back() -> None:
    class Outage(TokenBucket):
        def refuse(self, now: float) -> float | None:
            return 1.0 if 20 < now < 80 else super().refuse(now)

    run = drive(LimitedServer(Outage(10, 10), 0.5), calls=1000, concurrency=50)

    assert run.elapsed_s < 100 + 60 + 60


@pytest.mark.parametrize("retry_after", TOLD)
@pytest.mark.parametrize(
    "server",
    [
        lambda told: LimitedServer(TokenBucket(7.6, 2), 0.32, told, refusal_s=0.1, jitter_s=0.01, varies=True),
        lambda told: LimitedServer(TokenBucket(68, 3), 0.19, told, refusal_s=0.02, varies=True),
        lambda told: LimitedServer(TokenBucket(20, 1), 0.94, told, refusal_s=0.05, jitter_s=0.003, varies=True),
        lambda told: LimitedServer(TokenBucket(1.3, 2), 0.52, told, refusal_s=0.02, jitter_s=0.01, varies=True),
        lambda told: LimitedServer(TokenBucket(10, 20), 3.0, told, refusal_s=0.3),
        lambda told: LimitedServer(TokenBucket(10, 10), 2.0, told, refusal_s=2.0),
    ],
    ids=["far", "fast", "spaced", "slow", "very far", "as slow to refuse as to answer"],
)
def test_odd_limits_fail_nobody_and_are_never_stormed(
    server: Callable[[RetryAfter], LimitedServer], retry_after: RetryAfter
) -> None:
    run = drive(server(retry_after), calls=200, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.6
    assert run.share_of_limit >= 0.25


@pytest.mark.parametrize("refused", [1, 2, 6])
def test_a_few_refusals_at_the_start_do_not_slow_the_whole_run(refused: int) -> None:
    class AtFirst(AtRandom):
        left = refused

        def refuse(self, _now: float) -> float | None:
            self.left -= 1
            return 1.0 if self.left >= 0 else None

    run = drive(LimitedServer(AtFirst(0), 0.1, "seconds"), calls=200, concurrency=50, turns=4)

    assert run.failed == 0
    assert run.elapsed_s < 15
