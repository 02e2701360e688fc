import asyncio
from collections.abc import Awaitable, Callable

import pytest

from builders import reply
from clocks import VirtualClock, run_virtually
from dialogs.chat import ChatReply, Fault, FaultKind, Usage
from dialogs.endpoints.limits import Permit
from dialogs.endpoints.pacing import Gate
from limited_servers import LimitedServer, SlidingWindow, TokenBucket, ask, drive

SLOW_DOWN = Fault(FaultKind.RATE_LIMITED, "slow down", retryable=True, status=429, retry_after_s=3.0)
BAD_KEY = Fault(FaultKind.AUTHENTICATION, "check the key", status=401, attempts=0)


async def pass_through(
    gate: Gate, dialogue: str, answer: ChatReply | Fault | None = None, takes_s: float = 1.0
) -> float:
    """Enter, ask for `takes_s` seconds, leave; return the moment of entering."""
    permit = await gate.enter(ask(dialogue))
    assert isinstance(permit, Permit)
    await asyncio.sleep(takes_s)
    gate.leave(permit, answer or reply("Yes"))
    return permit.sent_at


def entered(gate: Callable[[VirtualClock], Gate], calls: int, takes_s: float = 1.0) -> list[float]:
    """Let so many dialogues pass at the same time; return when each entered."""

    async def main(clock: VirtualClock) -> list[float]:
        shared = gate(clock)
        return await asyncio.gather(*(pass_through(shared, f"{n:04}", takes_s=takes_s) for n in range(calls)))

    return run_virtually(main)


def test_requests_of_one_place_go_one_after_the_other() -> None:
    assert entered(lambda clock: Gate(clock, concurrency=1), 3) == [0.0, 1.0, 2.0]


def test_all_places_are_in_use_within_half_a_second() -> None:
    moments = entered(lambda clock: Gate(clock, concurrency=512), 512, takes_s=60.0)

    assert moments[:4] == [0.0] * 4
    assert moments[-1] < 0.3


def test_without_a_limit_the_slow_start_costs_hardly_anything() -> None:
    ideal_s = 8000 / 512 * 0.5
    run = drive(LimitedServer(TokenBucket(1e9, 1e9), 0.5, refusal_s=0.0), calls=8000, concurrency=512, turns=4)

    assert ideal_s / run.elapsed_s > 0.95


def test_requests_a_minute_are_spread_evenly() -> None:
    moments = entered(lambda clock: Gate(clock, concurrency=50, rpm=120), 20, takes_s=0.1)

    assert moments == pytest.approx([n * 0.5 for n in range(20)], abs=0.11)


def test_a_server_that_counts_exactly_refuses_nothing_at_the_rate_that_the_user_sets() -> None:
    run = drive(LimitedServer(SlidingWindow(62, 60), 0.5), calls=150, concurrency=50, rpm=60)

    assert run.server.refused == 0


def test_tokens_a_minute_are_held_by_what_the_server_counts() -> None:
    async def main(clock: VirtualClock) -> float:
        gate = Gate(clock, concurrency=8, tpm=6000)
        answer = ChatReply({"role": "assistant", "content": "Yes"}, "stop", usage=Usage(100, 100))
        await asyncio.gather(*(pass_through(gate, f"{n}", answer) for n in range(100)))
        return clock.monotonic()

    assert run_virtually(main) == pytest.approx(60 * 100 * 200 / 6000, rel=0.05)


def test_a_refusal_pauses_everybody_once_for_as_long_as_the_server_asks() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        gate = Gate(clock, concurrency=4)
        await asyncio.gather(*(pass_through(gate, f"{n}", SLOW_DOWN) for n in range(4)))
        return await asyncio.gather(*(pass_through(gate, f"{n}") for n in range(4, 8)))

    first, *others = run_virtually(main)
    assert first == pytest.approx(1.0 + 3.0)
    assert all(moment > first for moment in others)


def test_a_shorter_wait_never_cuts_a_longer_one_short() -> None:
    async def main(clock: VirtualClock) -> float:
        gate = Gate(clock, concurrency=4)
        for fault in (SLOW_DOWN, Fault(FaultKind.RATE_LIMITED, "again", retryable=True, retry_after_s=0.1)):
            permit = Permit(clock.monotonic(), 0, epoch=0 if fault is SLOW_DOWN else 1)
            gate.leave(permit, fault)
        return await pass_through(gate, "a")

    assert run_virtually(main) == pytest.approx(3.0)


def test_later_turns_of_earlier_dialogues_go_first() -> None:
    order: list[str] = []

    async def play(gate: Gate, dialogue: str) -> None:
        for _turn in range(2):
            await pass_through(gate, dialogue)
        order.append(dialogue)

    async def main(clock: VirtualClock) -> None:
        gate = Gate(clock, concurrency=2)
        await asyncio.gather(*(play(gate, name) for name in "abcdef"))

    run_virtually(main)
    assert order == list("abcdef")


def test_at_a_limit_dialogues_finish_about_in_order() -> None:
    run = drive(LimitedServer(TokenBucket(10, 10), 0.5, "exact"), calls=400, concurrency=50, turns=4)
    last_turns = list(dict.fromkeys(reversed(run.server.answered)))[::-1]

    assert max(abs(place - int(name)) for place, name in enumerate(last_turns)) <= 5


def test_whoever_was_refused_often_lets_others_find_out() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        gate, order = Gate(clock, concurrency=1), []

        async def enter(dialogue: str, refusals: int) -> None:
            permit = await gate.enter(ask(dialogue), refusals=refusals)
            assert isinstance(permit, Permit)
            order.append(dialogue)
            gate.leave(permit, reply("Yes"))

        held = await gate.enter(ask("first"))
        assert isinstance(held, Permit)
        waiting = asyncio.gather(enter("often refused", 3), enter("later", 0))
        await asyncio.sleep(1)
        gate.leave(held, reply("Yes"))
        await waiting
        return order

    assert run_virtually(main) == ["later", "often refused"]


@pytest.mark.parametrize("turns_of_the_loop", range(4))
def test_a_cancelled_request_keeps_no_place(turns_of_the_loop: int) -> None:
    async def main(clock: VirtualClock) -> float:
        gate = Gate(clock, concurrency=1)
        held = await gate.enter(ask("a"))
        assert isinstance(held, Permit)
        waiting = asyncio.ensure_future(gate.enter(ask("b")))
        await asyncio.sleep(0)
        gate.leave(held, reply("Yes"))
        for _ in range(turns_of_the_loop):
            await asyncio.sleep(0)
        if waiting.cancel():
            await asyncio.wait([waiting])
        elif isinstance(permit := waiting.result(), Permit):
            gate.leave(permit, None)
        return await pass_through(gate, "c")

    assert run_virtually(main) == 0.0


def stopping(how: Callable[[Gate], Awaitable[object]], deadline: float | None = None) -> tuple[list[object], float]:
    """Let three requests wait at a gate of one place, stop it `how`; return what they got, and when."""

    async def main(clock: VirtualClock) -> tuple[list[object], float]:
        gate = Gate(clock, concurrency=1, deadline=deadline)
        await gate.enter(ask("in flight"))
        waiting = asyncio.gather(*(gate.enter(ask(name)) for name in "abc"))
        await asyncio.sleep(0)
        await how(gate)
        return list(await waiting), clock.monotonic()

    return run_virtually(main)


def test_a_gate_that_stops_sends_everybody_away_at_once() -> None:
    async def stop(gate: Gate) -> None:
        gate.stop(BAD_KEY)

    assert stopping(stop) == ([BAD_KEY] * 3, 0.0)


def test_after_the_deadline_nothing_is_let_through() -> None:
    async def nothing(_gate: Gate) -> None:
        pass

    answers, moment = stopping(nothing, deadline=7.0)
    assert [answer.kind for answer in answers if isinstance(answer, Fault)] == [FaultKind.STOPPED] * 3
    assert moment == 7.0


def test_a_pause_beyond_the_deadline_ends_the_waiting_at_once() -> None:
    async def refuse(gate: Gate) -> None:
        gate.leave(Permit(0.0, 0), SLOW_DOWN)

    answers, moment = stopping(refuse, deadline=2.0)
    assert all(isinstance(answer, Fault) for answer in answers)
    assert moment == 0.0


def test_a_stop_ends_pauses() -> None:
    async def main(clock: VirtualClock) -> float:
        gate = Gate(clock, concurrency=1)
        pausing = asyncio.ensure_future(gate.pause(100))
        await asyncio.sleep(1)
        gate.stop(BAD_KEY)
        await pausing
        return clock.monotonic()

    assert run_virtually(main) == 1.0


def test_many_dialogues_leave_little_behind() -> None:
    async def main(clock: VirtualClock) -> int:
        gate = Gate(clock, concurrency=8)
        for number in range(10_000):
            permit = await gate.enter(ask(f"{number}"))
            assert isinstance(permit, Permit)
            gate.leave(permit, reply("Yes"))
        return len(gate._ranks)  # noqa: SLF001 - memory is no other way seen

    assert run_virtually(main) <= 4096


def test_requests_are_not_taken_for_refused_by_faults_of_another_kind() -> None:
    async def main(clock: VirtualClock) -> float:
        gate = Gate(clock, concurrency=4)
        broken = Fault(FaultKind.SERVER_ERROR, "500", retryable=True, status=500)
        await asyncio.gather(*(pass_through(gate, f"{n}", broken) for n in range(4)))
        return await pass_through(gate, "a")

    assert run_virtually(main) == 1.0
