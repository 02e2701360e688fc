"""JSON and YAML of unknown origin to values, each mapping and list with its place in the file."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from json import scanner
from typing import Any, Final, TypeAlias

from dialogs.encoding import JsonValue, decode
from dialogs.errors import FileFault, Place
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode, read_documents
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.values import json_value

_Places: TypeAlias = Mapping[int, tuple[int, int]]
_PLAINLY: Final = "too deeply nested"


@dataclass(frozen=True, slots=True)
class Tree:
    """One record of a file: its value, and where it and its parts stand."""

    value: JsonValue
    file: str
    line: int
    column: int = 1
    _places: _Places = field(default_factory=dict, repr=False)

    @property
    def place(self) -> Place:
        """Where the record begins."""
        return Place(self.file, self.line, self.column)

    def place_of(self, value: JsonValue) -> Place:
        """Return where a mapping or list of the record begins; where that is not known, where the record does."""
        line, column = self._places.get(id(value), (self.line, self.column))
        return Place(self.file, line, column)

    def part(self, value: JsonValue) -> "Tree":
        """Return a part of the record as a record of its own."""
        place = self.place_of(value)
        return Tree(value, self.file, place.line, place.column, self._places)

    def with_value(self, value: JsonValue) -> "Tree":
        """Return another value in the record's place, whose parts are the record's own."""
        return Tree(value, self.file, self.line, self.column, self._places)


def json_line(line: bytes | str, file: str, number: int) -> Tree | FileFault:
    """Read one line of JSONL."""
    try:
        return Tree(decode(line), file, number)
    except ValueError as error:
        return FileFault(Place(file, number, 1), f"no JSON: {_short(error)}; wanted a JSON value a line")


def _short(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def json_tree(text: str, file: str) -> Tree | FileFault:
    """Read a file that is one JSON value."""
    places: dict[int, int] = {}
    try:
        value = _decoder(places).decode(text)
    except RecursionError:
        return FileFault(Place(file, 1, 1), f"JSON {_PLAINLY}; wanted fewer levels")
    except json.JSONDecodeError as error:
        return FileFault(Place(file, error.lineno, error.colno), f"no JSON: {error.msg}; wanted JSON")
    except ValueError as error:
        return FileFault(Place(file, 1, 1), f"no JSON: {error}; wanted JSON")
    starts = _line_starts(text)
    return Tree(value, file, 1, 1, _Lazy(places, starts))


def _decoder(places: dict[int, int]) -> json.JSONDecoder:
    """Make a decoder that notes, by their identities, at which character objects and arrays begin."""
    decoder: Any = json.JSONDecoder(
        object_pairs_hook=_object, parse_constant=_refuse, parse_int=_integer, parse_float=_number
    )

    def noting(parse: Callable[..., tuple[Any, int]]) -> Callable[..., tuple[Any, int]]:
        def parse_and_note(start: tuple[str, int], *rest: object) -> tuple[Any, int]:
            value, end = parse(start, *rest)
            places[id(value)] = start[1] - 1
            return value, end

        return parse_and_note

    decoder.parse_object = noting(decoder.parse_object)
    decoder.parse_array = noting(decoder.parse_array)
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]  # the stubs have only the C one
    found: json.JSONDecoder = decoder
    return found


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _times = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {quoted(twice)} stands twice in an object")
    return made


def _refuse(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> JsonValue:
    return decode(digits)


def _number(digits: str) -> JsonValue:
    return decode(digits)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


class _Lazy(dict[int, tuple[int, int]]):
    """Places by identity, counted from offsets when they are asked for."""

    def __init__(self, offsets: Mapping[int, int], starts: list[int]) -> None:
        super().__init__()
        self._offsets = offsets
        self._starts = starts

    def get(self, key: int, default: Any = None) -> Any:  # noqa: ANN401 - as dict's own
        offset = self._offsets.get(key)
        if offset is None:
            return default
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def yaml_trees(text: str, file: str) -> Iterator[Tree | FileFault]:
    """Read the documents of a YAML file. Aliases stand for what they name; tags are refused, with their places."""
    faults = Faults(file)
    for root in read_documents(text, faults, shares=True):
        if faults:
            break
        places: dict[int, tuple[int, int]] = {}
        value = _value(root, places, faults)
        yield Tree(value, file, root.line, root.column, places)
    yield from faults.in_order()


def _value(node: Node, places: dict[int, tuple[int, int]], faults: Faults) -> JsonValue:
    value: JsonValue
    match node:
        case ListNode():
            value = [_value(item, places, faults) for item in node.items]
            places[id(value)] = (node.line, node.column)
            return value
        case MappingNode():
            value = {key: _value(item, places, faults) for key, (_, item) in node.entries.items()}
            places[id(value)] = (node.line, node.column)
            return value
        case TextNode():
            return _scalar(node)
        case BrokenNode():
            return None


def _scalar(node: TextNode) -> JsonValue:
    """Read a scalar as YAML 1.2 does; what only we refuse, such as an empty value or 010, is nothing and text."""
    if node.is_nothing:
        return None
    complaints = Faults("")
    value = json_value(node, complaints)
    return node.text if complaints else value
