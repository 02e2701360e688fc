import asyncio

from dialogs.cluster.hub import Hub, Standing, Terms
from dialogs.coordination import FromWorker, ToWorker
from dialogs.coordination.messages import Ask, Snapshot
from dialogs.endpoints.pacing import GateSpec
from dialogs.tally import Tally

TERMS = Terms((GateSpec(concurrency=1),), max_failures=3, deadline_s=100.0)


def asking(number: int) -> FromWorker:
    return FromWorker(asks=[Ask(number, 0, f"talk@m#{number}", 0.0, 0)])


def test_what_a_lost_worker_held_goes_to_another() -> None:
    async def main() -> ToWorker:
        hub = Hub(TERMS)
        await hub.join("a")
        await hub.join("b")
        await hub.tell("a", asking(1))
        await hub.tell("b", asking(2))
        assert (await hub.listen("b", 0)).permits == []
        await hub.gone("a")
        return await hub.listen("b", 5)

    assert asyncio.run(main()).permits == [2]


def test_a_worker_that_was_given_up_is_told_to_end_and_heard_no_more() -> None:
    async def main() -> tuple[ToWorker, Standing]:
        hub = Hub(TERMS)
        await hub.join("a")
        listening = asyncio.create_task(hub.listen("a", 5))
        await asyncio.sleep(0)
        await hub.gone("a")
        await hub.tell("a", FromWorker(failures=3))
        assert (await listening).is_cut
        return await hub.listen("a", 5), await hub.standing()

    told, standing = asyncio.run(main())
    assert (told.is_stopping, told.is_cut) == (True, True)
    assert not standing.is_stopping


def test_a_worker_that_joins_a_stopped_run_hears_of_it_at_once() -> None:
    async def main() -> ToWorker:
        hub = Hub(TERMS)
        await hub.join("a")
        await hub.tell("a", FromWorker(failures=3))
        await hub.join("b")
        return await hub.listen("b", 0)

    told = asyncio.run(main())
    assert told.is_stopping
    assert told.stop_reason == "3 dialogues failed, as many as --max-failures allows"


def test_the_standing_adds_up_those_that_play_now() -> None:
    async def main() -> tuple[Standing, Standing]:
        hub = Hub(TERMS)
        for worker in ("a", "b"):
            assert 99 < (await hub.join(worker) or 0) <= 100
            await hub.tell(worker, FromWorker(snapshot=Snapshot(Tally(prompt_tokens=5), shown=2)))
        both = await hub.standing()
        await hub.gone("a")
        return both, await hub.standing()

    both, one = asyncio.run(main())
    assert (both.tally.prompt_tokens, both.shown) == (10, 4)
    assert (one.tally.prompt_tokens, one.shown) == (5, 2)
