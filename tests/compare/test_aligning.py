import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.compare.aligning import align


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
        ("abc", "ac", [(0, 0), (1, None), (2, 1)]),
        ("ac", "abc", [(0, 0), (None, 1), (1, 2)]),
        ("abc", "axc", [(0, 0), (1, 1), (2, 2)]),
        ("aaa", "a", [(0, 0), (1, None), (2, None)]),
        ("", "ab", [(None, 0), (None, 1)]),
        ("ab", "", [(0, None), (1, None)]),
    ],
)
def test_turns_are_paired_by_what_the_user_says(
    before: str, after: str, pairs: list[tuple[int | None, int | None]]
) -> None:
    assert align(list(before), list(after)) == pairs


def test_a_reworded_turn_is_paired_with_the_text_it_is_most_like() -> None:
    before = ["Hello.", "When can I return a lamp?", "And a chair?", "Bye."]
    after = ["Hello.", "Who are you?", "When may I return a lamp?", "Tell me more.", "And the chair?", "Bye."]

    assert align(before, after) == [(0, 0), (None, 1), (1, 2), (None, 3), (2, 4), (3, 5)]
    assert align(after, before) == [(0, 0), (1, None), (2, 1), (3, None), (4, 2), (5, 3)]


def test_long_scripts_without_a_common_turn_are_aligned_too() -> None:
    pairs = align([f"b{number}" for number in range(510)], [f"a{number}" for number in range(500)])

    assert sum(None not in pair for pair in pairs) == 500


@given(st.lists(st.sampled_from(["a", "b", "ab", "abc"])), st.lists(st.sampled_from(["a", "b", "bc", "abc"])))
def test_every_turn_stands_once_and_in_order(before: list[str], after: list[str]) -> None:
    pairs = align(before, after)

    assert [old for old, _ in pairs if old is not None] == list(range(len(before)))
    assert [new for _, new in pairs if new is not None] == list(range(len(after)))
