import asyncio
import itertools
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from builders import reply
from clocks import VirtualClock, run_virtually
from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Fault, FaultKind
from dialogs.endpoints.pacing import Gate
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy
from limited_servers import ask

RATE_LIMITED = Fault(FaultKind.RATE_LIMITED, "429", retryable=True, status=429)
UNAVAILABLE = Fault(FaultKind.SERVER_ERROR, "500", retryable=True, status=500)
REFUSED = Fault(FaultKind.CONNECTION, "connection refused", retryable=True)
RESET = Fault(FaultKind.CONNECTION, "connection reset", retryable=True, billing=Billing.PERHAPS)
RUBBISH = Fault(FaultKind.NOT_A_COMPLETION, "HTML", retryable=True, billing=Billing.YES, body=b"<html>")
NOT_FOUND = Fault(FaultKind.NOT_FOUND, "404", status=404)
BAD_KEY = Fault(FaultKind.AUTHENTICATION, "401; check OPENAI_API_KEY", status=401, stops_endpoint=True)
YES = reply("Yes")


class Answers:
    """An endpoint that gives these answers in turn, the last one for ever, and notes when it was asked."""

    model = identity = "answers"

    def __init__(self, answers: Iterable[Answer], latency_s: float = 0.0) -> None:
        self._answers = list(answers)
        self._latency_s = latency_s
        self.asked_at: list[float] = []

    async def complete(self, _request: ChatRequest) -> Answer:
        self.asked_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._latency_s)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def close(self) -> None:
        pass


def insist(
    *answers: Answer, policy: RetryPolicy | None = None, deadline: float | None = None, seed: int = 1
) -> tuple[Answer, list[float]]:
    """Ask once through the retries; return the answer and the moments of the attempts."""
    inner = Answers(answers)

    async def main(clock: VirtualClock) -> Answer:
        gate = Gate(clock, concurrency=16, deadline=deadline)
        chance = random.Random(seed)  # noqa: S311 - spreads waits
        return await RetryingEndpoint(inner, policy or RetryPolicy(), gate, chance).complete(ask("a"))

    return run_virtually(main), inner.asked_at


def waits(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(moments)]


def fault(answer: Answer) -> Fault:
    assert isinstance(answer, Fault)
    return answer


def test_a_reply_at_the_first_attempt_is_passed_on_as_it_is() -> None:
    assert insist(YES) == (YES, [0.0])


@pytest.mark.parametrize("failure", [RATE_LIMITED, UNAVAILABLE, REFUSED])
def test_what_surely_cost_nothing_is_asked_again_until_it_succeeds(failure: Fault) -> None:
    answer, moments = insist(*[failure] * 5, YES)

    assert answer == replace(YES, attempts=6)
    assert len(moments) == 6


@pytest.mark.parametrize(
    ("failure", "policy", "attempts"),
    [
        (UNAVAILABLE, RetryPolicy(), 6),
        (UNAVAILABLE, RetryPolicy(max_attempts=2), 2),
        (UNAVAILABLE, RetryPolicy(max_attempts=1), 1),
        (RESET, RetryPolicy(), 2),
        (RUBBISH, RetryPolicy(), 2),
        (RUBBISH, RetryPolicy(costly_retries=0), 1),
        (RESET, RetryPolicy(costly_retries=9), 6),
        (NOT_FOUND, RetryPolicy(), 1),
    ],
)
def test_attempts_have_an_end(failure: Fault, policy: RetryPolicy, attempts: int) -> None:
    answer, moments = insist(failure, policy=policy)

    assert (fault(answer).kind, fault(answer).attempts, len(moments)) == (failure.kind, attempts, attempts)
    assert fault(answer).body == failure.body


def test_failures_that_cost_nothing_use_up_no_costly_retry() -> None:
    answer, _moments = insist(UNAVAILABLE, RESET, UNAVAILABLE, YES)

    assert answer == replace(YES, attempts=4)


def test_different_failures_that_may_have_cost_are_counted_together() -> None:
    answer, _moments = insist(RESET, RUBBISH, YES)

    assert (fault(answer).kind, fault(answer).attempts) == (FaultKind.NOT_A_COMPLETION, 2)


def test_the_message_says_how_many_attempts_there_were() -> None:
    assert fault(insist(UNAVAILABLE)[0]).message == "500 (after 6 attempts)"
    assert fault(insist(NOT_FOUND)[0]).message == "404"


@pytest.mark.parametrize("seed", range(20))
def test_waits_are_spread_and_each_is_longer_than_the_one_before(seed: int) -> None:
    _answer, moments = insist(UNAVAILABLE, seed=seed)

    assert waits(moments) == sorted(waits(moments))
    assert all(0.05 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(waits(moments)))


@pytest.mark.parametrize("seed", range(5))
def test_waits_at_a_limit_that_says_nothing_grow_to_more_than_a_minute(seed: int) -> None:
    _answer, moments = insist(RATE_LIMITED, seed=seed)

    assert waits(moments) == sorted(waits(moments))
    assert 60 < moments[-1] < 150


@pytest.mark.parametrize("failure", [RATE_LIMITED, UNAVAILABLE])
@pytest.mark.parametrize("seconds", [0.0, 0.25, 30.0, 599.0])
def test_the_wait_is_as_long_as_the_server_asks(failure: Fault, seconds: float) -> None:
    _answer, moments = insist(replace(failure, retry_after_s=seconds), YES)

    assert seconds <= moments[1] <= seconds + 0.6


def test_a_server_that_asks_for_too_long_is_asked_no_more() -> None:
    answer, moments = insist(replace(RATE_LIMITED, retry_after_s=601.0), YES)

    assert fault(answer).message == "429; it asks to wait 601 s, longer than --max-retry-after 600 allows"
    assert (fault(answer).stops_endpoint, moments) == (True, [0.0])


def test_waiting_ends_with_the_deadline() -> None:
    answer, moments = insist(UNAVAILABLE, policy=RetryPolicy(max_attempts=100), deadline=30.0)

    assert max(moments) < 30
    assert fault(answer).kind is FaultKind.SERVER_ERROR
    assert fault(answer).message.endswith("; not asked again: the run's --deadline leaves no time")


def test_nothing_is_sent_after_the_deadline() -> None:
    answer, moments = insist(YES, deadline=0.0)

    assert (fault(answer).kind, fault(answer).attempts, moments) == (FaultKind.STOPPED, 0, [])


def play_many(inner: Answers, count: int, concurrency: int = 4) -> tuple[list[Answer], float]:
    async def main(clock: VirtualClock) -> tuple[list[Answer], float]:
        gate = Gate(clock, concurrency=concurrency)
        endpoint = RetryingEndpoint(inner, RetryPolicy(), gate, random.Random(1))  # noqa: S311 - spreads waits
        answers = await asyncio.gather(*(endpoint.complete(ask(f"{n}")) for n in range(count)))
        return answers, clock.monotonic()

    return run_virtually(main)


def test_a_key_that_is_refused_stops_everybody_and_is_asked_no_more() -> None:
    inner = Answers([BAD_KEY], latency_s=1.0)
    answers, moment = play_many(inner, 100)

    assert (len(inner.asked_at), moment) == (4, 1.0)
    assert all(fault(answer).kind is FaultKind.AUTHENTICATION for answer in answers)
    assert sum(fault(answer).attempts for answer in answers) == 4


def test_who_was_not_asked_is_told_why() -> None:
    answers, _moment = play_many(Answers([BAD_KEY], latency_s=1.0), 5)

    assert fault(answers[-1]).message == "not sent: 401; check OPENAI_API_KEY"


def play_in_turn(inner: Answers, count: int) -> list[Answer]:
    async def main(clock: VirtualClock) -> list[Answer]:
        endpoint = RetryingEndpoint(inner, RetryPolicy(), Gate(clock, concurrency=4), random.Random(1))  # noqa: S311
        return [await endpoint.complete(ask(f"{n}")) for n in range(count)]

    return run_virtually(main)


def test_an_endpoint_that_nothing_has_reached_is_given_up_when_one_request_was_tried_to_its_end() -> None:
    inner = Answers([REFUSED])
    first, second, *_rest = play_in_turn(inner, 100)

    assert len(inner.asked_at) == RetryPolicy().max_attempts
    assert "nothing has ever answered there: check the base URL" in fault(first).message
    assert (fault(second).message, fault(second).attempts) == (f"not sent: {fault(first).message}", 0)


def test_who_waited_to_try_again_when_an_endpoint_was_given_up_says_the_same() -> None:
    answers, _moment = play_many(Answers([REFUSED]), 100)

    assert len({fault(answer).message.removeprefix("not sent: ") for answer in answers}) == 1


def test_an_endpoint_that_has_answered_before_is_tried_by_everybody() -> None:
    inner = Answers([UNAVAILABLE, REFUSED])
    answers = play_in_turn(inner, 10)

    assert len(inner.asked_at) == 10 * RetryPolicy().max_attempts
    assert {fault(answer).stops_endpoint for answer in answers} == {False}


def test_a_stop_ends_the_waits_of_those_that_failed_for_another_reason() -> None:
    inner = Answers([replace(UNAVAILABLE, retry_after_s=100.0), BAD_KEY], latency_s=1.0)
    answers, moment = play_many(inner, 2, concurrency=1)

    assert moment == 2.0
    assert fault(answers[0]).message == "500; not asked again: 401; check OPENAI_API_KEY"


def test_one_refusal_slows_every_dialogue_and_none_finds_out_by_itself() -> None:
    inner = Answers([replace(RATE_LIMITED, retry_after_s=5.0), YES], latency_s=0.1)
    answers, _moment = play_many(inner, 50, concurrency=50)

    assert all(isinstance(answer, ChatReply) for answer in answers)
    assert len(inner.asked_at) == 51
    assert all(at < 0.3 or at >= 5.1 for at in inner.asked_at)


def test_it_is_known_by_the_name_of_the_endpoint_within() -> None:
    async def main(clock: VirtualClock) -> tuple[str, str]:
        chance = random.Random(1)  # noqa: S311 - spreads waits
        endpoint = RetryingEndpoint(Answers([YES]), RetryPolicy(), Gate(clock, concurrency=1), chance)
        await endpoint.close()
        return endpoint.identity, endpoint.model

    assert run_virtually(main) == ("answers", "answers")
