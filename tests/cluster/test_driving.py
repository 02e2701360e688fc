import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import scenario
from dialogs.clock import SystemClock
from dialogs.cluster.hub import Standing
from dialogs.cluster.run_folders import Division
from dialogs.errors import WrongUseError
from dialogs.journal.journal import JournalOptions
from dialogs.journal.opening import Beginning
from dialogs.transcript import Outcome
from dialogs.workers.journals import open_run_journal
from loop_cluster import ClusterRun, LoopCluster, expansion_of
from servers import Received, Server, Wire, answer, completion_object, error, serve

DIALOGUES = 20
TALK = scenario("Say one", "Say two")


def speak(request: Received) -> Wire:
    return Wire(0.02, *answer(completion_object(f"You said {request.messages[-1]['content']}")).pieces)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(speak) as running:
        yield running


def run_in(place: Path | str, server: Server, **changed: object) -> ClusterRun:
    return ClusterRun(place, expansion_of(TALK, DIALOGUES), server.base_url, **changed)  # type: ignore[arg-type]


def ids(merged: bytes) -> list[str]:
    return [json.loads(line)["id"] for line in merged.splitlines()]


def every(run: ClusterRun) -> list[str]:
    return [dialogue.id for dialogue in run.expansion]


def test_all_parts_together_are_the_run_in_its_order(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> Division:
        division, cluster = run.start()
        await run.drive(division, cluster)
        return division

    division = asyncio.run(main())
    assert division.count == 5
    assert ids(run.merged(division)) == every(run)
    assert run.course.tally.outcomes == Counter({Outcome.COMPLETED: DIALOGUES})
    assert (run.course.ledger.sent, run.course.ledger.unknown, len(server.requests)) == (40, 0, 40)


@pytest.mark.parametrize("place", ["posix", "memory"])
def test_what_a_lost_worker_played_is_played_on_and_paid_for_once(server: Server, tmp_path: Path, place: str) -> None:
    run = run_in(tmp_path / "parts" if place == "posix" else f"memory://{tmp_path.name}/parts", server)

    async def main() -> tuple[Division, LoopCluster]:
        division, cluster = run.start()
        driving = asyncio.create_task(run.drive(division, cluster))
        await asyncio.to_thread(server.wait_for_requests, 15)
        cluster.lose_one()
        await driving
        return division, cluster

    division, cluster = asyncio.run(main())
    assert ids(run.merged(division)) == every(run)
    assert [attempt for attempt in cluster.attempts if attempt.endswith("-2")] == ["run1-1-2"]
    assert run.notices == ["a worker was lost (its process was killed); what it played goes on elsewhere"]
    assert 40 <= len(server.requests) <= 44  # as many as were on their way
    assert len(server.requests) == run.course.ledger.sent


def test_a_run_goes_on_with_the_parts_that_are_not_whole(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> tuple[Division, LoopCluster]:
        division, cluster = run.start()
        driving = asyncio.create_task(run.drive(division, cluster))
        await asyncio.to_thread(server.wait_for_requests, 20)
        run.stop.request("enough")
        await driving
        division, cluster = run.start(Beginning.RESUME)
        await run.drive(division, cluster)
        return division, cluster

    division, cluster = asyncio.run(main())
    assert ids(run.merged(division)) == every(run)
    assert len(server.requests) == 40
    assert len(cluster.attempts) < division.count


def test_a_stopped_run_has_the_transcripts_of_what_was_played(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> Division:
        division, cluster = run.start()
        driving = asyncio.create_task(run.drive(division, cluster))
        await asyncio.to_thread(server.wait_for_requests, 20)
        await cluster.hub.stop("the budget is spent")  # as a worker would
        await driving
        return division

    found = ids(run.merged(asyncio.run(main())))
    assert 0 < len(found) < DIALOGUES
    assert run.stop.reason == "the budget is spent"


def test_what_a_run_has_left_is_not_overwritten(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> None:
        run.start()
        run.start()

    with pytest.raises(WrongUseError, match="holds the parts of a run that did not finish"):
        asyncio.run(main())


def test_a_run_of_other_dialogues_does_not_go_on_with_the_parts(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> None:
        run.start()
        run.expansion = expansion_of(TALK, DIALOGUES + 1)
        run.start(Beginning.RESUME)

    with pytest.raises(WrongUseError, match="of a run of other dialogues"):
        asyncio.run(main())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": "0.0.1"}, "the run was started with 0.0.1; install the same version on all nodes"),
        ({"token": b"{}"}, "does not see the run's parts"),
    ],
)
def test_a_node_that_does_not_fit_ends_the_run(
    server: Server, tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> None:
        await run.drive(*run.start(Beginning.NEW, **changed))

    asyncio.run(main())
    assert run.course.problem is not None
    assert run.course.problem[0] == 2
    assert message in run.course.problem[1]
    assert server.requests == []


def test_another_coordinator_takes_the_place_of_one_that_was_lost(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> Division:
        division, cluster = run.start()
        driving = asyncio.create_task(run.drive(division, cluster))
        await asyncio.to_thread(server.wait_for_requests, 10)
        cluster.is_headless = True
        await driving
        return division

    assert ids(run.merged(asyncio.run(main()))) == every(run)
    assert run.notices == ["the coordinator of the run was lost; another one has taken its place"]
    assert (run.course.problem, run.course.losses) == (None, 0)
    assert run.course.tally.outcomes == Counter({Outcome.COMPLETED: DIALOGUES})
    assert len(server.requests) == 40  # what was on its way had time to come in


def test_a_worker_that_is_cut_off_from_the_coordinator_is_replaced(tmp_path: Path) -> None:
    with serve(lambda request: Wire(0.5, *speak(request).pieces)) as server:
        run = run_in(tmp_path / "parts", server)

        async def main() -> Division:
            division, cluster = run.start()
            driving = asyncio.create_task(run.drive(division, cluster))
            await asyncio.to_thread(server.wait_for_requests, 1)
            cluster.cut_off.add(cluster.attempts[0])
            await driving
            return division

        division = asyncio.run(main())
    assert ids(run.merged(division)) == every(run)
    how = "it could not reach the coordinator of the run any more"
    assert run.notices == [f"a worker was lost ({how}); what it played goes on elsewhere"]
    assert (run.course.problem, run.course.losses, len(server.requests)) == (None, 1, 40)


def test_a_coordinator_that_is_lost_again_and_again_ends_the_run(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> None:
        division, cluster = run.start()
        cluster.renew = lambda standing: standing == Standing()  # type: ignore[method-assign]
        cluster.is_headless = True
        await run.drive(division, cluster)

    asyncio.run(main())
    assert run.course.problem == (3, "the coordinator was lost")
    assert run.notices == ["the coordinator of the run was lost; another one has taken its place"] * 3
    assert server.requests == []


def test_a_lost_coordinator_ends_a_run_with_a_budget_and_loses_nothing(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server, max_requests=1_000)

    async def main() -> Division:
        division, cluster = run.start()
        driving = asyncio.create_task(run.drive(division, cluster))
        await asyncio.to_thread(server.wait_for_requests, 10)
        cluster.is_headless = True
        await driving
        assert run.course.problem == (3, "the coordinator was lost")
        division, cluster = run.start(Beginning.RESUME)
        await run.drive(division, cluster)
        return division

    assert ids(run.merged(asyncio.run(main()))) == every(run)
    assert len(server.requests) <= 40 + 8  # at most what was on its way


def test_dialogues_with_errors_are_played_again_and_the_others_kept(tmp_path: Path) -> None:
    broken = {"is": True}

    def script(request: Received) -> Wire:
        return error(400, "no") if broken["is"] and b"two" in request.body else speak(request)

    with serve(script) as server:
        run = run_in(tmp_path / "parts", server)

        async def main() -> Division:
            division, cluster = run.start()
            await run.drive(division, cluster)
            assert run.course.tally.outcomes == Counter({Outcome.ERROR: DIALOGUES})
            broken["is"] = False
            division, cluster = run.start(Beginning.RESUME)
            await run.drive(division, cluster)
            return division

        asyncio.run(main())
        assert run.course.tally.outcomes == Counter({Outcome.COMPLETED: DIALOGUES})
        assert len(server.requests) == 60


def test_a_file_that_was_changed_is_not_merged(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "parts", server)

    async def main() -> Division:
        division, cluster = run.start()
        await run.drive(division, cluster)
        return division

    division = asyncio.run(main())
    run.folder.write("2-of-5.jsonl", b"{}\n")
    with pytest.raises(Exception, match="is not what was written"):
        run.merged(division)


def test_a_run_without_a_cluster_leaves_the_parts_of_one_alone(server: Server, tmp_path: Path) -> None:
    run = run_in(tmp_path / "out.jsonl.parts", server)

    async def main() -> None:
        run.start()

    asyncio.run(main())
    options, clock = JournalOptions({}), SystemClock()
    with pytest.raises(WrongUseError, match="--engine ray --resume goes on with it, --fresh throws it away"):
        open_run_journal(tmp_path / "out.jsonl", Beginning.RESUME, options, clock)
    open_run_journal(tmp_path / "out.jsonl", Beginning.FRESH, options, clock).remove()
    assert list(tmp_path.iterdir()) == []
