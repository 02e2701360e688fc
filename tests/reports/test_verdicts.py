import pytest

from comparisons import EVERYTHING
from dialogs.compare import Label, NoiseEvidence
from dialogs.reports.verdicts import SEVERITY, folded, headline, labels_of, named_turns, noise_sentence, scenario_of


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([3], "turn 3"),
        ([3, 4], "turns 3 and 4"),
        ([3, 4, 5], "turns 3 to 5"),
        ([1, 3, 4, 6, 7, 8, 9], "turns 1, 3, 4 and 6 to 9"),
        ([1, 2, 3, 9], "turns 1 to 3 and 9"),
    ],
)
def test_turns_are_named_in_as_few_words_as_can_be(numbers: list[int], expected: str) -> None:
    assert named_turns(numbers) == expected


def test_every_label_has_its_place_among_the_worst() -> None:
    assert sorted(SEVERITY) == sorted(Label)


def test_the_labels_of_a_dialogue_are_those_of_its_turns_and_expectations_too() -> None:
    first, *_ = EVERYTHING.dialogues

    assert labels_of(first)[:3] == [Label.REGRESSION, Label.CHANGED, Label.MASKED]
    assert headline(first).startswith("regression in turn 2; changed in turn 2; masked in turn 5; unstable in turn 7;")


def test_one_turn_and_several_are_folded_in_good_english() -> None:
    assert folded(Label.KNOCK_ON, [2]).startswith("turn 2 knock on: on the baseline's history it is the same")
    assert folded(Label.UNATTRIBUTED, [2, 3]).endswith("and they were not asked on the baseline's history")


@pytest.mark.parametrize(
    ("shift", "label", "end"),
    [
        (0.6, Label.NOT_DISTINGUISHABLE, "a shift of 60% or more would most probably have shown"),
        (None, Label.NOT_DISTINGUISHABLE, "so few would have shown no shift: resample more"),
        (0.6, Label.CHANGED, "p = 0.8 over all turns, 0.4 alone"),
    ],
)
def test_noise_says_what_could_have_been_found_where_nothing_was(shift: float | None, label: Label, end: str) -> None:
    assert noise_sentence(NoiseEvidence(20, 0.1, 0.2, 0.4, 0.8, shift), label).endswith(end)


@pytest.mark.parametrize("name", ["lamp@m#0", "lamp[a@b]@m#0", "lamp"])
def test_a_scenario_is_found_in_an_id(name: str) -> None:
    assert scenario_of(name) == "lamp"
