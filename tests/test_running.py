import asyncio
from collections.abc import Callable

import pytest

from builders import dialogue, request, transcript
from dialogs.chat import Answer, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.clock import SystemClock
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.playing import Player
from dialogs.running import Lane, Stop, StoppableAttempts, StoppableEndpoint, play_all
from dialogs.scenario import Dialogue
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript


def talks(number: int) -> list[Dialogue]:
    return [dialogue("One", "Two", name=f"talk-{index}") for index in range(number)]


def stoppable(endpoint: ScriptedEndpoint, stop: Stop) -> StoppableEndpoint:
    return StoppableEndpoint(StoppableAttempts(endpoint, stop), stop)


def run(
    dialogues: list[Dialogue], endpoint: ScriptedEndpoint, *, places: int, stop: Stop | None = None
) -> list[tuple[int, Transcript]]:
    stop = stop or Stop()
    delivered: list[tuple[int, Transcript]] = []
    player = Player({"scripted": stoppable(endpoint, stop)}, SystemClock(), Tally())
    lanes = [Lane(frozenset(["scripted"]), places)]
    asyncio.run(play_all(dialogues, lanes, player, stop, lambda *each: delivered.append(each)))
    return delivered


def test_every_dialogue_is_delivered_with_its_position() -> None:
    delivered = run(talks(7), ScriptedEndpoint(lambda _request: "Yes"), places=3)

    assert sorted((position, each.scenario) for position, each in delivered) == [(n, f"talk-{n}") for n in range(7)]


def test_as_many_dialogues_are_played_at_a_time_as_the_lane_has_places() -> None:
    endpoint = ScriptedEndpoint(lambda _request: "Yes", latency_s=0.001)
    run(talks(12), endpoint, places=4)

    assert endpoint.most_in_flight == 4


def test_a_transcript_that_cannot_be_written_ends_the_run_with_its_own_error() -> None:
    player = Player({"scripted": ScriptedEndpoint(lambda _request: "Yes")}, SystemClock(), Tally())

    def full(_position: int, _transcript: Transcript) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(play_all(talks(4), [Lane(frozenset(["scripted"]), 4)], player, Stop(), full))


def test_a_stop_asks_nothing_more_and_lets_what_is_in_flight_end() -> None:
    stop = Stop()

    def answer(_request: ChatRequest) -> str:
        stop.request()
        return "Yes"

    delivered = run(talks(5), ScriptedEndpoint(answer), places=1, stop=stop)

    assert [each.outcome for _position, each in delivered] == [Outcome.INTERRUPTED]
    assert [message["content"] for message in delivered[0][1].messages] == ["One", "Yes", "Two"]


def test_a_cut_ends_what_is_in_flight() -> None:
    stop = Stop()
    endpoint = ScriptedEndpoint(lambda _request: "Yes", latency_s=60)

    async def cut_soon() -> list[Transcript]:
        player = Player({"scripted": stoppable(endpoint, stop)}, SystemClock(), Tally())
        playing = asyncio.create_task(player.play(dialogue("One")))
        await asyncio.sleep(0)  # until the endpoint waits
        stop.cut()
        return [await playing]

    assert [each.outcome for each in asyncio.run(cut_soon())] == [Outcome.INTERRUPTED]


class Waiting(StoppableAttempts):
    """Waits a minute before each attempt, as a limiter would."""

    async def complete(self, request: ChatRequest) -> Answer:
        await asyncio.sleep(60)
        return await super().complete(request)


def test_a_stop_ends_what_only_waits_for_its_moment() -> None:
    stop = Stop()
    endpoint = ScriptedEndpoint(lambda _request: "Yes")

    async def stop_soon() -> Transcript:
        player = Player({"scripted": StoppableEndpoint(Waiting(endpoint, stop), stop)}, SystemClock(), Tally())
        playing = asyncio.create_task(player.play(dialogue("One")))
        await asyncio.sleep(0)  # until the attempt waits
        stop.request()
        return await playing

    assert asyncio.run(stop_soon()).outcome is Outcome.INTERRUPTED
    assert not endpoint.requests


class Keeping(EndpointAround):
    """Takes its time to keep a reply, and lets the run be stopped meanwhile, as a signal during a sync does."""

    def __init__(self, inner: Endpoint, stop: Callable[[], None]) -> None:
        super().__init__(inner)
        self.stop = stop

    async def complete(self, request: ChatRequest) -> Answer:
        answer = await self.inner.complete(request)
        asyncio.get_running_loop().call_soon(self.stop)
        await asyncio.sleep(0.001)
        return answer


@pytest.mark.parametrize(("end", "said"), [(Stop.request, ["One", "Yes", "Two"]), (Stop.cut, ["One"])])
def test_a_reply_that_is_being_kept_is_taken_in_unless_the_run_is_cut(
    end: Callable[[Stop], None], said: list[str]
) -> None:
    stop = Stop()
    attempts = StoppableAttempts(ScriptedEndpoint(lambda _request: "Yes"), stop)
    endpoint = StoppableEndpoint(Keeping(attempts, lambda: end(stop)), stop)
    player = Player({"scripted": endpoint}, SystemClock(), Tally())

    played = asyncio.run(player.play(dialogue("One", "Two")))

    assert played.outcome is Outcome.INTERRUPTED
    assert [message["content"] for message in played.messages] == said


def test_a_stopped_dialogue_goes_on_as_a_task_that_nobody_cancelled() -> None:
    stop = Stop()
    endpoint = StoppableEndpoint(Waiting(ScriptedEndpoint(lambda _request: "Yes"), stop), stop)

    async def ask() -> tuple[Answer, int]:
        asyncio.get_running_loop().call_soon(stop.request)
        asyncio.get_running_loop().call_soon(stop.cut)
        answer = await endpoint.complete(request("Hi"))
        task = asyncio.current_task()
        return answer, task.cancelling() if task else -1

    answer, cancelling = asyncio.run(ask())

    assert isinstance(answer, Fault)
    assert (answer.kind, cancelling) == (FaultKind.STOPPED, 0)


def test_a_cancellation_from_outside_is_none_of_the_stop_s() -> None:
    stop = Stop()
    endpoint = StoppableEndpoint(Waiting(ScriptedEndpoint(lambda _request: "Yes"), stop), stop)

    async def cancel() -> Answer:
        asking = asyncio.create_task(endpoint.complete(request("Hi")))
        await asyncio.sleep(0)
        stop.request()
        asking.cancel()
        return await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())


def test_a_stop_keeps_what_an_earlier_run_has_finished() -> None:
    stop = Stop()
    stop.request()
    kept = {f"talk-{number}@scripted#0": transcript(f"talk-{number}", "One", "1") for number in (1, 3)}
    player = Player({"scripted": ScriptedEndpoint(lambda _request: "Yes")}, SystemClock(), Tally(), kept)
    delivered: list[int] = []
    lanes = [Lane(frozenset(["scripted"]), 2)]
    asyncio.run(play_all(talks(5), lanes, player, stop, lambda position, _each: delivered.append(position)))

    assert delivered == [1, 3]


def test_one_lane_does_not_wait_for_another() -> None:
    fast = ScriptedEndpoint(lambda _request: "Yes", model="fast")
    slow = ScriptedEndpoint(lambda _request: "Yes", model="slow", latency_s=0.02)
    dialogues = [Dialogue(talk.scenario, model) for talk in talks(4) for model in ("slow", "fast")]
    delivered: list[str] = []
    player = Player({"fast": fast, "slow": slow}, SystemClock(), Tally())
    lanes = [Lane(frozenset(["fast"]), 1), Lane(frozenset(["slow"]), 1)]
    asyncio.run(play_all(dialogues, lanes, player, Stop(), lambda _position, each: delivered.append(each.model)))

    assert delivered[:4] == ["fast"] * 4
