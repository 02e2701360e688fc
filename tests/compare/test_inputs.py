from dataclasses import replace

import pytest

from builders import PLACE, dialogue, in_turn, play
from dialogs.chat import Fault, FaultKind
from dialogs.compare import Input, compare
from dialogs.compare.inputs import input_differences
from dialogs.model_text import ModelText
from dialogs.scenario import Dialogue, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import Transcript

RULE = Instruction("system", "Be brief.", PLACE)


def played(talk: Dialogue) -> Transcript:
    return play(talk, lambda _request: "ok")[0]


def raw(text: ModelText | None) -> str | None:
    return text.raw if text else None


def differences(baseline: Transcript, candidate: Transcript) -> list[tuple[str, str, str | None, str | None]]:
    found = input_differences(baseline, candidate)
    return [(one.input, one.name, raw(one.baseline), raw(one.candidate)) for one in found]


def test_equal_inputs_differ_in_nothing() -> None:
    assert differences(played(dialogue("one", system="S")), played(dialogue("one", system="S"))) == []


@pytest.mark.parametrize(
    ("candidate", "found"),
    [
        (dialogue("one", "two"), [("system", "", "S", None)]),
        (dialogue("one", "two", system="T"), [("system", "", "S", "T")]),
        (dialogue("ONE", "two", system="S"), [("script", "turn 1", "one", "ONE")]),
        (dialogue("one", RULE, "two", system="S"), [("script", "turn 2", "two", "system: Be brief.\n\ntwo")]),
        (
            dialogue(ScriptedExchange("one", "said", PLACE), "two", system="S"),
            [("script", "turn 1", "one", "one\n\nassistant: said")],
        ),
        (
            dialogue("one", UserTurn("two", PLACE, params={"seed": 7}), system="S"),
            [("params", "turn 2: seed", None, "7")],
        ),
    ],
)
def test_the_system_prompt_the_script_and_a_turns_parameters_are_compared(
    candidate: Dialogue, found: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert differences(played(dialogue("one", "two", system="S")), played(candidate)) == found


def test_models_and_parameters_are_compared_by_name() -> None:
    before = replace(played(dialogue("one")), params={"temperature": 0, "seed": 7}, extra_body={"top_k": 20})
    after = replace(before, model="large", params={"temperature": 0.7, "seed": 7}, extra_body={}, tools_sha256="ab")

    assert differences(before, after) == [
        ("model", "", "scripted", "large"),
        ("params", "temperature", "0", "0.7"),
        ("extra_body", "top_k", "20", None),
        ("tools", "", None, "sha256 ab"),
    ]


def test_turns_that_one_side_did_not_reach_are_no_difference_of_the_script() -> None:
    broken, _ = play(dialogue("one", "two", "three"), in_turn("ok", Fault(FaultKind.TIMEOUT, "late")))

    assert differences(played(dialogue("one", "two", "three")), broken) == []


def test_differences_are_counted_over_dialogues_by_kind_and_the_commonest_first() -> None:
    before = [replace(played(dialogue("one")), sample=sample) for sample in range(3)]
    after = [replace(one, model="large", params={"seed": min(one.sample, 1)}) for one in before]

    found = [(one.input, raw(one.candidate), number) for one, number in compare(before, after).inputs()]

    assert found == [(Input.MODEL, "large", 3), (Input.PARAMS, "1", 2), (Input.PARAMS, "0", 1)]
