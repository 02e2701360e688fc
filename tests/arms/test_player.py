import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from against import play_against
from builders import dialogue, play, reply, sent
from dialogs.arms.baselines import Baselines
from dialogs.arms.histories import History
from dialogs.arms.plan import Plan
from dialogs.arms.player import ArmsPlayer
from dialogs.chat import ChatRequest, Fault, FaultKind
from dialogs.clock import SystemClock
from dialogs.compare.likeness import Rules
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.sameness import Sameness
from dialogs.scenario import Dialogue
from dialogs.tally import Tally
from dialogs.transcript import Outcome
from dialogs.transcript_files import write_transcripts

USERS = ("One", "Two", "Three", "Four")


def echo(request: ChatRequest) -> str:
    """Answer with what the user says last and how many messages there are: no reply depends on another."""
    return f"{request.messages[-1].content} {len(request.messages)}"


def chained(request: ChatRequest) -> str:
    """Answer with the whole history: each reply depends on all before."""
    return ">".join(str(message.content) for message in request.messages)


def changed(script: Script, user: str, to: str = "other") -> Script:
    """Change the reply to what a user says."""
    return lambda request: to if request.messages[-1].content == user else script(request)


def at_once(script: Script, talk: Dialogue, plan: Plan) -> int:
    """Play a dialogue; return how many requests were on their way at the same time."""
    endpoint = ScriptedEndpoint(script)
    asyncio.run(ArmsPlayer({"scripted": endpoint}, SystemClock(), Tally(), plan=plan).play(talk))
    return endpoint.most_in_flight


def contents(request: ChatRequest) -> list[object]:
    return [message["content"] for message in sent(request)]  # type: ignore[index]


def places(requests: Sequence[ChatRequest]) -> Counter[str]:
    return Counter(str(request.place).removeprefix("talk@scripted#0 ") for request in requests)


def test_where_nothing_changed_nothing_is_asked_twice() -> None:
    talk = dialogue(*USERS)
    baseline, _ = play(talk, chained)
    candidate, requests = play_against(talk, chained, [baseline])

    assert (len(requests), candidate.turns) == (4, baseline.turns)
    assert candidate.baseline_sha256 == baseline.stable_sha256


def test_the_turns_after_the_first_change_are_asked_on_the_baseline_s_history_too() -> None:
    talk = dialogue(*USERS)
    baseline, _ = play(talk, echo)
    candidate, requests = play_against(talk, changed(echo, "Two"), [baseline], confirm=0)
    pinned = {request.place.turn: contents(request) for request in requests if request.place.arm == "pinned"}

    assert [turn.pinned is not None for turn in candidate.turns] == [False, False, True, True]
    assert pinned[4] == ["One", "One 1", "Two", "Two 3", "Three", "Three 5", "Four"]
    assert [contents(request)[3:4] for request in requests if request.place.arm == "live"][2:] == [["other"]] * 2


def test_a_turn_that_differs_is_asked_again_on_the_same_history() -> None:
    talk = dialogue(*USERS)
    baseline, _ = play(talk, echo)
    _candidate, requests = play_against(talk, changed(changed(echo, "Two"), "Four"), [baseline], confirm=2)

    assert places(requests) == {
        "turn 1": 1,
        "turn 2": 1,
        "turn 2, resample 1": 1,
        "turn 2, resample 2": 1,
        "turn 3": 1,
        "turn 3, pinned": 1,
        "turn 4": 1,
        "turn 4, pinned": 1,
        "turn 4, pinned 1": 1,
        "turn 4, pinned 2": 1,
    }


def test_a_confirmation_is_recorded_beside_the_reply_that_it_confirms() -> None:
    talk = dialogue("One", "Two")
    baseline, _ = play(talk, echo)
    candidate, _ = play_against(talk, lambda request: "again" if request.place.resample else "other", [baseline])

    assert [arm.messages[0]["content"] for arm in candidate.turns[0].confirmations] == ["again"]


def test_what_the_rules_ignore_is_not_confirmed() -> None:
    talk = dialogue("One", "Two")
    baseline, _ = play(talk, echo)
    rules = Rules(Sameness(ignore=("other|One 1",)))
    _candidate, requests = play_against(talk, changed(echo, "One"), [baseline], rules=rules)

    assert places(requests) == {"turn 1": 1, "turn 2": 1, "turn 2, pinned": 1}


def test_pinned_alone_keeps_the_baseline_s_conversation_and_the_candidate_s_replies() -> None:
    baseline, _ = play(dialogue(*USERS, system="Brief."), echo)
    candidate, requests = play_against(
        dialogue(*USERS, system="Long."), changed(echo, "Two"), [baseline], history=History.PINNED, confirm=0
    )

    assert candidate.messages[1:] == baseline.messages[1:]
    assert candidate.messages[0] == {"role": "system", "content": "Long."}
    assert [turn.pinned and turn.pinned.messages[0]["content"] for turn in candidate.turns] == [
        "One 2",
        "other",
        "Three 6",
        "Four 8",
    ]
    assert places(requests) == {f"turn {number}, pinned": 1 for number in (1, 2, 3, 4)}


def test_pinned_turns_are_asked_at_the_same_time(tmp_path: Path) -> None:
    talk = dialogue(*(f"User {number}" for number in range(20)))
    write_transcripts(tmp_path / "b.jsonl", [play(talk, echo)[0]])
    with closing(Baselines(tmp_path / "b.jsonl", ["scripted"])) as baselines:
        assert at_once(echo, talk, Plan(baselines, History.PINNED)) == 20
        assert at_once(changed(echo, "User 0"), talk, Plan(baselines, confirm=0)) == 20
        assert at_once(echo, talk, Plan(baselines)) == 1


@pytest.mark.parametrize("history", [History.BOTH, History.PINNED])
def test_each_turn_is_resampled_on_the_baseline_s_history(history: History) -> None:
    talk = dialogue("One", "Two", "Three")
    baseline, _ = play(talk, chained)
    candidate, requests = play_against(talk, changed(chained, "One"), [baseline], resamples=3, history=history)

    assert [len(turn.resamples) for turn in candidate.turns] == [3, 3, 3]
    assert not any(turn.confirmations for turn in candidate.turns)
    assert candidate.turns[2].resamples[2].messages[0]["content"] == chained(requests[-1])
    assert {tuple(contents(request)[1:2]) for request in requests if request.place.resample} == {(), ("One",)}


def test_without_a_baseline_each_turn_is_resampled_on_its_own_history() -> None:
    talk = dialogue("One", "Two")
    played, requests = play_against(talk, echo, resamples=2)

    assert places(requests)["turn 2, resample 2"] == 1
    assert (played.baseline_sha256, [len(turn.resamples) for turn in played.turns]) == (None, [2, 2])


def test_only_the_first_sample_is_resampled() -> None:
    talk = dialogue("One")
    _played, requests = play_against(Dialogue(talk.scenario, talk.model, sample=1), echo, resamples=2)

    assert len(requests) == 1


def test_a_dialogue_that_ends_early_is_still_asked_on_the_baseline_s_history() -> None:
    talk = dialogue(*USERS)
    baseline, _ = play(talk, echo)
    fault = Fault(FaultKind.SERVER_ERROR, "503")
    failing = lambda request: fault if "other" in contents(request) else changed(echo, "One")(request)  # noqa: E731
    candidate, _ = play_against(talk, failing, [baseline])

    assert (candidate.outcome, candidate.error and candidate.error.turn) == (Outcome.ERROR, 2)
    assert [bool(turn.completions) for turn in candidate.turns] == [True, False, False, False]
    assert [turn.pinned.messages[0]["content"] for turn in candidate.turns if turn.pinned] == [
        "Two 3",
        "Three 5",
        "Four 7",
    ]


def test_a_failure_on_the_baseline_s_history_alone_is_the_dialogue_s_error() -> None:
    talk = dialogue("One", "Two")
    baseline, _ = play(talk, echo)
    fault = Fault(FaultKind.SERVER_ERROR, "503")
    failing = lambda request: fault if "One 1" in contents(request) else changed(echo, "One")(request)  # noqa: E731
    candidate, _ = play_against(talk, failing, [baseline])

    assert candidate.outcome is Outcome.ERROR
    assert candidate.error is not None
    assert (candidate.error.turn, candidate.error.message) == (2, "on the baseline's history: 503")
    assert candidate.turns[1].pinned is not None
    assert candidate.turns[1].pinned.error is not None


def test_a_baseline_that_failed_ends_where_it_did() -> None:
    talk = dialogue(*USERS)
    baseline, _ = play(talk, changed(echo, "Three", Fault(FaultKind.TIMEOUT, "late")))  # type: ignore[arg-type]
    candidate, requests = play_against(talk, changed(echo, "One"), [baseline], confirm=0)

    assert places(requests) == {"turn 1": 1, "turn 2": 1, "turn 2, pinned": 1, "turn 3": 1, "turn 4": 1}
    assert candidate.outcome is Outcome.COMPLETED


def test_an_inserted_turn_enters_no_pinned_history() -> None:
    baseline, _ = play(dialogue(*USERS), echo)
    candidate, requests = play_against(dialogue("One", "New", "Two", "Three", "Four"), echo, [baseline], confirm=0)
    pinned = [contents(request) for request in requests if request.place.arm == "pinned"]

    assert pinned[0] == ["One", "One 1", "Two"]
    assert [turn.pinned is not None for turn in candidate.turns] == [False, False, True, True, True]


def test_of_a_removed_turn_the_history_knows_nothing() -> None:
    baseline, _ = play(dialogue(*USERS), echo)
    _candidate, requests = play_against(dialogue("One", "Three", "Four"), echo, [baseline], confirm=0)

    assert contents(requests[1]) == ["One", "One 1", "Three"]
    assert {tuple(contents(each)) for each in requests if each.place.arm == "pinned"} == {
        ("One", "One 1", "Three", "Three 5", "Four")
    }


def test_the_variant_that_the_replies_follow_is_the_baseline() -> None:
    talk = dialogue(*USERS)
    one, _ = play(talk, echo)
    other, _ = play(talk, changed(echo, "Two"))
    candidate, requests = play_against(talk, changed(echo, "Two"), [one, replace(other, variant=2)])

    assert len(requests) == 4
    assert candidate.baseline_sha256 == replace(other, variant=2).stable_sha256


def test_a_dialogue_without_a_baseline_is_played_live() -> None:
    baseline, _ = play(dialogue("One", name="other"), echo)
    candidate, requests = play_against(dialogue("One"), echo, [baseline], history=History.PINNED)

    assert (places(requests), candidate.baseline_sha256) == ({"turn 1": 1}, None)


def test_tool_calls_differ_by_a_byte_with_their_ids() -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": "{}"}}
    ids = iter("abcdef")
    script = lambda request: (  # noqa: E731
        reply(None, tool_calls=[{"id": next(ids), **call}]) if len(request.messages) == 3 else echo(request)
    )
    talk = dialogue("One", "Two")
    baseline, _ = play(talk, script)
    candidate, requests = play_against(talk, script, [baseline])

    assert len(requests) == 2
    assert candidate.turns[1].confirmations == ()
