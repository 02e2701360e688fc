import asyncio

import pytest

from clocks import VirtualClock, run_virtually
from coordinating import KEY, Office
from dialogs.chat import Fault, FaultKind
from dialogs.coordination import Link
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.limits import Permit
from dialogs.endpoints.pacing import GateSpec
from limited_servers import LimitedServer, TokenBucket, ask, drive

NO_MONEY = Fault(FaultKind.AUTHENTICATION, "no credit left", status=429, stops_endpoint=True)


async def enter(link: Link, dialogue: str = "a") -> Permit | Fault:
    return await link.gate(KEY).enter(ask(dialogue))


def test_two_workers_learn_a_limit_of_rate_as_one_does() -> None:
    one, two = (
        drive(LimitedServer(TokenBucket(20, 20), 0.5), calls=2_000, concurrency=64, turns=4, workers=workers)
        for workers in (0, 2)
    )

    assert two.requests_per_success < 1.05
    assert two.share_of_limit > 0.95
    assert two.requests_per_success == pytest.approx(one.requests_per_success, abs=0.02)


def test_the_places_of_all_workers_are_no_more_than_those_of_the_gate() -> None:
    run = drive(LimitedServer(TokenBucket(1e9, 1e9), 0.5), calls=400, concurrency=40, workers=3)

    assert run.server.most_in_flight == 40


def test_requests_a_minute_hold_for_all_workers_together() -> None:
    run = drive(LimitedServer(TokenBucket(1e9, 1e9), 0.1), calls=100, concurrency=20, rpm=600, workers=2)

    assert run.elapsed_s == pytest.approx(10.0, rel=0.03)


def test_an_answer_that_no_request_would_survive_stops_all_workers() -> None:
    async def main(clock: VirtualClock) -> tuple[Permit | Fault, float]:
        one, other = Office(clock, GateSpec(2), workers=2).links
        permit = await enter(one)
        pause = asyncio.create_task(other.gate(KEY).pause(60.0))
        assert isinstance(permit, Permit)
        one.gate(KEY).leave(permit, NO_MONEY)
        await pause
        return await enter(other), clock.monotonic()

    answer, now = run_virtually(main)

    assert isinstance(answer, Fault)
    assert (answer.message, answer.attempts) == ("not sent: no credit left", 0)
    assert now < 1


def test_what_a_lost_worker_held_goes_to_those_that_wait() -> None:
    async def main(clock: VirtualClock) -> Permit | Fault:
        office = Office(clock, GateSpec(1), workers=2)
        lost, other = office.links
        await enter(lost)
        waiting = [asyncio.create_task(enter(link, "b")) for link in (lost, other)]
        await asyncio.sleep(1)
        office.coordinator.gone(office.names[0])
        return await waiting[1]

    assert isinstance(run_virtually(main), Permit)


@pytest.mark.parametrize("after_s", [0.0, 0.0002, 0.0004, 0.5])
def test_a_wait_that_is_given_up_leaves_no_permit_behind(after_s: float) -> None:
    async def main(clock: VirtualClock) -> Permit | Fault:
        office = Office(clock, GateSpec(1), workers=1)
        (link,) = office.links
        given_up = asyncio.create_task(enter(link))
        await asyncio.sleep(after_s)
        given_up.cancel()
        if not given_up.done() or given_up.cancelled():
            await asyncio.gather(given_up, return_exceptions=True)
        else:
            permit = given_up.result()
            assert isinstance(permit, Permit)
            link.gate(KEY).leave(permit, None)
        async with asyncio.timeout(1):
            return await enter(link, "b")

    assert isinstance(run_virtually(main), Permit)


def test_the_budget_is_held_for_all_workers_together() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str | None], int]:
        office = Office(clock, GateSpec(9), workers=2, budget=Budget(max_requests=3))
        found = await asyncio.gather(*(link.budget.reserve(0.0) for link in office.links for _ in range(3)))
        return found, office.budget.sent

    found, sent = run_virtually(main)

    assert (found.count(None), sent) == (3, 3)
    assert found[-1] == "3 requests were sent, as many as --max-requests allows"


def test_a_lost_worker_s_reservations_may_have_been_spent() -> None:
    async def main(clock: VirtualClock) -> tuple[float, float]:
        office = Office(clock, GateSpec(9), workers=1, budget=Budget(max_cost_usd=10))
        (link,) = office.links
        await link.budget.reserve(4.0)
        await link.budget.reserve(3.0)
        link.budget.settle(4.0, 1.0, is_judge=False)
        await asyncio.sleep(1)
        office.coordinator.gone(office.names[0])
        return office.budget.spent_usd, office.budget.reserved_usd

    assert run_virtually(main) == (4.0, 0.0)


def test_a_stop_that_one_worker_asks_for_reaches_all() -> None:
    async def main(clock: VirtualClock) -> list[tuple[bool, str | None]]:
        office = Office(clock, GateSpec(9), workers=2)
        office.links[0].stop.request("the disk is full")
        await asyncio.sleep(1)
        return [(stop.is_requested(), stop.reason) for stop in (office.stop, *(link.stop for link in office.links))]

    assert run_virtually(main) == [(True, "the disk is full")] * 3


def test_failures_of_all_workers_are_counted_together() -> None:
    async def main(clock: VirtualClock) -> str | None:
        office = Office(clock, GateSpec(9), workers=2, max_failures=3)
        for link in (*office.links, office.links[0]):
            assert office.stop.reason is None
            link.failed()
            await asyncio.sleep(1)
        return office.links[1].stop.reason

    assert run_virtually(main) == "3 dialogues failed, as many as --max-failures allows"


def test_the_deadline_ends_waits_and_pauses_of_all_workers() -> None:
    async def main(clock: VirtualClock) -> tuple[object, float]:
        office = Office(clock, GateSpec(1), workers=2, deadline_s=5.0)
        one, other = office.links
        await enter(one)
        found, _ = await asyncio.gather(enter(other), one.gate(KEY).pause(60))
        return found, clock.monotonic()

    found, now = run_virtually(main)

    assert isinstance(found, Fault)
    assert "--deadline" in found.message
    assert now == pytest.approx(5.0, abs=0.01)
