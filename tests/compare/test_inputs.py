from dataclasses import replace

import pytest

from builders import PLACE, dialogue, in_turn, play
from dialogs.chat import Fault, FaultKind
from dialogs.compare import Input, compare, comparison
from dialogs.compare.inputs import input_differences
from dialogs.compare.sides import aligned_turns
from dialogs.encoding import JsonObject, JsonValue
from dialogs.media import reference
from dialogs.model_text import ModelText
from dialogs.scenario import Dialogue, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import Transcript, TurnRecord
from transcripts import LATE, Asked, asked, completion

RULE = Instruction("system", "Be brief.", PLACE)


def played(talk: Dialogue) -> Transcript:
    return play(talk, lambda _request: "ok")[0]


def raw(text: ModelText | None) -> str | None:
    return text.raw if text else None


def differences(baseline: Transcript, candidate: Transcript) -> list[tuple[str, str, str | None, str | None]]:
    found = input_differences(baseline, candidate, aligned_turns(baseline, candidate))
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


def test_what_was_asked_on_the_baselines_history_alone_is_no_difference_of_the_script() -> None:
    before = asked("one", "two", "three", "four")
    turns = ("one", Asked(None, LATE), Asked(None, "three"), Asked(None, "four", user="Reworded."))

    assert differences(before, asked(*turns[:3], against=before)) == []
    assert differences(before, asked(*turns, against=before)) == [("script", "turn 4", "question 4", "Reworded.")]


def test_a_scripted_exchange_between_turns_that_were_not_reached_is_no_difference() -> None:
    before = played(dialogue("one", "two", ScriptedExchange("three", "said", PLACE), "four"))
    turns = (Asked("ok", user="one"), Asked(None, user="two"), Asked(None), Asked(None, "ok", user="four"))
    broken = asked(*turns, against=before)
    candidate = replace(broken, turns=(*broken.turns[:2], broken.turns[3]))

    assert [found for found in differences(before, candidate) if found[0] == "script"] == []


def test_differences_are_counted_over_dialogues_by_kind_and_the_commonest_first() -> None:
    before = [replace(played(dialogue("one")), sample=sample) for sample in range(3)]
    after = [replace(one, model="large", params={"seed": min(one.sample, 1)}) for one in before]

    found = [(one.input, raw(one.candidate), number) for one, number in compare(before, after).inputs()]

    assert found == [(Input.MODEL, "large", 3), (Input.PARAMS, "1", 2), (Input.PARAMS, "0", 1)]


def said(*users: str) -> Transcript:
    return asked(*(Asked("ok", user=user) for user in users))


def shown(url: str, **explained: JsonValue) -> Transcript:
    picture: JsonObject = {"type": "image_url", "image_url": {"url": url, **explained}}
    return replace(
        asked("ok"), messages=({"role": "user", "content": [picture]}, {"role": "assistant", "content": "ok"})
    )


def test_a_picture_is_the_same_whether_its_bytes_are_kept_or_its_hash() -> None:
    kept = shown("data:image/png;base64,bGFtcA==")
    referred = shown(reference(b"lamp", "image/png"), name="lamp.png", bytes=4)

    assert differences(kept, referred) == []
    assert len(differences(kept, shown(reference(b"pmal", "image/png"), name="lamp.png", bytes=4))) == 1


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (["a", "b"], ["a", "x", "b"], [("script", "turn 2", None, "x")]),
        (["a", "x", "b"], ["a", "b"], [("script", "turn 2", "x", None)]),
        (
            ["a", "Tell me more.", "b"],
            ["z", "a", "Tell us more.", "b"],
            [
                ("script", "turn 1", None, "z"),
                ("script", "turn 3", "Tell me more.", "Tell us more."),
            ],
        ),
    ],
)
def test_turns_put_in_and_taken_out_are_differences_and_those_after_them_are_not(
    before: list[str], after: list[str], found: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert differences(said(*before), said(*after)) == found


def test_a_case_is_paired_by_its_name_and_its_values_are_compared() -> None:
    before = asked("ok", id="talk[acme]@scripted#0", case={"shop": "Acme", "days": 30})
    after = replace(before, case={"shop": "Acme", "days": 14})

    (compared,) = compare([before], [after]).dialogues

    assert [(one.input, one.name, raw(one.candidate)) for one in compared.inputs] == [(Input.CASE, "days", "14")]


def tool_messages(arguments: str, result: str) -> tuple[JsonObject, ...]:
    call: JsonObject = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": arguments}}
    return (
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": result},
        {"role": "assistant", "content": "There."},
    )


def with_tool(arguments: str, result: str) -> Transcript:
    turn = TurnRecord(1, (completion(1), completion(3)))
    return replace(asked("ok"), messages=tool_messages(arguments, result), turns=(turn,))


def test_the_same_call_answered_otherwise_is_a_difference_and_what_follows_from_another_call_is_none() -> None:
    before = with_tool('{"id": 17}', "shipped")

    assert differences(before, with_tool('{"id":17}', "lost")) == [("tool_results", "look_up", "shipped", "lost")]
    assert differences(before, with_tool('{"id": 18}', "lost")) == []


def test_of_countless_differences_the_first_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "_MOST_INPUTS", 2)
    before = [replace(asked("ok"), sample=sample) for sample in range(4)]
    after = [replace(one, params={"seed": min(one.sample, 2)}) for one in before]

    assert [raw(one.candidate) for one, _ in compare(before, after).inputs()] == ["0", "1"]
