"""YAML text to plain trees: each scalar as its text, nothing resolved, nothing shared, every node with its place.

Trees are built from the parser's events: that costs less than half of `yaml.compose`, which resolves a type for each
scalar, and what must not be believed (depth, aliases, tags) is seen before anything is made of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias, TypeGuard

import yaml

from dialogs.loading.faults import Faults, quoted
from dialogs.loading.syntax import syntax_fault

MAX_DEPTH: Final = 50

_ALIAS: Final = "an alias; wanted the thing itself, or quotes around a text that begins with *"
_ANCHOR: Final = "an anchor; wanted none (aliases are not read), or quotes around a text that begins with &"
_TAG: Final = "a tag; wanted none, or quotes around a text that begins with !"
_ITEM_INSIDE: Final = (
    'a line that begins with "- " inside a text without quotes; '
    "wanted the item at its list's indentation, or | before a text of several lines"
)
_ITEM_LINE: Final = re.compile(r"[\r\n][ \t]*-[ \t]")


class TextNode(NamedTuple):
    """A scalar: its text, and whether it stands without quotes and block marks (only then can it mean a number)."""

    line: int
    column: int
    text: str
    plain: bool

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all stands here."""
        return self.plain and not self.text


class ListNode(NamedTuple):
    """A sequence."""

    line: int
    column: int
    items: list["Node"]


class MappingNode(NamedTuple):
    """A mapping; `entries` holds key and value by the key's text."""

    line: int
    column: int
    entries: dict[str, tuple[TextNode, "Node"]]


class BrokenNode(NamedTuple):
    """What was refused already, so that nobody complains of it again."""

    line: int
    column: int


Node: TypeAlias = TextNode | ListNode | MappingNode | BrokenNode


def describe(node: Node) -> str:
    """Say in a few words what stands at `node`."""
    match node:
        case TextNode():
            return "nothing" if node.is_nothing else quoted(node.text)
        case ListNode():
            return "a list"
        case MappingNode():
            return "a mapping"
        case BrokenNode():
            return "what was refused"


def read_documents(text: str, faults: Faults) -> Iterator[Node]:
    """Give the root of each document; what is wrong with the YAML itself goes to `faults`.

    A fault of syntax ends the file.
    """
    composer = _Composer(text, faults)
    before = len(faults)
    try:
        for root in composer.documents():
            yield root
            before = len(faults)
    except yaml.YAMLError as error:
        faults.forget(before)  # whether the broken document was a scenario, and may be quoted, is not known
        line, column, message = syntax_fault(error, text)
        faults.add_at(line, column, message)
    except _TooDeepError as error:
        faults.forget(before)
        faults.add_at(error.line, error.column, f"nested more than {MAX_DEPTH} deep; wanted at most {MAX_DEPTH} levels")


class _TooDeepError(Exception):
    def __init__(self, line: int, column: int) -> None:
        super().__init__()
        self.line = line
        self.column = column


class _Composer:
    """Builds nodes from the events of one text."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._text = text
        self._faults = faults
        self._depth = 0

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield self._node(next(self._events))

    def _node(self, event: yaml.Event) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1  # type: ignore[union-attr]  # the parser marks every event
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = TextNode(line, column, event.value, not event.style)
            if node.plain and self._has_item_inside(event):
                self._faults.add(node, _ITEM_INSIDE)
        elif isinstance(event, yaml.AliasEvent):
            self._faults.add_at(line, column, _ALIAS)
            return BrokenNode(line, column)
        else:
            node = self._collection(event, line, column)
        if event.anchor is not None:  # type: ignore[attr-defined]  # only nodes come here
            self._faults.add(node, _ANCHOR)
        if event.tag is not None:  # type: ignore[attr-defined]
            self._faults.add(node, _TAG)
            return BrokenNode(line, column)
        return node

    def _has_item_inside(self, event: yaml.Event) -> bool:
        """Find the list item that was indented too far, and became part of the text before it."""
        start, end = event.start_mark, event.end_mark
        if start is None or end is None or start.line == end.line:
            return False
        return _ITEM_LINE.search(self._text, start.index, end.index) is not None

    def _collection(self, event: yaml.Event, line: int, column: int) -> Node:
        if self._depth == MAX_DEPTH:
            raise _TooDeepError(line, column)
        self._depth += 1
        if isinstance(event, yaml.SequenceStartEvent):
            node: Node = ListNode(line, column, self._items())
        else:
            node = MappingNode(line, column, self._entries())
        self._depth -= 1
        return node

    def _items(self) -> list[Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return items

    def _entries(self) -> dict[str, tuple[TextNode, Node]]:
        entries: dict[str, tuple[TextNode, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(event), self._node(next(self._events))
            if self._is_key(key, entries):
                entries[key.text] = (key, value)
        return entries

    def _is_key(self, key: Node, entries: Mapping[str, tuple[TextNode, Node]]) -> TypeGuard[TextNode]:
        if isinstance(key, BrokenNode):
            return False
        if not isinstance(key, TextNode):
            self._faults.add(key, f"{describe(key)} as a key; wanted text, in quotes if it begins with a bracket")
        elif key.text == "<<" and key.plain:
            self._faults.add(key, "a merge key; wanted the merged keys themselves")
        elif key.text in entries:
            first = entries[key.text][0]
            self._faults.add(
                key, f"key {quoted(key.text)} stands twice, first at {first.line}:{first.column}; wanted it once"
            )
        else:
            return True
        return False
