from math import comb

import pytest

from dialogs.compare.noise import measure
from dialogs.compare.power import smallest_shift


@pytest.mark.parametrize(("replies", "found"), [(5, None), (10, 0.7), (20, 0.49), (60, 0.26)], ids=str)
def test_more_replies_show_smaller_shifts(replies: int, found: float | None) -> None:
    assert smallest_shift(0.9, (replies + 1, replies + 1), 0.05) == found


def test_a_stricter_level_asks_for_a_larger_shift() -> None:
    assert smallest_shift(1.0, (21, 21), 0.05 / 1000) == 0.73


def test_no_shift_is_shown_where_no_division_of_the_replies_is_rare_enough() -> None:
    assert smallest_shift(1.0, (3, 3), 0.05) is None
    assert smallest_shift(1.0, (4, 4), 0.05) is not None


def test_no_share_can_lose_more_than_there_is_of_it() -> None:
    assert smallest_shift(0.1, (21, 21), 0.05) is None


def test_what_it_promises_the_test_of_replies_finds() -> None:
    """Nine in ten samples at the promised shift are rejected, by the test that the comparison uses."""
    shift = smallest_shift(1.0, (11, 11), 0.05)
    assert shift is not None
    power = 0.0
    for kept in range(12):
        p = measure(
            ["a"] * 11,
            ["a"] * kept + ["b"] * (11 - kept),
            lambda one, other: float(one != other),
            permutations=1,
            seed="",
        ).p
        if p <= 0.05:
            power += _binomial(11, kept, 1 - shift)

    assert 0.9 <= power < 0.95


def _binomial(size: int, count: int, share: float) -> float:
    return comb(size, count) * share**count * (1 - share) ** (size - count)
