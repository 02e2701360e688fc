"""Whole runs that ask in batches, against a service of our own, in fake time."""

import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest

from batch_runs import BatchRuns, Cut, Ran, talks
from batch_server import echo
from batch_service import HOUR, ApiError, Fate, Json
from dialogs.configuration import Prices
from dialogs.endpoints.batches.lanes import PartLimits
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.replaying import Money
from dialogs.transcript import Outcome
from dialogs.verifying import verify

TALKS, TURNS = 12, 3


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The transcripts of a run that nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    BatchRuns(folder, talks(TALKS, TURNS)).run()
    return (folder / "out.jsonl").read_bytes()


def hold(runs: BatchRuns, ran: Ran, expected: bytes) -> None:
    """Each request was answered once, each history is the true one, and the transcripts are as if undisturbed."""
    assert [verify(transcript) for transcript in ran.transcripts] == [None] * TALKS
    assert (runs.folder / "out.jsonl").read_bytes() == expected
    assert len(runs.service.answered) == TALKS * TURNS
    assert set(runs.service.answered.values()) == {1}


def test_a_batch_holds_one_turn_of_all_dialogues(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    ran = runs.run()

    assert [len(batch.lines) for batch in runs.service.batches.values()] == [TALKS] * TURNS
    assert runs.time.seconds > TURNS * 2 * HOUR
    hold(runs, ran, expected)


def test_a_request_has_the_bytes_of_a_live_one(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(1, 1))
    runs.run()
    (_record, content) = runs.service.files["file-1"]

    body = b'{"messages":[{"content":"0 of 0","role":"user"}],"model":"m"}'
    assert content.endswith(b'"method":"POST","url":"/v1/chat/completions","body":' + body + b"}\n")


@pytest.mark.parametrize("limits", [PartLimits(requests=5), PartLimits(size=600)])
def test_what_is_more_than_a_batch_may_hold_goes_into_more_of_them(
    tmp_path: Path, expected: bytes, limits: PartLimits
) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    ran = runs.run(limits=limits)

    assert len(runs.service.batches) >= TURNS * 3
    sizes = [record["bytes"] for record, _content in runs.service.files.values() if record["purpose"] == "batch"]
    assert max(sizes) <= limits.size
    hold(runs, ran, expected)


def test_fewer_places_than_dialogues_take_more_rounds(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    ran = runs.run(places=6)

    assert [len(batch.lines) for batch in runs.service.batches.values()] == [6] * 2 * TURNS
    hold(runs, ran, expected)


def odd(number: int) -> bool:
    return number % 2 == 1


@pytest.mark.parametrize(
    "fate",
    [Fate(end="expired", answers=odd), Fate(end="cancelled", answers=odd), Fate(end="completed", answers=odd)],
    ids=["expired", "cancelled", "completed with answers missing"],
)
def test_what_a_batch_leaves_unanswered_is_asked_again_in_the_next(tmp_path: Path, expected: bytes, fate: Fate) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS), lambda number: fate if number == 1 else Fate())
    ran = runs.run()

    assert [len(batch.lines) for batch in runs.service.batches.values()][:2] == [TALKS, TALKS]
    assert ran.tally.retried == TALKS // 2
    hold(runs, ran, expected)


def test_a_request_is_asked_in_as_many_batches_as_attempts_are_allowed(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(2, 1), lambda _number: Fate(end="expired", answers=odd))
    (failed, fine) = runs.run(policy=RetryPolicy(max_attempts=3)).transcripts

    assert len(runs.service.batches) == 3
    assert fine.outcome is Outcome.COMPLETED
    assert failed.error is not None
    assert failed.error.message == "batch_3 expired before the request was answered (after 3 attempts)"


def failing(status: int, code: str | None, times: int) -> Any:  # noqa: ANN401 - a reply of the service
    """Refuse the first dialogue's requests so often."""
    left = [times]

    def reply(body: Json) -> tuple[int, Json]:
        if "of 0" in body["messages"][0]["content"] and left[0]:
            left[0] -= 1
            return status, {"error": {"message": "no", "code": code}}
        return echo(body)

    return reply


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit_exceeded"), (500, None), (503, None)])
def test_a_line_with_a_passing_error_is_asked_again(
    tmp_path: Path, expected: bytes, status: int, code: str | None
) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS), reply=failing(status, code, 2))
    hold(runs, runs.run(), expected)


@pytest.mark.parametrize(("status", "kind"), [(400, "invalid_request"), (404, "not_found"), (403, "permission_denied")])
def test_a_line_with_a_lasting_error_ends_its_dialogue_and_no_other(tmp_path: Path, status: int, kind: str) -> None:
    runs = BatchRuns(tmp_path, talks(3, 2), reply=failing(status, None, 99))
    first, *others = runs.run().transcripts

    assert first.error is not None
    assert (first.error.kind, first.error.status) == (kind, status)
    assert [each.outcome for each in others] == [Outcome.COMPLETED] * 2


def test_a_line_that_tells_of_no_quota_stops_what_is_in_no_batch_yet(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(3, 2), reply=failing(429, "insufficient_quota", 99))
    ran = runs.run()

    assert len(runs.service.batches) == 1
    assert {each.error and each.error.kind for each in ran.transcripts} == {"insufficient_quota"}


def test_a_request_that_fails_validation_is_left_out_of_the_next_batch(tmp_path: Path) -> None:
    problem = {"code": "invalid_request", "message": "the body is bad", "line": 2, "param": None}
    runs = BatchRuns(tmp_path, talks(3, 1), lambda number: Fate(errors=(problem,)) if number == 1 else Fate())
    first, second, third = runs.run().transcripts

    assert [len(batch.lines) for batch in runs.service.batches.values()] == [3, 2]
    assert (first.outcome, third.outcome) == (Outcome.COMPLETED, Outcome.COMPLETED)
    assert second.error is not None
    assert "the body is bad" in second.error.message


def test_a_batch_that_fails_as_a_whole_ends_its_dialogues(tmp_path: Path) -> None:
    problem = {"code": "model_not_found", "message": "m does not exist", "line": None, "param": None}
    runs = BatchRuns(tmp_path, talks(3, 2), lambda _number: Fate(errors=(problem,)))
    ran = runs.run()

    assert len(runs.service.batches) == 1
    assert {each.error and each.error.kind for each in ran.transcripts} == {"invalid_request"}


def test_a_full_queue_is_waited_for_with_smaller_batches(tmp_path: Path, expected: bytes) -> None:
    full = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None, "param": None}
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS), lambda number: Fate(errors=(full,)) if number < 3 else Fate())
    ran = runs.run()

    assert [len(batch.lines) for batch in runs.service.batches.values()][:4] == [12, 6, 6, 3]
    hold(runs, ran, expected)


MOMENTS = [
    *[f"{when} {call}" for call in ("upload", "create", "retrieve", "download") for when in ("before", "after")],
]


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_dies_at_any_moment_goes_on_and_hands_nothing_over_twice(
    tmp_path: Path, expected: bytes, moment: str, nth: int
) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    runs.killed(moment, nth=nth)
    ran = runs.run(resume=True)

    assert len(runs.service.requests) == TALKS * TURNS
    hold(runs, ran, expected)


def test_a_run_that_dies_again_and_again_comes_to_its_end(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    for number, moment in enumerate([*MOMENTS, *MOMENTS]):
        runs.killed(moment, resume=number > 0)
        if len(runs.service.batches) == TURNS:
            break
    ran = runs.run(resume=True)

    assert len(runs.service.requests) == TALKS * TURNS
    hold(runs, ran, expected)


def test_without_waiting_a_run_hands_over_and_leaves(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    first = runs.run(waits=False)
    assert {each.outcome for each in first.transcripts} == {Outcome.INTERRUPTED}
    assert first.stop.reason == "--no-wait: all that could be handed over is"

    def three_hours_later() -> Ran:
        runs.time.seconds += 3 * HOUR
        return runs.run(resume=True, waits=False)

    *_, ran = [three_hours_later() for _ in range(TURNS)]
    assert [len(batch.lines) for batch in runs.service.batches.values()] == [TALKS] * TURNS
    hold(runs, ran, expected)


def test_at_the_deadline_a_run_leaves_its_batches_where_they_are(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    first = runs.run(deadline_s=HOUR)

    assert first.stop.reason == "the run's --deadline is over"
    assert runs.time.seconds == HOUR
    hold(runs, runs.run(resume=True), expected)


def test_a_budget_of_requests_is_held_before_they_are_handed_over(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    first = runs.run(money=Money(Budget(max_requests=5)))

    assert len(runs.service.requests) == 5
    assert first.stop.reason == "5 requests were sent, as many as --max-requests allows"
    hold(runs, runs.run(resume=True), expected)


def test_a_budget_of_dollars_is_reserved_before_requests_are_handed_over(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, 1))
    money = Money(Budget(max_cost_usd=4.5), {"m": Prices(0, 1_000)})  # a reply without a limit may cost 1 dollar
    runs.run(money=money)

    assert len(runs.service.requests) == 4
    assert 0 < money.budget.spent_usd < 4.5


def test_a_poll_that_gets_no_answer_is_no_end(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    refusals = iter(range(2))

    def refuse(moment: str) -> None:
        if moment == "before retrieve" and next(refusals, None) is not None:
            raise ApiError(503, "overloaded")

    hold(runs, runs.run(trouble=refuse), expected)


def test_a_batch_that_may_have_been_made_is_looked_for_before_it_is_made_again(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    answers = iter([False])

    def lose(moment: str) -> None:
        if moment == "after create" and not next(answers, True):
            raise ApiError(503, "the answer was lost")

    ran = runs.run(trouble=lose)

    assert len(runs.service.batches) == TURNS
    hold(runs, ran, expected)


def test_a_batch_that_was_surely_not_made_is_made_again(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    answers = iter([False, False])

    def refuse(moment: str) -> None:
        if moment == "before create" and not next(answers, True):
            raise ApiError(429, "slow down")

    hold(runs, runs.run(trouble=refuse), expected)


@pytest.mark.parametrize("call", ["upload", "create"])
def test_a_refused_call_ends_the_dialogues_with_its_reason(tmp_path: Path, call: str) -> None:
    def refuse(moment: str) -> None:
        if moment == f"before {call}":
            raise ApiError(400, "no batches for you")

    ran = BatchRuns(tmp_path, talks(2, 2)).run(trouble=refuse)

    assert {each.error and each.error.message for each in ran.transcripts} == {
        "400 from the service: no batches for you"
    }


@pytest.mark.parametrize("call", ["upload", "create"])
def test_a_provider_that_takes_nothing_for_long_is_left(tmp_path: Path, expected: bytes, call: str) -> None:
    def refuse(moment: str) -> None:
        if moment == f"before {call}":
            raise ApiError(429, "later")

    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    first = runs.run(trouble=refuse)

    assert first.stop.reason == "429 from the service: later (after 6 attempts); 12 requests were not handed over"
    assert {each.outcome for each in first.transcripts} == {Outcome.INTERRUPTED}
    hold(runs, runs.run(resume=True), expected)


def test_where_it_cannot_be_told_whether_a_batch_was_made_the_run_leaves_it(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))

    def lose(moment: str) -> None:
        if moment in {"after create", "before find"}:
            raise ApiError(503, "the answer was lost")

    first = runs.run(trouble=lose)

    assert "whether it has taken the batch is not known" in (first.stop.reason or "")
    hold(runs, runs.run(resume=True), expected)


def test_a_batch_that_its_provider_forgot_is_asked_again_once(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(2, 1))
    runs.run(waits=False)
    runs.service.batches.clear()
    ran = runs.run(resume=True)

    assert {each.outcome for each in ran.transcripts} == {Outcome.COMPLETED}
    assert ran.tally.retried == 2


def test_a_file_that_is_gone_loses_its_replies_and_they_are_asked_again_once(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(2, 1))

    def lose(moment: str) -> None:
        if moment == "before download" and len(runs.service.batches) == 1:
            raise ApiError(404, "No such File object")

    assert {each.outcome for each in runs.run(trouble=lose).transcripts} == {Outcome.COMPLETED}
    assert set(runs.service.answered.values()) == {2}


def test_a_provider_that_answers_no_more_is_left(tmp_path: Path, expected: bytes) -> None:
    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))

    def refuse(moment: str) -> None:
        if moment == "before retrieve":
            raise ApiError(503, "overloaded")

    first = runs.run(trouble=refuse)

    assert "batches that were handed over go on there" in (first.stop.reason or "")
    hold(runs, runs.run(resume=True), expected)


@pytest.mark.parametrize("module", ["submitting", "collecting"])
def test_a_full_disk_stops_the_run_and_loses_nothing(
    tmp_path: Path, expected: bytes, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_how: object) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    runs = BatchRuns(tmp_path, talks(TALKS, TURNS))
    with monkeypatch.context() as patch:
        patch.setattr(f"dialogs.endpoints.batches.{module}.TemporaryFile", full)
        first = runs.run()

    assert "could not be written or read: No space left on device" in (first.stop.reason or "")
    hold(runs, runs.run(resume=True), expected)


def test_people_are_told_how_batches_stand(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, talks(2, 1))
    notices = runs.run().notices

    assert notices[0] == "batch_1 (turn 1, m): 2 requests, 0.4 kB"
    assert notices[1] == "batch_1 (turn 1): validating, 0/2 answered"
    assert notices[-1] == "batch_1 (turn 1): completed, 2/2 answered"


@pytest.mark.parametrize("seed", range(2))
def test_days_of_a_bad_service_and_a_worse_machine_lose_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeatable

    def fate(_number: int) -> Fate:
        share, end = chance.random(), chance.choice(["completed", "completed", "expired", "cancelled"])
        return Fate(
            60, 8 * HOUR * chance.random(), 60, end, lambda number: number % 10 < 10 * share or end == "completed"
        )

    calm = tmp_path / "calm"
    calm.mkdir()
    BatchRuns(calm, talks(60, 3)).run()
    runs = BatchRuns(tmp_path, talks(60, 3), fate)
    policy, limits = RetryPolicy(max_attempts=99), PartLimits(requests=25)

    def die(moment: str) -> None:
        if chance.random() < (0.001 if "retrieve" in moment else 0.1):
            raise Cut

    for attempt in range(99):
        ran = runs.attempt(resume=attempt > 0, policy=policy, limits=limits, trouble=die)
        if ran is not None and {each.outcome for each in ran.transcripts} == {Outcome.COMPLETED}:
            break
    else:
        raise AssertionError("the run never came to its end")

    assert attempt > 0
    assert [verify(each) for each in ran.transcripts] == [None] * 60
    assert (len(runs.service.answered), set(runs.service.answered.values())) == (180, {1})
    assert (tmp_path / "out.jsonl").read_bytes() == (calm / "out.jsonl").read_bytes()
    assert runs.time.seconds > 24 * HOUR
