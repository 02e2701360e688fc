"""`response_format`, with its schema here or in a file."""

from pathlib import Path

import pytest

from dialogs.encoding import JsonObject
from scenario_files import load

SCHEMA = {"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}, "$defs": {"id": {"type": "string"}}}
JSON = '{"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}, "$defs": {"id": {"type": "string"}}}'


def format_of(written: str) -> object:
    (scenario,) = load(f"params: {{response_format: {written}}}\nturns: [Hi]\n")
    return scenario.params["response_format"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"{{name: order, strict: true, schema: {JSON}}}", {"name": "order", "strict": True, "schema": SCHEMA}),
        ("{file: schemas/an order.json}", {"name": "an-order", "schema": SCHEMA}),
        (
            "{file: schemas/an order.json, name: o, strict: false, description: d}",
            {"name": "o", "description": "d", "strict": False, "schema": SCHEMA},
        ),
    ],
)
def test_a_schema_stands_here_or_in_a_file(written: str, expected: JsonObject) -> None:
    Path("schemas").mkdir()
    Path("schemas/an order.json").write_text(JSON)

    assert format_of(f"{{type: json_schema, json_schema: {written}}}") == {
        "type": "json_schema",
        "json_schema": expected,
    }


def test_other_formats_are_kept_as_they_are_written() -> None:
    assert format_of("{type: json_object, schema: {a: [1, x]}}") == {"type": "json_object", "schema": {"a": [1, "x"]}}
