"""Where in a file a part of a text stands, whatever YAML's quotes, blocks and folding have made of it."""

import re
from collections.abc import Iterator
from typing import Final

from dialogs.loading.documents import TextNode, index_of
from dialogs.loading.faults import line_and_column

_ESCAPE: Final = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(.))", re.DOTALL
)
_WHITE: Final = " \t\r\n"
_WHITE_ESCAPES: Final = frozenset("ntr \t\r\n")


def place_of(offset: int, node: TextNode, source: str) -> tuple[int, int]:
    """Return line and column, from 1, of what stands at `offset` of the node's text, which is not white space.

    YAML folds and strips white space alone. So the place is found by counting all other characters.
    """
    before = sum(character not in _WHITE for character in node.text[:offset])
    for index in _characters(source, index_of(node.mark)):
        if not before:
            return line_and_column(source[:index])
        before -= 1
    return node.line, node.column


def _characters(source: str, start: int) -> Iterator[int]:
    """Give the index of each character of the scalar at `start` that is not white space."""
    style = source[start : start + 1]
    if style == '"':
        yield from _in_double_quotes(source, start + 1)
        return
    if style in ("|", ">"):
        start = source.find("\n", start) + 1 or len(source)
    quotes = style == "'"
    index = start + quotes
    while index < len(source):
        if source[index] not in _WHITE:
            yield index
            index += quotes and source[index] == "'"  # two stand for one
        index += 1


def _in_double_quotes(source: str, index: int) -> Iterator[int]:
    while index < len(source):
        escape = _ESCAPE.match(source, index)
        if escape is None:
            if source[index] not in _WHITE:
                yield index
            index += 1
            continue
        code = escape["x"] or escape["u"] or escape["U"]
        if chr(int(code, 16)) not in _WHITE if code else escape[4] not in _WHITE_ESCAPES:
            yield index
        index = escape.end()
