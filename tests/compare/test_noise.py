import random
from itertools import combinations
from math import comb

import pytest

from dialogs.compare.evidence import NoiseEvidence
from dialogs.compare.noise import Measured, benjamini_hochberg, evidence, measure, permutations_for


def differ(one: str, other: str) -> float:
    return float(one != other)


def unlike(one: str, other: str) -> float:
    """Measure how few of the letters of two words are the same, as a measure of texts would."""
    return 1 - len(set(one) & set(other)) / len(set(one) | set(other))


def measured(baseline: str, candidate: str) -> Measured:
    return measure(baseline.split(), candidate.split(), differ, permutations=1000, seed="")


def energy(one: list[str], other: list[str]) -> float:
    def mean(before: list[str], after: list[str]) -> float:
        return sum(unlike(a, b) for a in before for b in after) / (len(before) * len(after))

    return 2 * mean(one, other) - mean(one, one) - mean(other, other)


def test_a_counted_p_is_that_of_all_divisions_gone_through_one_by_one() -> None:
    baseline, candidate = ["ab", "ab", "abc", "ab"], ["cd", "cd", "abc"]
    pool = baseline + candidate
    found, as_far = energy(baseline, candidate), 0
    for chosen in combinations(range(7), 4):
        one, other = [pool[i] for i in chosen], [pool[i] for i in range(7) if i not in chosen]
        as_far += energy(one, other) >= found - 1e-9

    assert measure(baseline, candidate, unlike, permutations=1, seed="").p == pytest.approx(as_far / comb(7, 4))


def test_drawn_permutations_come_near_to_the_counted_ones() -> None:
    baseline, candidate = ["a"] * 14 + ["b"] * 7, ["a"] * 9 + ["b"] * 12
    counted = measure(baseline, candidate, differ, permutations=1, seed="").p
    kinds = [f"{letter}{number % 5}" for number, letter in enumerate(baseline + candidate)]
    drawn = measure(kinds[:21], kinds[21:], lambda one, other: differ(one[0], other[0]), permutations=20_000, seed="")

    assert drawn.p == pytest.approx(counted, rel=0.25)


def test_a_test_without_enough_permutations_as_far_apart_gives_the_smallest_p_it_can() -> None:
    baseline, candidate = [f"a{n}" for n in range(21)], [f"b{n}" for n in range(21)]
    found = measure(baseline, candidate, lambda one, other: differ(one[0], other[0]), permutations=400, seed="")

    assert found.p == 1 / 401


@pytest.mark.parametrize(
    ("baseline", "candidate", "within", "between"),
    [("a a a", "a a a", 0, 0), ("a a a", "b b b", 0, 1), ("a a b", "a b b", 2 / 3, 5 / 9), ("a", "a b", 0, 1 / 2)],
)
def test_the_share_of_pairs_that_differ_is_given_within_the_baseline_and_between_the_sides(
    baseline: str, candidate: str, within: float, between: float
) -> None:
    found = measured(baseline, candidate)

    assert (found.self_difference, found.between_difference) == pytest.approx((within, between))


@pytest.mark.parametrize(("baseline", "candidate"), [("a a a", "a a a"), ("a b c", "d e f"), ("a", "b")])
def test_replies_that_are_all_equal_or_all_equally_far_apart_show_nothing(baseline: str, candidate: str) -> None:
    assert measured(baseline, candidate).p == 1


def test_the_same_seed_gives_the_same_p() -> None:
    pool = [f"{n * n // 7 % 11}" for n in range(42)]
    found = [measure(pool[:21], pool[21:], differ, permutations=1000, seed=seed).p for seed in ("1", "1", "2")]

    assert found[0] == found[1] != found[2]


def test_under_no_change_one_turn_in_twenty_is_below_one_in_twenty() -> None:
    chance = random.Random(7)  # noqa: S311 - a model of replies
    ps = []
    for _ in range(400):
        replies = chance.choices(["ab", "abc", "cd", "de", "a", "b"], k=24)
        ps.append(measure(replies[:12], replies[12:], unlike, permutations=200, seed=f"{chance.random()}").p)

    assert 0.02 < sum(p <= 0.05 for p in ps) / len(ps) < 0.085


@pytest.mark.parametrize(
    ("values", "adjusted"),
    [
        ([], []),
        ([0.01], [0.01]),
        ([0.04, 0.01, 0.03, 0.02], [0.04, 0.04, 0.04, 0.04]),
        ([0.001, 0.8, 0.01, 0.9], [0.004, 0.9, 0.02, 0.9]),
    ],
)
def test_p_values_are_corrected_as_benjamini_and_hochberg_do(values: list[float], adjusted: list[float]) -> None:
    assert benjamini_hochberg(values) == pytest.approx(adjusted)


def test_the_smallest_p_of_any_number_of_turns_stands_up_to_the_correction() -> None:
    for turns in (1, 20, 1_000, 100_000):
        smallest = 1 / (permutations_for(turns) + 1)

        assert benjamini_hochberg([smallest, *[1.0] * (turns - 1)])[0] <= 0.05


def test_of_replies_that_are_all_rare_the_shift_is_that_of_one_which_becomes_common() -> None:
    replies = " ".join(f"a{number}" for number in range(21))
    (found,) = evidence([measured(replies, replies)])

    assert found.smallest_shift == 0.44


def test_evidence_says_what_was_found_and_what_could_have_been() -> None:
    turns = [measured("a " * 21, "b " * 21), measured("a " * 21, "a " * 21)]
    changed, same = evidence(turns)

    assert changed.adjusted_p < 1e-9
    assert same == NoiseEvidence(20, 0.0, 0.0, 1.0, 1.0, smallest_shift=0.4)
