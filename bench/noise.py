"""The noise test against simulated models: how often it is wrong, and what it finds.

    python bench/noise.py [--pairs 2000] [--seed 1] [--table false|found]

prints the tables of docs/noise.md. A simulated model draws each reply by shares that depend on the turn and on the
reply before; nothing is asked of any endpoint.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Final

from dialogs.compare.noise import LEVEL, Measured, evidence, measure, permutations_for

_TURNS: Final = 20
_SHAPES: Final = ((1.0,), (0.9, 0.1), (0.5, 0.5), (0.7, 0.2, 0.1), (0.4, 0.4, 0.2), (0.97, 0.03))
_VOCABULARY: Final = tuple(f"word{number}" for number in range(300))
_CHANGED_TURN: Final = 9

Model = Callable[[int, str, random.Random], str]
Distance = Callable[[str, str], float]


def of_kinds(turn: int, previous: str, chance: random.Random) -> str:
    """Answer with one of a few replies; which are likely depends on the reply before."""
    shares = _shares(turn, previous)
    return str(chance.choices(range(len(shares)), shares)[0])


@lru_cache(maxsize=4096)
def _shares(turn: int, previous: str) -> tuple[float, ...]:
    """Choose the shares of three replies: which are likely depends on the reply before."""
    chance = random.Random(f"{turn} {previous}")
    shares = [*chance.choice(_SHAPES), 0.0, 0.0][:3]
    chance.shuffle(shares)
    return tuple(shares)


def of_words(turn: int, previous: str, chance: random.Random) -> str:
    """Answer with a sentence of twelve words: each one of three that depend on the reply before."""
    choices = _choices(turn, previous)
    return " ".join(chance.choices(three, (0.6, 0.3, 0.1))[0] for three in choices)


@lru_cache(maxsize=4096)
def _choices(turn: int, previous: str) -> tuple[tuple[str, ...], ...]:
    chance = random.Random(f"{turn} {previous}")
    return tuple(tuple(chance.sample(_VOCABULARY, 3)) for _word in range(12))


def with_turn(model: Model, changed: Model) -> Model:
    """Change one turn of a model."""
    return lambda turn, *rest: (changed if turn == _CHANGED_TURN else model)(turn, *rest)


def two_kinds(share: float) -> Model:
    """Answer with one reply at `share`, else with another."""
    return lambda _turn, _previous, chance: "0" if chance.random() < share else "1"


def differ(one: str, other: str) -> float:
    return float(one != other)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def words_apart(one: str, other: str) -> float:
    """Return the share of words that only one of two texts has (Jaccard)."""
    a, b = _words(one), _words(other)
    return 1 - len(a & b) / len(a | b)


@dataclass(frozen=True)
class Pair:
    """A baseline and a candidate, each asked again `resamples` times a turn; `own`: candidate on its own replies."""

    baseline: Model
    candidate: Model
    resamples: int
    distance: Distance = differ
    own: bool = False


def adjusted(pair: Pair, chance: random.Random) -> list[float]:
    """Play a pair, and return each turn's p, corrected over the turns."""
    turns = []
    history = other = ""
    for turn in range(_TURNS):
        before = [pair.baseline(turn, history, chance) for _ in range(pair.resamples + 1)]
        after = [pair.candidate(turn, other, chance) for _ in range(pair.resamples + 1)]
        turns.append(_measured(tuple(sorted(before)), tuple(sorted(after)), pair.distance))
        history = before[chance.randrange(len(before))]  # any of them, as all come from one distribution
        other = after[chance.randrange(len(after))] if pair.own else history
    return [each.adjusted_p for each in evidence(turns)]


def _measured(before: Sequence[str], after: Sequence[str], distance: Distance) -> Measured:
    if distance is differ:
        return _cached(before, after)
    return measure(before, after, distance, permutations=permutations_for(_TURNS), seed=f"{before}")


@lru_cache(maxsize=4096)
def _cached(before: Sequence[str], after: Sequence[str]) -> Measured:
    return measure(before, after, differ, permutations=permutations_for(_TURNS), seed=f"{before}")


def upper_bound(found: int, pairs: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper bound of a share (Clopper and Pearson, 1934)."""
    low, high = found / pairs, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        below = sum(comb(pairs, k) * middle**k * (1 - middle) ** (pairs - k) for k in range(found + 1))
        low, high = (middle, high) if below > 1 - confidence else (low, middle)
    return high


def false_changes(pairs: int, seed: int) -> Iterator[str]:
    yield "| replies, resamples | pairs | with a false `changed` | share | 95 % upper bound |"
    yield "|---|---|---|---|---|"
    rows = (
        ("of a few kinds, n = 20", Pair(of_kinds, of_kinds, 20), pairs),
        ("of a few kinds, n = 5", Pair(of_kinds, of_kinds, 5), pairs),
        ("free text by words, n = 20", Pair(of_words, of_words, 20, words_apart), pairs // 10),
        ("of a few kinds, n = 20, candidate on its own replies", Pair(of_kinds, of_kinds, 20, own=True), pairs // 10),
    )
    for name, pair, number in rows:
        chance = random.Random(f"{seed} {name}")
        wrong = sum(min(adjusted(pair, chance)) <= LEVEL for _ in range(number))
        bound = upper_bound(wrong, number) if wrong < number / 2 else 1.0
        yield f"| {name} | {number:,} | {wrong} | {wrong / number:.3f} | {bound:.3f} |"


def found_changes(pairs: int, seed: int) -> Iterator[str]:
    yield "| change of one turn among 20 | resamples | pairs | found | share |"
    yield "|---|---|---|---|---|"
    rows = (
        ("90/10 to 10/90", 20, two_kinds(0.9), two_kinds(0.1)),
        ("90/10 to 50/50", 20, two_kinds(0.9), two_kinds(0.5)),
        ("90/10 to 50/50", 60, two_kinds(0.9), two_kinds(0.5)),
        ("100/0 to 80/20", 60, two_kinds(1.0), two_kinds(0.8)),
    )
    for name, resamples, before, after in rows:
        pair = Pair(with_turn(of_kinds, before), with_turn(of_kinds, after), resamples)
        yield f"| {name} | {resamples} | {_found(pair, pairs, f'{seed} {name}')}"
    other = with_turn(of_words, lambda turn, _previous, chance: of_words(turn, "another", chance))
    half = with_turn(of_words, _half)
    for name, model in (("free text: other words", other), ("free text: one word in four another", half)):
        pair = Pair(of_words, model, 20, words_apart)
        yield f"| {name} | 20 | {_found(pair, pairs // 40, f'{seed} {name}')}"


def _half(turn: int, previous: str, chance: random.Random) -> str:
    words = of_words(turn, previous, chance).split()
    return " ".join(words[:9] + of_words(turn, "another", chance).split()[9:])


def _found(pair: Pair, pairs: int, seed: str) -> str:
    chance = random.Random(seed)
    found = sum(adjusted(pair, chance)[_CHANGED_TURN] <= LEVEL for _ in range(pairs))
    return f"{pairs:,} | {found} | {found / pairs:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", choices=("false", "found"), help="print only this one")
    flags = parser.parse_args()
    began = time.process_time()
    tables = {"false": false_changes, "found": found_changes}
    for table in [tables[flags.table]] if flags.table else tables.values():
        for line in table(flags.pairs, flags.seed):
            print(line, flush=True)
        print()
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
