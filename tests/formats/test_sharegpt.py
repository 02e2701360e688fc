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


@pytest.mark.parametrize("speaker", ["function_call", "observation", "tool"])
def test_other_speakers_are_listed(speaker: str) -> None:
    found = found_in("sharegpt", [talk(("human", "Hi"), (speaker, "x"), ("gpt", "Hello!"))])

    assert found.one.takes == ()
    assert any(speaker in loss or "tool" in loss for loss in found.one.losses)
