"""`matrix`: a product of values, without what `exclude` names."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import JsonValue, canonical
from dialogs.loading.case_files import MAX_CASES
from dialogs.loading.case_names import case_name
from dialogs.loading.documents import ListNode, MappingNode, Node
from dialogs.loading.faults import Faults, excerpt, quoted
from dialogs.loading.fields import Fields, nearest_or_all
from dialogs.loading.variables import Given, check_name, written_value
from dialogs.scenario import Case

_MOST_EXCLUDED: Final = 1000
_MOST_LISTED: Final = 10
_WANTED: Final = "a mapping of names to lists of values"

_Axes = Mapping[str, list[JsonValue]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cases of a product, the last name changing fastest, and the names."""

    cases: tuple[Case, ...]
    names: tuple[str, ...]


def read_matrix(fields: Fields, given: Given) -> Matrix:
    """Read `matrix`; a name that `--var` gives has that one value."""
    faults, node = fields.faults, fields.mapping("matrix", _WANTED)
    if node is None:
        return Matrix((), ())
    before = len(faults)
    axes = {
        name: _axis(name, value, fields)
        for name, (key, value) in node.entries.items()
        if name != "exclude" and check_name(name, key, faults)
    }
    names = tuple(axes)
    if not axes and len(faults) == before:
        fields.wrong(node, "matrix", f"{_WANTED}, as shop: [Acme, Globex]")
    excluded = _exclude(node.entries["exclude"][1], axes, fields) if "exclude" in node.entries else []
    axes = {name: [given.over({name: None})[name]] if name in given.variables else axes[name] for name in axes}
    size = math.prod(map(len, axes.values()))
    if size > MAX_CASES:
        faults.add(fields.key("matrix"), f"a matrix of {size:,} cases; wanted at most {MAX_CASES:,}")
    if len(faults) > before:
        return Matrix((), names)
    cases = tuple(Case(case_name(values), values) for values in _product(axes, excluded))
    if not cases:
        faults.add(node, "exclude leaves no case; wanted at least one")
    _check_names(cases, node, faults)
    return Matrix(cases, names)


def _axis(name: str, node: Node, fields: Fields) -> list[JsonValue]:
    if not isinstance(node, ListNode) or not node.items:
        found = f"{quoted(name)} of the matrix"
        if isinstance(node, ListNode):
            fields.faults.add(node, f"{found} is an empty list; wanted its values")
        else:
            fields.wrong(node, found, "a list of values")
        return []
    values: dict[bytes, JsonValue] = {}
    for item in node.items:
        value = written_value(item, fields.faults)
        if canonical(value) in values:
            fields.faults.add(item, f"{excerpt(value)} stands twice under {quoted(name)}; wanted it once")
        values[canonical(value)] = value
    return list(values.values())


def _exclude(node: Node, axes: _Axes, fields: Fields) -> list[dict[str, bytes]]:
    """Read which cases are left out: those that have all values of an item."""
    if not isinstance(node, ListNode):
        fields.wrong(node, "exclude", "a list of mappings of names to values")
        return []
    if len(node.items) > _MOST_EXCLUDED:
        fields.faults.add(node, f"{len(node.items):,} items of exclude; wanted at most {_MOST_EXCLUDED:,}")
        return []
    return [_excluded(item, axes, fields) for item in node.items]


def _excluded(item: Node, axes: _Axes, fields: Fields) -> dict[str, bytes]:
    if not isinstance(item, MappingNode) or not item.entries:
        fields.wrong(item, "an item of exclude", "a mapping of names to values")
        return {}
    found = {}
    for name, (key, node) in item.entries.items():
        value = written_value(node, fields.faults)
        found[name] = canonical(value)
        if name not in axes:
            fields.faults.add(key, f"{quoted(name)} is not in the matrix; {nearest_or_all(name, axes)}")
        elif found[name] not in map(canonical, axes[name]):
            wanted = ", ".join(map(excerpt, axes[name][:_MOST_LISTED])) + (", …" * (len(axes[name]) > _MOST_LISTED))
            fields.faults.add(node, f"{excerpt(value)} is no value of {quoted(name)}; wanted one of {wanted}")
    return found


def _product(axes: _Axes, excluded: list[dict[str, bytes]]) -> Iterator[dict[str, JsonValue]]:
    pairs = [[(value, canonical(value)) for value in values] for values in axes.values()]
    positions = {name: position for position, name in enumerate(axes)}
    left_out: dict[tuple[int, ...], set[tuple[bytes, ...]]] = {}
    for each in excluded:
        left_out.setdefault(tuple(positions[name] for name in each), set()).add(tuple(each.values()))
    for row in itertools.product(*pairs):
        if not any(tuple(row[at][1] for at in places) in values for places, values in left_out.items()):
            yield {name: value for name, (value, _) in zip(axes, row, strict=True)}


def _check_names(cases: Sequence[Case], node: MappingNode, faults: Faults) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            wanted = "wanted values that differ in their letters or digits"
            faults.add(node, f"two cases are named {quoted(case.name)} by their values; {wanted}")
            return
        seen.add(case.name)
