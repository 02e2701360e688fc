import pytest

from dialogs.compare import Label, compare
from dialogs.compare.expectations import expectation_changes
from dialogs.transcript import ExpectationRecord
from transcripts import Asked, asked

PASSED = {"met": True, "unmet": False, "unjudged": None}


def check(state: str, value: str = "x", kind: str = "contains") -> ExpectationRecord:
    return ExpectationRecord(kind, value, PASSED[state], found="nothing", place="talk.yaml:3:5")


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ("met", "met", None),
        ("met", "unmet", Label.REGRESSION),
        ("unmet", "met", Label.FIX),
        ("unmet", "unmet", Label.UNMET),
        ("unjudged", "unmet", Label.UNMET),
        ("met", "unjudged", None),
        ("unmet", "unjudged", None),
    ],
)
def test_an_expectation_is_met_or_unmet_on_either_side(before: str, after: str, label: Label | None) -> None:
    found = [change.label for change in expectation_changes([check(before)], [check(after)])]

    assert found == ([label] if label else [])


def test_an_edited_expectation_is_found_again_by_its_kind_and_a_new_one_is_unmet() -> None:
    before = [check("met", "a"), check("met", "b")]
    after = [check("unmet", "new"), check("unmet", "b"), check("unmet", "c", "regex")]

    found = [(change.label.value, change.value) for change in expectation_changes(before, after)]

    assert found == [("regression", "new"), ("regression", "b"), ("unmet", "c")]


def test_expectations_about_time_are_left_out() -> None:
    assert list(expectation_changes([], [check("unmet", kind="max_latency_s")])) == []


def test_a_regression_fails_a_comparison_whose_replies_are_the_same_and_says_where() -> None:
    comparison = compare(
        [asked(Asked("a", expectations=[check("met")]))], [asked(Asked("a", expectations=[check("unmet")]))]
    )
    (compared,) = comparison.differing()

    assert comparison.fails()
    assert (compared.label, compared.turns[0].label) == (Label.SAME, Label.SAME)
    assert compared.turns[0].expectations[0].place == "talk.yaml:3:5"


def test_what_an_added_dialogue_does_not_meet_is_unmet() -> None:
    comparison = compare([asked("a")], [asked("a"), asked(Asked("a", expectations=[check("unmet")]), sample=1)])

    assert dict(comparison.expectation_counts()) == {Label.UNMET: 1}
