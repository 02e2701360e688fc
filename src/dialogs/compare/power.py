"""What a number of replies could have shown: the power of an exact test of two samples of two kinds of reply."""

from functools import lru_cache
from itertools import accumulate
from math import comb
from typing import Final, TypeAlias

_POWER: Final = 0.9
_STEP: Final = 0.01
_Region: TypeAlias = tuple[tuple[int, ...], ...]


@lru_cache(maxsize=4096)
def smallest_shift(share: float, sizes: tuple[int, int], level: float) -> float | None:
    """Return the smallest loss of a reply's `share` that nine of ten tests of these `sizes` find; None: none is.

    In hundredths. `level` is that of one test: corrected over all turns, where this one alone has changed.
    """
    region = _rejected(*sizes, level)
    before = _binomial(sizes[0], share)
    for step in range(1, round(share / _STEP) + 1):
        lost = step * _STEP
        after = list(accumulate(_binomial(sizes[1], max(share - lost, 0.0)), initial=0.0))
        power = sum(weight * _mass(after, rejected) for weight, rejected in zip(before, region, strict=True))
        if power >= _POWER:
            return round(lost, 2)
    return None


def _mass(cumulated: list[float], rejected: tuple[int, ...]) -> float:
    low, high = rejected
    return cumulated[low] + cumulated[-1] - cumulated[high]


@lru_cache(maxsize=64)
def _rejected(size: int, other: int, level: float) -> _Region:
    """Return, for each count of the first side, the bounds between which the other side's counts are not rejected.

    Rejected are those below the first bound, and from the second on.
    """
    kept: list[list[int]] = [[] for _ in range(size + 1)]
    for total in range(size + other + 1):
        for count, p in _ps(total, size, other):
            if p > level:
                kept[count].append(total - count)
    return tuple((afters[0], afters[-1] + 1) if afters else (0, 0) for afters in kept)


def _ps(total: int, size: int, other: int) -> list[tuple[int, float]]:
    """Give the p of each way to divide `total` replies of one kind: the share of ways that lie as far apart."""
    counts = range(max(0, total - other), min(total, size) + 1)
    weights = {count: comb(total, count) * comb(size + other - total, size - count) for count in counts}
    apart: dict[int, int] = {}
    for count, weight in weights.items():
        distance = abs(count * other - (total - count) * size)
        apart[distance] = apart.get(distance, 0) + weight
    farthest_first = sorted(apart, reverse=True)
    as_far = dict(zip(farthest_first, accumulate(apart[distance] for distance in farthest_first), strict=True))
    ways = comb(size + other, size)
    return [(count, as_far[abs(count * other - (total - count) * size)] / ways) for count in counts]


def _binomial(size: int, share: float) -> list[float]:
    return [comb(size, count) * share**count * (1 - share) ** (size - count) for count in range(size + 1)]
