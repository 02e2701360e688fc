"""MT-bench's questions become scenarios, and the answers of models their baselines."""

from typing import TYPE_CHECKING, cast

import pytest

from dialogs.formats.catalogue import Surroundings
from dialogs.formats.drafts import Take, UnfitError
from dialogs.formats.mt_bench import read_answer
from dialogs.formats.trees import Tree
from foreign import Found, found_in, nothing_beside, replied, said

if TYPE_CHECKING:
    from dialogs.encoding import JsonValue

QUESTION = {"question_id": 81, "category": "writing", "turns": ["Write.", "Rewrite."], "reference": ["a", "b"]}


def record_of(value: object) -> Tree:
    return Tree(cast("JsonValue", value), "answers", 1)


def answers(*models: str) -> dict[str, list[Take]]:
    record: dict[str, object] = {"question_id": 81, "choices": [{"index": 0, "turns": ["Written.", "Rewritten."]}]}
    takes = [take for model in models for take in read_answer(record_of({**record, "model_id": model}))[1]]
    return {"81": takes}


def found_with(takes: dict[str, list[Take]], *, scripted: bool = False) -> Found:
    near = Surroundings(nothing_beside, lambda question: takes.get(question, ()), scripted=scripted)
    return found_in("mt-bench", [QUESTION], near)


def test_a_question_becomes_a_scenario_with_its_category_as_tag() -> None:
    found = found_in("mt-bench", [QUESTION])

    assert (found.one.name, found.one.scenario.tags) == ("mt-bench-81", ("writing",))
    assert said(found.one) == ["Write.", "Rewrite."]
    assert found.one.losses == ("reference answers",)


def test_the_answers_of_each_model_become_a_take() -> None:
    found = found_with(answers("one", "two"))

    assert replied(found.one) == [["Written.", "Rewritten."]] * 2
    assert [take.model for take in found.one.takes] == ["one", "two"]


def test_several_choices_are_samples() -> None:
    choices = [{"turns": ["a", "b"]}, {"turns": ["c", "d"]}]
    _question, takes = read_answer(Tree({"question_id": 1, "model_id": "one", "choices": choices}, "a", 1))

    assert [take.sample for take in takes] == [0, 1]


def test_scripted_takes_the_only_model_s_replies() -> None:
    found = found_with(answers("one"), scripted=True)

    assert said(found.one) == [("Write.", "Written."), "Rewrite."]
    assert replied(found.one) == [["Rewritten."]]


def test_scripted_does_not_choose_between_models() -> None:
    assert "answers of 2 models; wanted those of one model" in found_with(answers("a", "b"), scripted=True).faults[0]


@pytest.mark.parametrize(
    "record",
    [
        {"question_id": 1, "choices": []},
        {"model_id": "a"},
        {"question_id": 1, "model_id": "a", "choices": [{"turns": [1]}]},
    ],
)
def test_what_is_no_answer_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(UnfitError):
        read_answer(record_of(record))
