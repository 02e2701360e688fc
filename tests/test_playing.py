import json

import pytest

from builders import PLACE, dialogue, in_turn, play, reply, sent
from dialogs.chat import Fault, FaultKind, History, message_from_record
from dialogs.expectations import Verdict
from dialogs.expectations.judging import Question
from dialogs.scenario import Expectation, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import Outcome

CALL = {"id": "1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}


def test_each_turn_goes_out_with_the_whole_history() -> None:
    talk = dialogue("When was Microsoft founded?", "Who founded it?", system="Be brief.")
    transcript, requests = play(talk, in_turn("In 1975.", "Bill Gates and Paul Allen."))

    assert sent(requests[1]) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When was Microsoft founded?"},
        {"role": "assistant", "content": "In 1975."},
        {"role": "user", "content": "Who founded it?"},
    ]
    assert transcript.messages[-1] == {"role": "assistant", "content": "Bill Gates and Paul Allen."}


def test_a_scripted_exchange_and_an_instruction_enter_the_history_unasked() -> None:
    talk = dialogue(ScriptedExchange("Hi", "Hello.", PLACE), Instruction("developer", "Rhyme.", PLACE), "Go on")
    transcript, requests = play(talk, in_turn("Done."))

    assert [message["role"] for message in sent(requests[0])] == ["user", "assistant", "developer", "user"]  # type: ignore[index]
    assert [turn.turn for turn in transcript.turns] == [2]


def test_a_turn_s_parameters_go_over_the_dialogue_s_for_that_turn_only() -> None:
    talk = dialogue(UserTurn("One", PLACE, params={"seed": 2}), "Two", params={"seed": 1})
    talk = type(talk)(talk.scenario, "scripted", params=talk.scenario.params)
    _transcript, requests = play(talk, in_turn("1", "2"))

    assert [request.params["seed"] for request in requests] == [2, 1]


def test_what_only_some_servers_know_is_kept_for_the_turn_that_sets_it() -> None:
    transcript, requests = play(dialogue(UserTurn("One", PLACE, extra_body={"top_k": 2}), "Two"), in_turn("1", "2"))

    assert [request.extra_body for request in requests] == [{"top_k": 2}, {}]
    assert [turn.extra_body for turn in transcript.turns] == [{"top_k": 2}, {}]


def test_a_failed_turn_ends_its_dialogue_and_leaves_no_text_behind() -> None:
    fault = Fault(FaultKind.SERVER_ERROR, "503 from the server", status=503)
    transcript, requests = play(dialogue("One", "Two", "Three"), in_turn("1", fault))

    assert transcript.outcome is Outcome.ERROR
    assert transcript.error is not None
    assert (transcript.error.turn, transcript.error.kind, transcript.error.status) == (2, "server_error", 503)
    assert [message["content"] for message in transcript.messages] == ["One", "1", "Two"]
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("answer", "outcome", "in_history"),
    [
        (reply(""), Outcome.COMPLETED, ""),
        (reply("cut", "length"), Outcome.COMPLETED, "cut"),
        (reply(None, refusal="I will not."), Outcome.COMPLETED, None),
        (reply("odd", "eos"), Outcome.COMPLETED, "odd"),
        (reply("text", None), Outcome.COMPLETED, "text"),
    ],
)
def test_what_the_model_said_enters_the_history_as_it_is(answer: object, outcome: Outcome, in_history: object) -> None:
    transcript, requests = play(dialogue("One", "Two"), in_turn(answer, "2"))  # type: ignore[arg-type]

    assert transcript.outcome is outcome
    assert sent(requests[1])[1]["content"] == in_history  # type: ignore[index]


def test_a_filtered_reply_enters_nothing_and_ends_the_dialogue() -> None:
    transcript, requests = play(dialogue("One", "Two"), in_turn(reply("half", "content_filter")))

    assert (transcript.outcome, len(requests)) == (Outcome.ERROR, 1)
    assert [message["role"] for message in transcript.messages] == ["user"]


def test_an_unanswered_tool_call_ends_the_dialogue_where_another_turn_follows() -> None:
    answer = reply(None, "tool_calls", tool_calls=[CALL])
    transcript, _requests = play(dialogue("One", "Two"), in_turn(answer))

    assert transcript.error is not None
    assert transcript.error.kind == "unanswered_tool_call"
    assert "lookup" in transcript.error.message
    assert transcript.messages[-1]["tool_calls"] == [CALL]


def test_an_unanswered_tool_call_at_the_last_turn_completes_the_dialogue() -> None:
    transcript, _requests = play(dialogue("One"), in_turn(reply(None, "tool_calls", tool_calls=[CALL])))

    assert transcript.outcome is Outcome.COMPLETED


def test_a_reply_cut_off_at_the_token_limit_is_flagged() -> None:
    transcript, _requests = play(dialogue("One"), in_turn(reply("cut", "length")))

    assert transcript.turns[0].completions[0].truncated


def test_the_transcript_keeps_what_the_server_added_and_does_not_send_it() -> None:
    transcript, requests = play(dialogue("One", "Two"), in_turn(reply("1", reasoning_content="hm"), "2"))

    assert transcript.messages[1]["reasoning_content"] == "hm"
    assert sent(requests[1])[1] == {"role": "assistant", "content": "1"}


def test_each_completion_carries_the_hash_of_the_history_that_was_sent() -> None:
    transcript, requests = play(dialogue("One", "Two"), in_turn("1", "2"))
    history = History(tuple(message_from_record(message) for message in transcript.messages[:3]))

    assert transcript.turns[1].completions[0].history_sha256 == history.sha256
    assert json.loads(requests[1].body())["messages"] == list(transcript.messages[:3])


class Rubrics:
    """A judge that answers the same each time, and keeps what it was asked."""

    def __init__(self, answer: Verdict | Fault) -> None:
        self.answer = answer
        self.asked: list[Question] = []

    async def verdict(self, question: Question) -> Verdict | Fault:
        self.asked.append(question)
        return self.answer


RUBRIC = (Expectation("contains", "1", PLACE), Expectation("rubric", "Is polite.", PLACE))


def test_a_judge_is_asked_of_what_no_check_can_tell() -> None:
    judge = Rubrics(Verdict(passed=False, found="rude"))
    transcript, _ = play(dialogue(UserTurn("One", PLACE, expect=RUBRIC), "Two"), in_turn("1", "2"), judge=judge)

    assert transcript.outcome is Outcome.UNMET
    assert [(each.passed, each.found) for each in transcript.turns[0].expectations] == [(True, None), (False, "rude")]
    assert [str(question.place) for question in judge.asked] == ["talk@scripted#0 turn 1, round 2, judge"]
    assert judge.asked[0].conversation == [{"role": "user", "content": "One"}]


def test_without_a_judge_expectations_stay_unjudged() -> None:
    transcript, _ = play(dialogue("One", expect=RUBRIC), in_turn("1"))

    assert transcript.outcome is Outcome.COMPLETED
    assert [each.passed for each in transcript.turns[0].expectations] == [True, None]


@pytest.mark.parametrize(
    ("kind", "outcome"), [(FaultKind.TIMEOUT, Outcome.ERROR), (FaultKind.STOPPED, Outcome.INTERRUPTED)]
)
def test_a_judge_that_cannot_be_had_leaves_the_dialogue_unfinished(kind: FaultKind, outcome: Outcome) -> None:
    judge = Rubrics(Fault(kind, "too late"))
    transcript, requests = play(dialogue(UserTurn("One", PLACE, expect=RUBRIC), "Two"), in_turn("1", "2"), judge=judge)

    assert (transcript.outcome, len(requests)) == (outcome, 2)
    assert transcript.turns[0].expectations[1].passed is None
    if transcript.error is not None:
        assert (transcript.error.turn, transcript.error.message) == (1, "talk.yaml:1:1: not judged: too late")
