import json
from collections.abc import Mapping
from typing import Any

import pytest

from builders import PLACE, dialogue, in_turn, play, reply, sent
from dialogs.chat import ChatReply, Fault, FaultKind
from dialogs.encoding import JsonObject, JsonValue
from dialogs.errors import Place
from dialogs.scenario import Dialogue, Expectation, ToolAnswer, ToolRule, UserTurn
from dialogs.tool_calling import MOST_ROUNDS, ToolCall, tool_calls
from dialogs.transcript import Outcome, Transcript

TOOLS: tuple[JsonObject, ...] = ({"type": "function", "function": {"name": "lookup", "parameters": {}}},)


def call(arguments: str = "{}", name: str = "lookup", call_id: str = "c1") -> dict[str, JsonValue]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(*items: JsonValue) -> ChatReply:
    return reply(None, "tool_calls", tool_calls=list(items))


def rule(*answers: JsonValue, **conditions: object) -> ToolRule:
    return ToolRule(PLACE, tuple(ToolAnswer(answer) for answer in answers), **conditions)  # type: ignore[arg-type]


def desk(*rules: ToolRule, turns: tuple[str | UserTurn, ...] = ("Where is it?",), **rest: Any) -> Dialogue:  # noqa: ANN401 - a scenario's other fields
    return dialogue(*turns, tools=TOOLS, tool_results={"lookup": rules}, **rest)


def results(transcript: Transcript) -> list[JsonValue]:
    return [message["content"] for message in transcript.messages if message["role"] == "tool"]


def test_the_calls_of_a_reply_are_answered_in_order_before_the_next_round() -> None:
    rules = (rule("one", when={"id": "1"}), rule({"state": "sent"}, when={"id": "2"}))
    both = calls(call('{"id": "1"}'), call('{"id": "2"}', call_id="c2"))
    transcript, requests = play(
        desk(*rules), in_turn(both, calls(call('{"id":"1"}', call_id="c3")), "It is on its way.")
    )

    assert [message["role"] for message in sent(requests[2])] == (  # type: ignore[index]
        ["user", "assistant", "tool", "tool", "assistant", "tool"]
    )
    assert sent(requests[1])[2:] == [
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "tool", "tool_call_id": "c2", "content": '{"state":"sent"}'},
    ]
    assert transcript.outcome is Outcome.COMPLETED


def test_each_round_is_a_completion_of_its_turn() -> None:
    transcript, requests = play(desk(rule("x"), turns=("One", "Two")), in_turn(calls(call()), "done", "2"))

    assert [(request.place.turn, request.place.round) for request in requests] == [(1, 1), (1, 2), (2, 1)]
    assert [[completion.reply for completion in turn.completions] for turn in transcript.turns] == [[1, 3], [5]]


def test_tools_go_out_with_each_request_and_stand_in_its_key() -> None:
    transcript, requests = play(desk(rule("x")), in_turn("hi"))
    _, without = play(dialogue("Where is it?"), in_turn("hi"))

    assert json.loads(requests[0].body())["tools"] == list(TOOLS)
    assert "tools" not in json.loads(without[0].body())
    assert requests[0].key("here") != without[0].key("here")
    assert transcript.tools_sha256 == requests[0].tools_sha256


@pytest.mark.parametrize(
    ("conditions", "arguments", "taken"),
    [
        ({}, '{"id": 17}', True),
        ({}, "", True),
        ({"when": {"id": 17}}, '{"id": 17.0, "more": 1}', True),
        ({"when": {"id": 1}}, '{"id": true}', False),
        ({"when": {"id": "17"}}, '{"id": 17}', False),
        ({"when": {"at": {"x": [1]}}}, '{"at": {"x": [1]}}', True),
        ({"when": {"id": None}}, "{}", False),
        ({"when_regex": {"id": "^1"}}, '{"id": "17"}', True),
        ({"when_regex": {"id": "^1"}}, '{"id": 17}', True),
        ({"when_regex": {"id": "^1"}}, '{"no": "17"}', False),
        ({"when_schema": {"required": ["id"]}}, '{"id": 1}', True),
        ({"when_schema": {"required": ["id"]}}, "{}", False),
        ({"when_schema": {"$ref": "https://example.com/schema"}}, "{}", False),
        ({}, '{"id": ', False),
        ({}, "[1]", False),
        ({"malformed": True}, '{"id": ', True),
        ({"malformed": True}, "{}", False),
    ],
)
def test_a_rule_takes_the_calls_whose_arguments_meet_it(
    conditions: Mapping[str, object],
    arguments: str,
    taken: bool,  # noqa: FBT001
) -> None:
    transcript, _ = play(desk(rule("x", **conditions)), in_turn(calls(call(arguments)), "done"))

    assert results(transcript) == (["x"] if taken else [])


def test_malformed_arguments_stay_as_they_came() -> None:
    transcript, requests = play(desk(rule("wrong", malformed=True)), in_turn(calls(call('{"id": ')), "sorry"))

    assert transcript.messages[1]["tool_calls"] == [call('{"id": ')]
    assert sent(requests[1])[1]["tool_calls"] == [call('{"id": ')]  # type: ignore[index]


def test_the_first_rule_that_matches_answers_and_its_answers_come_one_after_the_other() -> None:
    rules = (rule("first", "second", when={"id": 1}), rule("any"))
    replies = [calls(call(arguments)) for arguments in ('{"id": 1}', "{}", '{"id": 1}', '{"id": 1}')]
    transcript, _ = play(desk(*rules), in_turn(*replies, "done"))

    assert results(transcript) == ["first", "any", "second", "second"]


def test_an_error_is_answered_as_json() -> None:
    failing = ToolRule(PLACE, (ToolAnswer("no such order", is_error=True),))
    transcript, _ = play(desk(failing), in_turn(calls(call()), "done"))

    assert results(transcript) == ['{"error":"no such order"}']


def test_answers_and_conditions_are_rendered() -> None:
    shop = rule({"shop": "{{ shop }}"}, when={"shop": "{{ shop }}"})
    templated = desk(shop, templated=True, variables={"shop": "Acme"})
    transcript, _ = play(templated, in_turn(calls(call('{"shop": "Acme"}')), "done"))

    assert results(transcript) == ['{"shop":"Acme"}']


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (calls(call('{"id": 1}')), 'calls lookup with {"id": 1}; none of its rules takes it (desk.yaml:7:3)'),
        (calls(call(name="search")), "calls search with {}; tool_results has no search; it has lookup"),
        (calls(call('{"id": ')), 'with what is no JSON object: {"id": ; none of its rules takes it'),
        (calls(call("x" * 500)), "xxx…; none of its rules"),
    ],
)
def test_a_call_without_an_answer_ends_the_dialogue(answer: ChatReply, said: str) -> None:
    only = ToolRule(Place("desk.yaml", 7, 3), (ToolAnswer("x"),), when={"id": 2})
    transcript, requests = play(desk(only), in_turn(answer))

    assert transcript.error is not None
    assert transcript.error.kind == "unanswered_tool_call"
    assert said in transcript.error.message
    assert len(requests) == 1


def test_no_answer_of_a_reply_enters_where_another_call_has_none() -> None:
    transcript, _ = play(desk(rule("x")), in_turn(calls(call(), call(name="search"))))

    assert transcript.messages[-1]["role"] == "assistant"


def test_a_turn_has_a_limit_of_rounds() -> None:
    transcript, requests = play(desk(rule("x"), turns=("One", "Two")), lambda _request: calls(call()))

    assert transcript.error is not None
    assert (transcript.error.turn, transcript.error.kind) == (1, "too_many_rounds")
    assert len(requests) == MOST_ROUNDS == len(transcript.turns[0].completions)


def test_a_fault_in_a_later_round_keeps_the_rounds_before() -> None:
    fault = Fault(FaultKind.TIMEOUT, "too late")
    transcript, _ = play(desk(rule("x")), in_turn(calls(call()), fault))

    assert transcript.outcome is Outcome.ERROR
    assert len(transcript.turns[0].completions) == 1
    assert transcript.messages[-1]["role"] == "tool"


ALLOWED: JsonObject = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"name": "lookup"}]}}


@pytest.mark.parametrize(
    ("choice", "choices"),
    [
        ("required", ["required", None]),
        (
            {"type": "function", "function": {"name": "lookup"}},
            [{"type": "function", "function": {"name": "lookup"}}, None],
        ),
        ("any", ["any", None]),
        ("auto", ["auto", "auto"]),
        (ALLOWED, [ALLOWED, ALLOWED]),
    ],
)
def test_a_forced_call_is_forced_once_a_turn(choice: JsonValue, choices: list[JsonValue]) -> None:
    turn = UserTurn("One", PLACE, params={"tool_choice": choice})
    _, requests = play(desk(rule("x"), turns=(turn,)), in_turn(calls(call()), "done"))

    assert [request.params.get("tool_choice") for request in requests] == choices


def test_an_expectation_of_a_call_looks_at_every_round_and_the_others_at_the_last() -> None:
    expect = tuple(Expectation(kind, value, PLACE) for kind, value in (("tool_call", "lookup"), ("contains", "sent")))
    transcript, _ = play(desk(rule("x"), expect=expect), in_turn(calls(call()), "It is sent."))

    assert [record.passed for record in transcript.turns[0].expectations] == [True, True]


def test_expectations_of_a_last_reply_that_calls_tools_without_results_are_checked() -> None:
    talk = dialogue("Where is it?", tools=TOOLS, expect=(Expectation("tool_call", "lookup", PLACE),))
    transcript, _ = play(talk, in_turn(calls(call())))

    assert transcript.outcome is Outcome.COMPLETED
    assert [record.passed for record in transcript.turns[0].expectations] == [True]


def test_a_custom_tool_s_call_has_its_input_for_arguments() -> None:
    custom: JsonObject = {"id": "c", "type": "custom", "custom": {"name": "run", "input": "ls -l"}}

    assert tool_calls({"tool_calls": [custom]}) == (ToolCall("c", "run", "ls -l", None),)
