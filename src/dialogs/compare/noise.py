"""Whether two sides' replies to one request differ more than each differs from itself: a permutation test.

The statistic is the energy distance of the two samples (Szekely and Rizzo, 2004): twice the mean distance between the
sides, less the mean distance within each. Distances are kept as whole numbers, so that ties are ties.
"""

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import comb, prod
from typing import Final, TypeAlias, TypeVar

from dialogs.compare.evidence import NoiseEvidence
from dialogs.compare.power import smallest_shift

T = TypeVar("T", bound=Hashable)

LEVEL: Final = 0.05
_UNIT: Final = 720_720  # of a distance: shares of up to sixteen parts are whole, and ties among them ties
_TABLES: Final = 2_000  # so many are counted out; beyond them permutations are drawn
_ENOUGH: Final = 20  # permutations as far apart as what was found; more say nothing new
_Rows: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The noise of one turn, not yet corrected for the number of turns; the fields are as NoiseEvidence's.

    `commonest` is the share, from 0 to 1, of the baseline's commonest reply.
    """

    sizes: tuple[int, int]
    self_difference: float
    between_difference: float
    p: float
    commonest: float


def permutations_for(turns: int) -> int:
    """Return how many permutations to draw at most for each of so many turns: never less than 20 for each turn.

    Else the smallest p that can be had would not stand up to the correction.
    """
    return max(1_000, min(100 * turns, 10_000), 20 * turns)


def measure(
    baseline: Sequence[T], candidate: Sequence[T], distance: Callable[[T, T], float], *, permutations: int, seed: str
) -> Measured:
    """Test whether two sides' replies to one request come from one distribution.

    `distance` is symmetric, from 0 (equal) to 1. It must let free text agree in part: where all replies are equally
    far from one another, nothing can be found. Each side needs a reply; `seed` makes the drawing repeatable.
    """
    kinds = tuple(dict.fromkeys((*baseline, *candidate)))
    rows = tuple(tuple(0 if one == other else round(_UNIT * distance(one, other)) for other in kinds) for one in kinds)
    before, after = (Counter(side) for side in (baseline, candidate))
    counts = [before[kind] for kind in kinds], [after[kind] for kind in kinds]
    test = _Test(rows, tuple(map(sum, zip(*counts, strict=True))), len(baseline))
    return Measured(
        sizes=(len(baseline), len(candidate)),
        self_difference=_share_within(rows, counts[0]),
        between_difference=_share_between(rows, *counts),
        p=test.p(counts[0], permutations, random.Random(seed)),  # noqa: S311 - statistics, no secret
        commonest=max(counts[0]) / len(baseline),
    )


def evidence(measured: Sequence[Measured], level: float = LEVEL) -> tuple[NoiseEvidence, ...]:
    """Correct over all turns that were tested: a turn whose `adjusted_p` is at most `level` has changed."""
    adjusted = benjamini_hochberg([turn.p for turn in measured])
    return tuple(
        NoiseEvidence(
            resamples=min(turn.sizes) - 1,
            self_difference=turn.self_difference,
            between_difference=turn.between_difference,
            p=turn.p,
            adjusted_p=p,
            # Of a rare reply, a gain is what can be seen: the loss of all the others.
            smallest_shift=smallest_shift(max(turn.commonest, 1 - turn.commonest), turn.sizes, level / len(measured)),
        )
        for turn, p in zip(measured, adjusted, strict=True)
    )


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Adjust p values, so that those up to q hold a share of q false ones on average (Benjamini and Hochberg, 1995)."""
    adjusted = [1.0] * len(values)
    lowest = 1.0
    for rank, index in reversed(list(enumerate(sorted(range(len(values)), key=values.__getitem__), 1))):
        lowest = min(lowest, values[index] * len(values) / rank)
        adjusted[index] = lowest
    return adjusted


class _Test:
    """A permutation test of the pooled replies: `totals` of each kind, `size` of them on the first side."""

    def __init__(self, rows: _Rows, totals: tuple[int, ...], size: int) -> None:
        self._rows = rows
        self._totals = totals
        self._size = size
        self._other = sum(totals) - size
        self._row_sums = [sum(map(int.__mul__, row, totals)) for row in rows]

    def p(self, side: Sequence[int], permutations: int, chance: random.Random) -> float:
        """Return the share of all divisions of the pool that lie as far apart as the one with `side` first."""
        if _bounded_product(self._totals) <= _TABLES:
            return self._counted(self._apart(side))
        return self._drawn(self._apart(side), permutations, chance)

    def _apart(self, side: Sequence[int]) -> int:
        """Return the energy distance, times what makes it a whole number, and less what no division changes."""
        kinds = [kind for kind, count in enumerate(side) if count]
        within = sum(side[one] * side[other] * self._rows[one][other] for one in kinds for other in kinds)
        between = sum(side[kind] * self._row_sums[kind] for kind in kinds) - within
        # Within the other side lies what is left of the pool: the whole, less `within`, less twice `between`.
        size, other = self._size, self._other
        return 2 * size * other * between - other * other * within + size * size * (within + 2 * between)

    def _counted(self, found: int) -> float:
        """Weigh each table of counts by the number of divisions that give it (multivariate hypergeometric)."""
        as_far = sum(weight for table, weight in _tables(self._totals, self._size) if self._apart(table) >= found)
        return as_far / comb(self._size + self._other, self._size)

    def _drawn(self, found: int, permutations: int, chance: random.Random) -> float:
        """Draw divisions until enough of them lie as far apart (Besag and Clifford, 1991): p is no smaller by it."""
        pool = [kind for kind, count in enumerate(self._totals) for _ in range(count)]
        as_far = 0
        for drawn in range(1, permutations + 1):
            as_far += self._apart(_counts(chance.sample(pool, self._size), len(self._totals))) >= found
            if as_far == _ENOUGH:
                return as_far / drawn
        return (as_far + 1) / (permutations + 1)


def _counts(kinds: Sequence[int], length: int) -> list[int]:
    counts = [0] * length
    for kind in kinds:
        counts[kind] += 1
    return counts


def _bounded_product(totals: Sequence[int]) -> int:
    return prod(total + 1 for total in totals[:16])  # 16 kinds are too many in any case


def _tables(totals: Sequence[int], size: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Give each way to take `size` of so many of each kind, with the number of divisions that do."""
    if not totals:
        yield (), 1
        return
    first, rest = totals[0], totals[1:]
    for taken in range(max(0, size - sum(rest)), min(first, size) + 1):
        for table, weight in _tables(rest, size - taken):
            yield (taken, *table), weight * comb(first, taken)


def _share_within(rows: _Rows, counts: Sequence[int]) -> float:
    """Return the share of pairs of one side's replies that differ; 0 for a single one."""
    size = sum(counts)
    differing = sum(
        count * other for kind, count in enumerate(counts) for row, other in zip(rows[kind], counts, strict=True) if row
    )
    return differing / (size * (size - 1)) if size > 1 else 0.0


def _share_between(rows: _Rows, before: Sequence[int], after: Sequence[int]) -> float:
    differing = sum(
        count * other for kind, count in enumerate(before) for row, other in zip(rows[kind], after, strict=True) if row
    )
    return differing / (sum(before) * sum(after))
