import re
from math import comb
from pathlib import Path

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


PAGE = Path(__file__).parents[2] / "docs" / "noise.md"
ROWS = re.findall(r"^\| (\d+) % \| (\d+) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("share", "resamples", "one", "twenty"), ROWS)
def test_the_page_says_what_is_found(share: str, resamples: str, one: str, twenty: str) -> None:
    size, before = int(resamples) + 1, int(share) / 100
    shifts = [smallest_shift(before, (size, size), 0.05 / turns) for turns in (1, 20)]
    found = ["nothing" if shift is None else f"to {round(100 * (before - shift))} %" for shift in shifts]

    assert found == [one, twenty]
