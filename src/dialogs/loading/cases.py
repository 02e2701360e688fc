"""`cases` and `matrix`: the sets of variable values of which each makes a dialogue, with their names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue
from dialogs.loading.case_files import MAX_CASES, Row, read_case_file
from dialogs.loading.case_names import case_name
from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import quoted
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.folders import Folder
from dialogs.loading.matrix import read_matrix
from dialogs.loading.variables import Given, check_name, written_value
from dialogs.scenario import Case

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_ID_WANTED: Final = "1 to 100 of the characters A-Z a-z 0-9 . _ -"
_FILE_KEYS: Final = Keys("cases", known=("file",))
_WANTED: Final = "a list of rows, as {id: acme, shop: Acme}, or {file: cases.csv}"


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a scenario, and the names of their variables."""

    cases: tuple[Case, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The cases of a file without faults; `lacking` are the variables that a row of it leaves to `vars`."""

    cases: Cases
    lacking: frozenset[str]


Tables: TypeAlias = dict[str, Table]


def read_cases(
    fields: Fields, folder: Folder, given: Given, variables: Mapping[str, JsonValue], tables: Tables
) -> Cases:
    """Read `cases` or `matrix`. What a row lacks must stand under `vars`; `--var` goes over all rows.

    `tables` keeps files by their real paths: a thousand scenarios that name one file hold its rows once.
    """
    if "cases" in fields and "matrix" in fields:
        fields.faults.add(fields.key("matrix"), "matrix beside cases; wanted one of them")
        return Cases()
    if "matrix" in fields:
        matrix = read_matrix(fields, given)
        return Cases(matrix.cases, matrix.names)
    node = fields.value("cases")
    file = _real_path(node, folder)
    if file in tables and tables[file].lacking <= variables.keys():
        return tables[file].cases
    before = len(fields.faults)
    rows = [] if node is None else list(_rows(node, fields, folder))
    names = tuple(dict.fromkeys(name for row in rows for name in row.values))
    if len(fields.faults) > before:
        return Cases((), names)
    cases = Cases(tuple(_named(_complete(rows, names, variables), given)), names)
    if file and len(fields.faults) == before:
        lacking = frozenset(name for name in names if any(name not in row.values for row in rows))
        tables[file] = Table(cases, lacking)
    return cases


def _real_path(node: Node | None, folder: Folder) -> str:
    """Return the path of the file that the cases stand in; "" where there is none."""
    if not isinstance(node, MappingNode) or node.entries.keys() != {"file"}:
        return ""
    _key, path = node.entries["file"]
    found = folder.real_path(path.text) if isinstance(path, TextNode) else ""
    return found if isinstance(found, str) else ""


def _rows(node: Node, fields: Fields, folder: Folder) -> Iterator[Row]:
    match node:
        case ListNode():
            if not node.items:
                fields.wrong(node, "cases", _WANTED)
            if len(node.items) > MAX_CASES:
                fields.faults.add(node, f"{len(node.items):,} cases; wanted at most {MAX_CASES:,}")
                return
            for item in node.items:
                yield from _row(item, fields)
        case MappingNode(entries=entries) if "file" in entries:
            inner = Fields(node, _FILE_KEYS, fields.faults)
            path = inner.value("file")
            if isinstance(path, TextNode) and inner.word("file", "the path of a .csv or .jsonl file"):
                yield from read_case_file(path, folder, fields.faults)
        case _:
            fields.wrong(node, "cases", _WANTED)


def _row(item: Node, fields: Fields) -> Iterator[Row]:
    if not isinstance(item, MappingNode):
        fields.wrong(item, "a row of cases", "a mapping of names to values, as {id: acme, shop: Acme}")
        return
    values: dict[str, JsonValue] = {}
    row_id = None
    for name, (key, value) in item.entries.items():
        if name != "id":
            check_name(name, key, fields.faults)
            values[name] = written_value(value, fields.faults)
        elif isinstance(value, TextNode) and not value.is_nothing:
            row_id = value.text
        else:
            fields.wrong(value, "id", _ID_WANTED)
    if not item.entries:
        fields.faults.add(item, "an empty row of cases; wanted names and values")
    yield Row(row_id, values, item, fields.faults)


def _complete(rows: Iterable[Row], names: tuple[str, ...], variables: Mapping[str, JsonValue]) -> Iterator[Row]:
    """Give the rows, and note what they lack."""
    needed = [name for name in names if name not in variables]
    for row in rows:
        for name in needed:
            if name not in row.values:
                wanted = "wanted it here, or a value for all under vars"
                row.faults.add(row.at, f"a row without {quoted(name)}, which other rows have; {wanted}")
        yield row


def _named(rows: Iterable[Row], given: Given) -> Iterator[Case]:
    first: dict[str, Row] = {}
    for row in rows:
        values = given.over(row.values)
        name = case_name(values) if row.id is None else row.id
        if not _ID.fullmatch(name):
            row.faults.add(row.at, f"id is {quoted(name)}; wanted {_ID_WANTED}")
        elif (other := first.setdefault(name, row)) is not row:
            _note_twice(name, row, other)
        yield Case(name, values)


def _note_twice(name: str, row: Row, other: Row) -> None:
    at = f"{other.at.line}:{other.at.column}"
    if row.id is not None and other.id is not None:
        row.faults.add(row.at, f"case {quoted(name)} stands twice, first at {at}; wanted an id of its own for each")
    else:
        found = f"a row that is named {quoted(name)} by its values, as the one at {at} is"
        row.faults.add(row.at, f"{found}; wanted an id in each")
