"""ADK's evalsets become turns with the expected responses as replies."""

import pytest

from dialogs.encoding import JsonValue
from foreign import found_in, replied, said


def invocation(user: str, reply: str | None = None, **rest: JsonValue) -> dict[str, JsonValue]:
    nothing: dict[str, JsonValue] = {"function_call": None, "inline_data": None}
    final: JsonValue = {"parts": [{**nothing, "text": reply}], "role": "model"}
    content: JsonValue = {"parts": [{**nothing, "text": user}], "role": "user"}
    return {"invocation_id": "1", "user_content": content, "final_response": final if reply else None, **rest}


def evalset(*conversation: JsonValue, **rest: JsonValue) -> dict[str, JsonValue]:
    return {"eval_set_id": "s", "eval_cases": [{"eval_id": "lamp", "conversation": list(conversation), **rest}]}


def test_invocations_become_turns_with_their_responses() -> None:
    found = found_in("adk", evalset(invocation("Turn it off.", "Done."), invocation("And on?")))

    assert found.one.name == "lamp"
    assert said(found.one) == ["Turn it off.", "And on?"]
    assert replied(found.one) == [["Done.", None]]
    assert found.one.losses == ()


def test_keys_may_be_written_in_the_other_way() -> None:
    part = {"parts": [{"text": "Hi"}]}
    record = {"evalCases": [{"evalId": "lamp", "conversation": [{"userContent": part, "finalResponse": part}]}]}

    assert replied(found_in("adk", record).one) == [["Hi"]]


def test_older_files_of_queries_are_one_conversation() -> None:
    queries = [
        {"query": "Who are you?", "expected_tool_use": [], "reference": "A planner."},
        {"query": "Plan.", "expected_tool_use": [{"tool_name": "plan"}]},
    ]
    found = found_in("adk", queries)

    assert said(found.one) == ["Who are you?", "Plan."]
    assert replied(found.one) == [["A planner.", None]]
    assert found.one.losses == ("expected tool call (neither the tool nor its result is in the file)",)


@pytest.mark.parametrize(
    ("record", "loss"),
    [
        (
            evalset(invocation("Hi", "x", intermediate_data={"tool_uses": [{"name": "a"}, {"name": "b"}]})),
            "expected tool call (neither the tool nor its result is in the file)",
        ),
        (evalset(invocation("Hi"), session_input={"user_id": "u"}), "session_input of an eval case"),
        (evalset(invocation("Hi", rubrics=[{"rubric_id": "r"}])), "rubrics of an invocation"),
        (
            evalset({"user_content": {"parts": [{"text": "Hi"}, {"inline_data": {"data": ""}}]}}),
            "inline_data in user_content",
        ),
    ],
)
def test_what_has_no_counterpart_is_listed(record: JsonValue, loss: str) -> None:
    assert {loss} == set(found_in("adk", record).one.losses)


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"eval_cases": [{"conversation_scenario": {"plan": "x"}}]}, "for a simulated user; wanted a conversation"),
        ({"eval_cases": 5}, "eval_cases is 5 in an evalset; wanted a list"),
        (evalset({"final_response": None}), "no user_content in an invocation; wanted what the user says"),
        (evalset({"user_content": {"parts": "Hi"}}), 'parts is "Hi" in user_content; wanted a list'),
    ],
)
def test_what_cannot_be_read_is_a_fault(record: JsonValue, fault: str) -> None:
    assert fault in found_in("adk", record).faults[0]
