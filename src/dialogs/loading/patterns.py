"""Expressions, paths and schemas in a scenario, checked where they stand."""

from collections.abc import Callable

from dialogs.encoding import JsonObject
from dialogs.loading.documents import MappingNode, Node
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, note_wrong
from dialogs.loading.values import json_value
from dialogs.patterns import PatternError, parse_json_path, parse_regex
from dialogs.schemas import schema_complaint


def fits_regex(node: Node, name: str, fields: Fields) -> bool:
    """Say whether an expression of RE2 stands at `node`, and note it where none does."""
    return _fits(node, name, fields, parse_regex, ("a regular expression", "a regular expression of RE2"))


def fits_json_path(node: Node, name: str, fields: Fields) -> bool:
    """Say whether a JSON path stands at `node`, and note it where none does."""
    return _fits(node, name, fields, parse_json_path, ("a JSON path, as $.order.id", "a JSON path, as $.order.id"))


def _fits(node: Node, name: str, fields: Fields, parse: Callable[[str], object], wanted: tuple[str, str]) -> bool:
    """Say whether a text that `parse` takes stands at `node`; `wanted` instead of no text, and instead of another."""
    text = fields.text_of(node, name, wanted[0])
    if text is None:
        return False
    try:
        parse(text)
    except PatternError as error:
        fields.faults.add(node, f"{name} {quoted(text)}: {error}; wanted {wanted[1]}")
        return False
    return True


def read_schema(node: Node, name: str, faults: Faults) -> JsonObject | None:
    """Read the JSON Schema at `node`, which refers to nothing outside of it."""
    before = len(faults)
    if not isinstance(node, MappingNode):
        note_wrong(faults, node, name, "a JSON Schema, a mapping")
        return None
    schema = {key: json_value(value, faults) for key, (_, value) in node.entries.items()}
    complaint = schema_complaint(schema) if len(faults) == before else None
    if complaint:
        faults.add(node, f"{name}: {complaint}")
    return schema if len(faults) == before else None
