"""YAML text to plain trees: each scalar as its text, nothing resolved, nothing shared, every node with its place.

Trees are built from the parser's events: that costs less than half of `yaml.compose`, which resolves a type for each
scalar, and what must not be believed (depth, aliases, tags) is seen before anything is made of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

import yaml
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from dialogs.loading.faults import Faults, quoted
from dialogs.loading.syntax import syntax_fault

MAX_DEPTH: Final = 50
# What aliases may stand for in all, in nodes, of which a long text counts for many: "billion laughs" are ten lines.
MAX_SHARED: Final = 100_000
_CHARACTERS: Final = 64

_ALIAS: Final = "an alias; wanted what it stands for, or quotes around a text that begins with *"
_ANCHOR: Final = "an anchor; wanted none, or quotes around a text that begins with &"
_NO_ANCHOR: Final = (
    "an alias of no anchor before it; wanted one of its name, or quotes around a text that begins with *"
)
_TAG: Final = "a tag; wanted none, or quotes around a text that begins with !"
_TEMPLATE: Final = '{{ at the beginning of a text without quotes; wanted quotes around the text, as "{{ name }}"'
_ITEM_INSIDE: Final = (
    'a line with "- " inside a text without quotes; wanted the item at its list\'s indentation, or the text below |'
)
_ITEM_LINE: Final = re.compile(r"[\r\n][ \t]*-[ \t]")


# The nodes are not frozen: dozens stand in every file, and a frozen one takes almost three times as long to make.


class Mark(Protocol):
    """A place as the parser counts it, from 0."""

    line: int
    column: int


class _Located:
    """Gives places from 1, as people count."""

    __slots__ = ()
    mark: Mark

    @property
    def line(self) -> int:
        """The line."""
        return self.mark.line + 1

    @property
    def column(self) -> int:
        """The column, in characters."""
        return self.mark.column + 1


@dataclass(slots=True)
class TextNode(_Located):
    """A scalar: its text, and whether it stands without quotes and block marks (only then can it mean a number)."""

    mark: Mark
    text: str
    plain: bool

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all stands here."""
        return self.plain and not self.text


@dataclass(slots=True)
class ListNode(_Located):
    """A sequence."""

    mark: Mark
    items: list["Node"]


@dataclass(slots=True)
class MappingNode(_Located):
    """A mapping; `entries` holds key and value by the key's text. It is `complete` unless a key was refused."""

    mark: Mark
    entries: dict[str, tuple[TextNode, "Node"]]
    complete: bool


@dataclass(slots=True)
class BrokenNode(_Located):
    """What was refused already, so that nobody complains of it again."""

    mark: Mark


Node: TypeAlias = TextNode | ListNode | MappingNode | BrokenNode


def index_of(mark: Mark) -> int:
    """Return where a place is in the text, counted in characters; the parser's own marks know it."""
    return int(getattr(mark, "index", 0))


def describe(node: Node) -> str:
    """Say in a few words what stands at `node`."""
    match node:
        case TextNode():
            return "nothing" if node.is_nothing else quoted(node.text)
        case ListNode(items=items):
            return "a list" if items else "an empty list"
        case MappingNode(entries=entries, complete=complete):
            return "a mapping" if entries or not complete else "an empty mapping"
        case BrokenNode():
            return "what was refused"


def read_documents(text: str, faults: Faults, *, shares: bool = False) -> Iterator[Node]:
    """Give the root of each document; what is wrong with the YAML itself goes to `faults`.

    A fault of syntax ends the file. Aliases and merge keys are faults, unless a file `shares`: then the node of an
    anchor stands in the place of each of its aliases, as far as all of them together are not many.
    """
    composer = (_SharingComposer if shares else _Composer)(text, faults)
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
        faults.add(BrokenNode(error.place), f"nested more than {MAX_DEPTH} deep; wanted at most {MAX_DEPTH} levels")


class _TooDeepError(Exception):
    def __init__(self, place: Mark) -> None:
        super().__init__()
        self.place = place


class _Composer:
    """Builds nodes from the events of one text."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._next: Callable[[], Any] = yaml.CSafeLoader(text).get_event  # the stubs make every place optional
        self._text = text
        self._faults = faults
        self._depth = 0

    def documents(self) -> Iterator[Node]:
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                root = self._node(self._next())
                is_empty = isinstance(root, TextNode) and root.is_nothing
                yield TextNode(cast("Mark", event.start_mark), "", plain=True) if is_empty else root

    def _node(self, event: Any) -> Node:  # noqa: ANN401
        place: Any = event.start_mark
        node: Node
        if event.__class__ is ScalarEvent:
            text = event.value
            node = TextNode(place, text, not event.style)
            if " - " in text and not event.style:
                self._check_item_inside(event)
        elif event.__class__ is AliasEvent:
            node = BrokenNode(place)
            self._faults.add(node, _ALIAS)
            return node
        else:
            node = self._collection(event, place)
        if event.anchor is None and event.tag is None:
            return node
        self._faults.add(node, _TAG if event.anchor is None else _ANCHOR)
        return BrokenNode(place)

    def _check_item_inside(self, event: yaml.ScalarEvent) -> None:
        """Find the list item that was indented too far, and became part of the text before it."""
        start, end = event.start_mark, event.end_mark
        if start and end and _ITEM_LINE.search(self._text, start.index, end.index):
            self._faults.add(BrokenNode(start), _ITEM_INSIDE)

    def _collection(self, event: yaml.Event, place: Mark) -> Node:
        if self._depth == MAX_DEPTH:
            raise _TooDeepError(place)
        self._depth += 1
        node: Node
        if event.__class__ is SequenceStartEvent:
            node = ListNode(place, self._items())
        else:
            before = len(self._faults)
            entries = self._entries()
            complete = before == len(self._faults)
            node = MappingNode(place, entries, complete) if entries or complete else BrokenNode(place)
        self._depth -= 1
        return node

    def _items(self) -> list[Node]:
        items = []
        while (event := self._next()).__class__ is not SequenceEndEvent:
            items.append(self._node(event))
        return items

    def _entries(self) -> dict[str, tuple[TextNode, Node]]:
        entries: dict[str, tuple[TextNode, Node]] = {}
        while (event := self._next()).__class__ is not MappingEndEvent:
            key, value = self._node(event), self._node(self._next())
            if isinstance(key, TextNode) and key.text not in entries and key.text != "<<":
                entries[key.text] = (key, value)
            else:
                self._refuse_key(key, value, entries)
        return entries

    def _refuse_key(self, key: Node, _value: Node, entries: Mapping[str, tuple[TextNode, Node]]) -> None:
        match key:
            case TextNode(text="<<"):
                self._faults.add(key, "a merge key; wanted the merged keys themselves")
            case TextNode():
                first = entries[key.text][0]
                where = f"first at {first.line}:{first.column}"
                self._faults.add(key, f"key {quoted(key.text)} stands twice, {where}; wanted it once")
            case MappingNode() if self._text.startswith("{{", index_of(key.mark) - 1):
                self._faults.add_at(key.line, key.column - 1, _TEMPLATE)
            case ListNode() | MappingNode():
                self._faults.add(key, f"{describe(key)} as a key; wanted text, in quotes if it begins with a bracket")
            case BrokenNode():
                pass


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an anchor names: a node, how many there are in it, and how deep they are nested."""

    node: Node
    size: int
    height: int


class _SharingComposer(_Composer):
    """Puts for each alias the node of its anchor, and for a merge key the keys of the mappings that it names."""

    def __init__(self, text: str, faults: Faults) -> None:
        super().__init__(text, faults)
        self._anchors: dict[str, _Anchored] = {}
        self._merges: list[list[Node]] = []
        self._nodes = 0
        self._shared = 0
        self._deepest = 0

    def _node(self, event: Any) -> Node:  # noqa: ANN401
        if event.__class__ is AliasEvent:
            return self._of_alias(event)
        before = self._nodes
        self._nodes += 1 + len(event.value) // _CHARACTERS if event.__class__ is ScalarEvent else 1
        self._deepest = max(self._deepest, self._depth)
        name, event.anchor = event.anchor, None
        if name is None:
            return super()._node(event)
        self._anchors.pop(name, None)  # nothing can stand within itself, nor what had its name before
        outside, self._deepest = self._deepest, self._depth
        node = super()._node(event)
        self._anchors[name] = _Anchored(node, self._nodes - before, self._deepest - self._depth)
        self._deepest = max(outside, self._deepest)
        return node

    def _of_alias(self, event: Any) -> Node:  # noqa: ANN401
        found = self._anchors.get(event.anchor)
        if found is None:
            return self._refused(event, _NO_ANCHOR)
        if self._depth + found.height > MAX_DEPTH:
            raise _TooDeepError(event.start_mark)
        self._shared += found.size
        if self._shared > MAX_SHARED:
            return self._refused(event, "aliases that stand for too much; wanted what they stand for in its place")
        self._nodes += found.size
        self._deepest = max(self._deepest, self._depth + found.height)
        return found.node

    def _refused(self, event: Any, message: str) -> Node:  # noqa: ANN401
        node = BrokenNode(event.start_mark)
        self._faults.add(node, message)
        return node

    def _entries(self) -> dict[str, tuple[TextNode, Node]]:
        self._merges.append([])
        entries = super()._entries()
        for merged in self._merges.pop():
            for each in merged.items if isinstance(merged, ListNode) else [merged]:
                if isinstance(each, MappingNode):
                    entries = {**each.entries, **entries}
                elif not isinstance(each, BrokenNode):
                    self._faults.add(each, f"{describe(each)} to be merged; wanted a mapping, or a list of them")
        return entries

    def _refuse_key(self, key: Node, value: Node, entries: Mapping[str, tuple[TextNode, Node]]) -> None:
        if isinstance(key, TextNode) and key.text == "<<" and key.plain:
            self._merges[-1].append(value)
        else:
            super()._refuse_key(key, value, entries)
