"""A diff of two texts by words, for a person to read; by characters in scripts that put no spaces between words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, TypeAlias

from dialogs.compare.words import PUNCTUATION, UNSPACED

# In scripts without spaces, a character with the marks on it is taken as a word.
_MARKS: Final = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
_LETTERS: Final = rf"[^\s{PUNCTUATION}{UNSPACED}]+"
_WORD: Final = rf"[{UNSPACED}][{_MARKS}]*|{_LETTERS}(?:['\u2019]{_LETTERS})*"
# A word carries the white space before it: there are fewer tokens, and none is everywhere.
_TOKEN: Final = re.compile(rf"\s*(?:{_WORD}|[{PUNCTUATION}]|$)")

# difflib may take the square of this, or worse.
_MOST_TOKENS: Final = 3_000
# Texts that share less than this are easier to read one after the other.
_LEAST_SHARED: Final = 0.35
# So few equal words between larger changes are shown as changed with them.
_LARGEST_ISLAND: Final = 3


@dataclass(frozen=True, slots=True)
class Equal:
    """Text that both sides have."""

    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """Text of the one side in the place of text of the other; either may be empty."""

    removed: str
    added: str


Piece: TypeAlias = Equal | Change
_Tokens: TypeAlias = list[str]


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens of both sides; where `equal`, they are the same."""

    equal: bool
    old: _Tokens
    new: _Tokens

    @property
    def size(self) -> int:
        return max(len(self.old), len(self.new))

    def joined(self, *others: "_Run") -> "_Run":
        runs = (self, *others)
        return _Run(equal=False, old=[t for run in runs for t in run.old], new=[t for run in runs for t in run.new])


def word_diff(old: str, new: str) -> list[Piece] | None:
    """Return what stayed and what changed, in order; None where the texts have too little in common to be woven.

    What differs over more than 3,000 words is matched by lines first, or else is one change.
    """
    runs = _without_islands(_runs(_tokens(old), _tokens(new)))
    shared = sum(run.size for run in runs if run.equal)
    total = sum(len(run.old) + len(run.new) for run in runs)
    if 2 * shared < _LEAST_SHARED * total:
        return None
    return list(_pieces(runs))


def _tokens(text: str) -> _Tokens:
    return [token for token in _TOKEN.findall(text) if token]


def _runs(old: _Tokens, new: _Tokens) -> Iterator[_Run]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    yield _Run(equal=True, old=old[:start], new=new[:start])
    yield from _matched(inner_old, inner_new) if _is_short(inner_old, inner_new) else _by_lines(inner_old, inner_new)
    yield _Run(equal=True, old=old[len(old) - end :], new=new[len(new) - end :])


def _is_short(old: Sequence[object], new: Sequence[object]) -> bool:
    return max(len(old), len(new)) <= _MOST_TOKENS


def _matched(old: _Tokens, new: _Tokens) -> Iterator[_Run]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        yield _Run(equal=tag == "equal", old=old[i1:i2], new=new[j1:j2])


def _by_lines(old: _Tokens, new: _Tokens) -> Iterator[_Run]:
    """Match long texts by their lines first, and by words only within the lines that differ."""
    old_lines, new_lines = _lines(old), _lines(new)
    if not _is_short(old_lines, new_lines):
        yield _Run(equal=False, old=old, new=new)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old_lines, new_lines).get_opcodes():
        before = [token for line in old_lines[i1:i2] for token in line]
        after = [token for line in new_lines[j1:j2] for token in line]
        if tag != "equal" and _is_short(before, after):
            yield from _matched(before, after)
        else:
            yield _Run(equal=tag == "equal", old=before, new=after)


def _lines(tokens: _Tokens) -> list[tuple[str, ...]]:
    starts = [0, *(index for index, token in enumerate(tokens) if index and "\n" in token)]
    return [tuple(tokens[begin:end]) for begin, end in pairwise([*starts, len(tokens)])]


def _common(old: _Tokens, new: _Tokens) -> int:
    """Count the tokens that both begin with."""
    return next((index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _without_islands(runs: Iterable[_Run]) -> list[_Run]:
    """Join changes that only a few equal words keep apart, fewer than either of them has."""
    kept: list[_Run] = []
    for run in runs:
        if not run.size:
            continue
        if not run.equal and len(kept) > 1 and _is_island(kept[-1], kept[-2], run):
            island, before = kept.pop(), kept.pop()
            kept.append(before.joined(island, run))
        else:
            kept.append(run)
    return kept


def _is_island(run: _Run, before: _Run, after: _Run) -> bool:
    return run.equal and run.size <= _LARGEST_ISLAND and run.size < min(before.size, after.size)


def _pieces(runs: Iterable[_Run]) -> Iterator[Piece]:
    for run in runs:
        old, new = "".join(run.old), "".join(run.new)
        if run.equal:
            yield Equal(old)
            continue
        space = _common_space(old, new)
        if space:
            yield Equal(old[:space])
        yield Change(old[space:], new[space:])


def _common_space(old: str, new: str) -> int:
    """Count the white space that both begin with, which is no part of the change."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a != b or not a.isspace()), 0)
