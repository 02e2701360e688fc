"""ShareGPT's conversations become turns with their replies."""

import pytest

from dialogs.encoding import JsonValue
from foreign import found_in, replied, said


def talk(*pairs: tuple[str, str], **rest: JsonValue) -> dict[str, JsonValue]:
    return {"conversations": [{"from": speaker, "value": text} for speaker, text in pairs], **rest}


def test_humans_become_turns_and_models_their_replies() -> None:
    pairs = (("system", "Be kind."), ("human", "Hi"), ("gpt", "Hello!"), ("user", "Bye"), ("chatgpt", "Bye!"))
    found = found_in("sharegpt", [talk(*pairs, id="identity_0")])

    assert (found.one.name, found.one.scenario.system) == ("identity_0", "Be kind.")
    assert said(found.one) == ["Hi", "Bye"]
    assert replied(found.one) == [["Hello!", "Bye!"]]


def test_a_model_that_is_named_is_kept() -> None:
    found = found_in("sharegpt", [talk(("human", "Hi"), ("gpt", "Hello!"), model="vicuna")])

    assert found.one.scenario.models == ("vicuna",)
    assert found.one.takes[0].model == "vicuna"


def test_each_conversation_of_a_list_stands_alone() -> None:
    found = found_in("sharegpt", [talk(("human", "Hi")), {"conversations": 5}, talk(("human", "Bye"))])

    assert [said(one) for one in found.imported] == [["Hi"], ["Bye"]]
    assert found.faults == ["source:1:57: conversations is 5 in a conversation; wanted a list"]


CALL = '{"name": "look_up", "arguments": {"id": 17}}'
TOOLS = '[{"name": "look_up", "description": "", "parameters": {"type": "object", "properties": {}}}]'


def test_calls_of_tools_and_their_results_are_the_baseline_s_and_the_script_s() -> None:
    pairs = (("human", "Where?"), ("function_call", CALL), ("observation", "shipped"), ("gpt", "On its way."))
    found = found_in("sharegpt", [talk(*pairs, tools=TOOLS)])

    call, result, reply = found.one.takes[0].replies[0]
    assert call["tool_calls"][0]["function"] == {"name": "look_up", "arguments": '{"id":17}'}  # type: ignore[index,call-overload]
    assert (result["tool_call_id"], result["content"], reply["content"]) == ("call_1", "shipped", "On its way.")
    assert [rule.when for rule in found.one.scenario.tool_results["look_up"]] == [{"id": 17}]
    assert found.one.losses == ()


def test_several_calls_in_one_message_have_a_result_each() -> None:
    both = (("human", "Where?"), ("function_call", f"[{CALL}, {CALL}]"))
    found = found_in("sharegpt", [talk(*both, ("observation", '["a", {"b": 1}]'), ("gpt", "There."), tools=TOOLS)])

    results = [each["content"] for each in found.one.takes[0].replies[0] if each["role"] == "tool"]
    assert results == ["a", '{"b":1}']


def test_a_result_that_is_nobody_s_is_listed_and_there_is_no_baseline() -> None:
    both = (("human", "Where?"), ("function_call", f"[{CALL}, {CALL}]"))
    found = found_in("sharegpt", [talk(*both, ("observation", "a and b"), ("gpt", "There."), tools=TOOLS)])

    assert found.one.takes == ()
    assert any("observation" in loss for loss in found.one.losses)


@pytest.mark.parametrize("speaker", ["function_call", "observation", "tool"])
def test_other_speakers_are_listed(speaker: str) -> None:
    found = found_in("sharegpt", [talk(("human", "Hi"), (speaker, "x"), ("gpt", "Hello!"))])

    assert found.one.takes == ()
    assert any(speaker in loss or "tool" in loss for loss in found.one.losses)
