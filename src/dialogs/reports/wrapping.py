"""Breaks lines at a terminal's columns: between words, and where a word is too long, between whole characters."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

Slice: TypeAlias = tuple[int, int]

# Chinese and Japanese break after any character; closing punctuation stays with the one before it.
_UNSPACED: Final = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSING: Final = "\u3001\u3002\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\u300d\u300f\u3011\u300b\u30fc"
_PIECE: Final = re.compile(rf"\s+|[{_UNSPACED}][{_CLOSING}]*|[^\s{_UNSPACED}]+")


def display_width(text: str) -> int:
    """Return the columns that a terminal takes for harmless text on one line: two for a wide character or an emoji."""
    if text.isascii():
        return len(text)
    import wcwidth  # noqa: PLC0415 - takes as long to import as Typer, and only text beyond ASCII needs it

    return int(wcwidth.width(text))


def wrapped(line: str, width: int) -> Iterator[Slice]:
    """Give the slices of `line` that stand below each other; white space at a break belongs to none.

    The time is linear in the length of the line. White space at the line's start stays, being indentation.
    """
    start = end = column = 0
    for piece in _PIECE.finditer(line):
        taken = display_width(piece.group())
        if piece.group().isspace():
            column += taken
            continue
        if column + taken > width and (end > start or column >= width):
            if end > start:
                yield start, end
            start, column = piece.start(), 0
        if taken > width:
            *full, last = _characters_wrapped(piece, width)
            yield from full
            (start, _), column = last, display_width(line[slice(*last)])
        else:
            column += taken
        end = piece.end()
    yield start, end


def _characters_wrapped(piece: re.Match[str], width: int) -> list[Slice]:
    """Cut one word into slices of at most `width` columns, never within what the eye sees as one character."""
    text, offset = piece.group(), piece.start()
    cuts = range(0, len(text), width) if text.isascii() else [0, *_cuts(text, width)]
    return [(offset + begin, offset + end) for begin, end in pairwise([*cuts, len(text)])]


def _cuts(text: str, width: int) -> Iterator[int]:
    from wcwidth import iter_graphemes  # noqa: PLC0415 - as above

    position = column = 0
    for character in iter_graphemes(text):
        taken = display_width(character)
        if column + taken > width and column:
            yield position
            column = 0
        column += taken
        position += len(character)
