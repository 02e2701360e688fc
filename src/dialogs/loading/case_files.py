"""Cases in files: CSV with a header, or JSONL, one object a line; both may be compressed."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import JsonValue, decode
from dialogs.loading.documents import TextNode
from dialogs.loading.faults import Faults, Located, excerpt, quoted
from dialogs.loading.folders import Folder, NamedText
from dialogs.loading.variables import check_name
from dialogs.opened_files import without_compression

MAX_CASES: Final = 100_000
_MOST_COLUMNS: Final = 100
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SUFFIXES: Final = (".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cases: its id, its values, and where it stands."""

    id: str | None
    values: Mapping[str, JsonValue]
    at: Located
    faults: Faults


@dataclass(slots=True)
class _At:
    line: int
    column: int = 1


def read_case_file(path: TextNode, folder: Folder, faults: Faults) -> Iterator[Row]:
    """Give the rows of the file that `path` names; in a CSV file every cell is text."""
    name = without_compression(path.text.lower())
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), None)
    if suffix is None:
        faults.add(path, f"file {quoted(path.text)}; wanted a .csv or a .jsonl file, or one of these as .zst")
        return
    named = folder.text(path, faults, any_characters=True)
    if named is None:
        return
    count, before = 0, len(faults)
    for row in _csv_rows(named) if suffix == ".csv" else _jsonl_rows(named):
        count += 1
        if count > MAX_CASES:
            faults.add(path, f"file {quoted(path.text)}: more than {MAX_CASES:,} cases; wanted at most that many")
            return
        yield row
    if not count and len(faults) == before:
        faults.add(path, f"file {quoted(path.text)}: no row; wanted at least one")


def _csv_rows(named: NamedText) -> Iterator[Row]:
    import csv  # noqa: PLC0415 - most scenarios have no such file

    reader = csv.reader(io.StringIO(named.text, newline=""), strict=True)
    header: list[str] | None = None
    end = 0
    try:
        for cells in reader:
            at, end = _At(end + 1), reader.line_num
            if not cells:
                continue
            if header is None:
                header = cells
                if not _is_header(cells, at, named.faults):
                    return
            elif len(cells) == len(header):
                values = dict(zip(header, cells, strict=True))
                yield Row(values.pop("id", None) or None, values, at, named.faults)
            else:
                named.faults.add(at, f"{len(cells)} of {len(header)} cells; wanted as many as in the header")
    except csv.Error as error:
        named.faults.add(
            _At(max(end + 1, 1)), f"no CSV: {error}; wanted cells with commas between, or quotes around them"
        )


def _is_header(cells: list[str], at: _At, faults: Faults) -> bool:
    before = len(faults)
    if len(cells) > _MOST_COLUMNS:
        faults.add(at, f"{len(cells):,} columns; wanted at most {_MOST_COLUMNS}")
        return False
    if len(cells) == 1 and any(separator in cells[0] for separator in ";\t|"):
        faults.add(at, f"a header of one column, {quoted(cells[0])}; wanted commas between the columns")
        return False
    for index, name in enumerate(cells):
        if name in cells[:index]:
            faults.add(at, f"column {quoted(name)} stands twice; wanted it once")
        elif name != "id":
            check_name(name, at, faults, "column")
    return len(faults) == before


def _jsonl_rows(named: NamedText) -> Iterator[Row]:
    checked: set[str] = {"id"}
    for number, line in enumerate(named.text.split("\n"), 1):
        if line.strip():
            yield from _jsonl_row(line, _At(number), named.faults, checked)


def _jsonl_row(line: str, at: _At, faults: Faults, checked: set[str]) -> Iterator[Row]:
    try:
        value = decode(line)
    except ValueError as error:
        column = getattr(error, "pos", 0) + 1
        faults.add_at(at.line, column, f"no JSON: {getattr(error, 'msg', error)}; wanted one JSON object a line")
        return
    if not isinstance(value, dict) or not value:
        faults.add(at, "no JSON object; wanted one a line, of names and values")
        return
    if _SURROGATE_ESCAPE.search(line) and not _is_text(value):
        faults.add(at, "half a character (a surrogate) as an escape; wanted the whole character")
        return
    for name in value.keys() - checked:
        check_name(name, at, faults)
    checked |= value.keys()
    row_id = value.pop("id", None)
    if isinstance(row_id, int) and not isinstance(row_id, bool):
        row_id = str(row_id)
    if row_id is not None and not isinstance(row_id, str):
        faults.add(at, f"id is {excerpt(row_id)}; wanted text")
        return
    yield Row(row_id, value, at, faults)


def _is_text(value: JsonValue) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
