"""Which turn of one script is which turn of another, where turns were put in, taken out or reworded."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, TypeAlias

Pair: TypeAlias = tuple[int | None, int | None]

_MOST_CELLS: Final = 250_000


def align(before: Sequence[str], after: Sequence[str]) -> list[Pair]:
    """Pair two sequences of user texts, in order, by their indexes; None stands for a turn that a side has not.

    Equal texts pair first (a longest run of them, then what is left on either side of it). Between them stand the
    reworded ones: as many as the shorter side has, so that paired texts are as alike as can be.
    """
    if before == after:
        return [(index, index) for index in range(len(before))]
    return list(_pairs(before, after))


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[Pair]:
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, start, end, other_start, other_end in blocks:
        if kind == "equal":
            yield from zip(range(start, end), range(other_start, other_end), strict=True)
        else:
            for old, new in _reworded(before[start:end], after[other_start:other_end]):
                yield None if old is None else start + old, None if new is None else other_start + new


def _reworded(before: Sequence[str], after: Sequence[str]) -> Iterator[Pair]:
    """Pair as many as the shorter side has; the others stand where they are."""
    if len(before) > len(after):
        yield from ((old, new) for new, old in _reworded(after, before))
        return
    start = 0
    for old, new in enumerate(_best_places(before, after)):
        yield from ((None, skipped) for skipped in range(start, new))
        yield old, new
        start = new + 1
    yield from ((None, rest) for rest in range(start, len(after)))


def _best_places(short: Sequence[str], long: Sequence[str]) -> list[int]:
    """Give each of the shorter side its place in the longer one, by the greatest sum of likenesses."""
    spare = len(long) - len(short)
    if spare == 0 or len(short) * len(long) > _MOST_CELLS:
        return list(range(len(short)))
    parts, long_parts = [_parts(text) for text in short], [_parts(text) for text in long]
    best = [0.0] * (spare + 1)
    rows: list[list[int]] = []
    for index, part in enumerate(parts):
        scores, row, top = [], [], 0
        for shift in range(spare + 1):
            top = shift if best[shift] > best[top] else top
            scores.append(best[top] + _likeness(part, long_parts[index + shift]))
            row.append(top)
        best = scores
        rows.append(row)
    shift = best.index(max(best))
    places = []
    for index in reversed(range(len(rows))):
        places.append(index + shift)
        shift = rows[index][shift]
    return places[::-1]


def _parts(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(f" {text} "))


def _likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """Dice's coefficient over pairs of characters, which needs no words: https://doi.org/10.2307/1932409."""
    return 2 * len(one & other) / (len(one) + len(other))
