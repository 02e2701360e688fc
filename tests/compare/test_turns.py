"""Every cell of the table of labels, and what stands beside it."""

from dataclasses import replace

import pytest

from dialogs.compare import Label, TurnComparison, compare
from dialogs.transcript import Transcript, TranscriptError
from transcripts import LATE, Asked, asked

BASELINE = asked("a", "b")
FIRST_CHANGED = Asked("A", confirmations=["A"])


def turns(baseline: Transcript, candidate: Transcript) -> list[TurnComparison]:
    (compared,) = compare([baseline], [candidate]).dialogues
    return list(compared.turns)


def labels(baseline: Transcript, candidate: Transcript) -> list[str]:
    return [turn.label.value for turn in turns(baseline, candidate)]


@pytest.mark.parametrize(
    ("live", "pinned", "label"),
    [
        ("b", "b", "same"),
        ("b", "B", "masked"),
        ("b", LATE, "error"),
        ("B", "b", "knock_on"),
        ("B", "B", "changed"),
        ("B", LATE, "error"),
        (None, "b", "unreached"),
        (None, "B", "changed"),
        (None, LATE, "error"),
    ],
)
def test_a_turn_asked_on_both_histories_has_the_label_of_the_table(
    live: str | None, pinned: str | TranscriptError, label: str
) -> None:
    assert labels(BASELINE, asked(FIRST_CHANGED, Asked(live, pinned), against=BASELINE)) == ["changed", label]


def test_a_turn_that_was_not_reached_is_judged_by_the_pinned_reply_alone_and_says_so() -> None:
    baseline = asked("a", "b", "c")
    candidate = asked(FIRST_CHANGED, Asked(None, "b"), Asked(None, "C"), against=baseline)

    _, second, third = turns(baseline, candidate)

    assert (second.label, third.label) == (Label.UNREACHED, Label.CHANGED)
    assert [reply.content and reply.content.raw for reply in third.pinned] == ["C"]
    assert third.candidate == ()
    assert third.user is not None
    assert third.user.raw == "question 3"
    assert "not reached on its own history" in third.reason


@pytest.mark.parametrize(("pinned", "label"), [("b", "same"), ("B", "changed"), (LATE, "error")])
def test_a_dialogue_on_the_baselines_history_alone_is_judged_by_it(pinned: str | TranscriptError, label: str) -> None:
    candidate = asked(Asked(None, "a"), Asked(None, pinned), against=BASELINE, alone=True)

    assert labels(BASELINE, candidate) == ["same", label]


@pytest.mark.parametrize(("again", "label"), [("A", "changed"), ("a", "unstable"), ("Aa", "unstable")])
def test_a_turn_that_differs_from_itself_too_is_unstable(again: str, label: str) -> None:
    candidate = asked(Asked("A", confirmations=["A", again]), "b", against=BASELINE)

    assert labels(BASELINE, candidate) == [label, "same"]


def test_a_masked_turn_is_confirmed_by_the_pinned_replies() -> None:
    candidate = asked(FIRST_CHANGED, Asked("b", "B", confirmations=["C"]), against=BASELINE)

    assert labels(BASELINE, candidate) == ["changed", "unstable"]


def test_without_replies_on_the_baselines_history_later_turns_are_unattributed() -> None:
    assert labels(asked("a", "b", "c", "d"), asked("a", "B", "c", "D")) == ["same", "changed", "same", "unattributed"]


def test_replies_on_another_baselines_history_say_nothing_of_this_one() -> None:
    candidate = asked(FIRST_CHANGED, Asked("B", "b"), against=asked("x", "b"))

    (compared,) = compare([BASELINE], [candidate]).dialogues

    assert [turn.label.value for turn in compared.turns] == ["changed", "unattributed"]
    assert "another baseline" in compared.notes[0]


def test_a_turn_that_was_not_asked_beside_after_a_change_is_unattributed() -> None:
    assert labels(BASELINE, asked("A", "B", against=BASELINE)) == ["changed", "unattributed"]


def test_a_baseline_that_has_an_error_ends_there() -> None:
    broken = asked("a", Asked(None))

    assert labels(broken, asked("a", "b", "c", against=broken)) == ["same", "error", "error"]


def test_after_a_turn_that_only_one_side_has_the_history_differs() -> None:
    before = asked(Asked("a", user="Hello"), Asked("b", user="And then?"))
    after = asked(Asked("a", user="Hello"), Asked("x", user="Wait."), Asked("B", user="And then?"))

    assert labels(before, after) == ["same", "added", "unattributed"]
    assert labels(after, before) == ["same", "missing", "unattributed"]


def test_a_turn_that_moved_names_the_number_that_it_had() -> None:
    before = asked(Asked("a", user="Hello"), Asked("b", user="And then?"))
    after = asked(Asked("x", user="Wait."), Asked("a", user="Hello"), Asked("b", user="And then?"))

    (compared,) = compare([before], [after]).dialogues

    assert [(turn.turn, turn.label.value, turn.baseline_turn) for turn in compared.turns] == [
        (1, "added", None),
        (2, "same", 1),
        (3, "same", 2),
    ]
    assert "the scripts differ" in compared.notes[0]


def test_a_turn_taken_out_before_the_end_is_missing_where_the_candidate_failed_later() -> None:
    before = asked(*(Asked(user, user=user) for user in "abcd"))
    after = asked(Asked("a", user="a"), Asked("c", user="c"), Asked(None, user="d"))

    assert labels(before, after) == ["same", "missing", "same", "error"]


def test_a_dialogue_is_what_the_worst_of_its_turns_is() -> None:
    unstable = asked(Asked("A", confirmations=["a"]), Asked("B", "b"), against=BASELINE)

    comparison = compare([BASELINE], [unstable])

    assert dict(comparison.dialogue_counts()) == {Label.UNSTABLE: 1}
    assert dict(comparison.turn_counts()) == {Label.UNSTABLE: 1, Label.KNOCK_ON: 1}
    assert not comparison.fails()


def test_a_reply_equal_to_any_accepted_variant_is_the_same() -> None:
    variants = [BASELINE, replace(asked("a", "B"), variant=2)]

    assert dict(compare(variants, [asked("a", "B")]).dialogue_counts()) == {Label.SAME: 1}
    assert dict(compare(variants, [asked("a", "C")]).turn_counts()) == {Label.SAME: 1, Label.CHANGED: 1}
