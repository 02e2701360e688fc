import pytest

from dialogs.encoding import JsonObject, JsonValue
from dialogs.schemas import mismatch, schema_complaint

ORDER: JsonObject = {
    "type": "object",
    "properties": {"id": {"$ref": "#/$defs/number"}, "name": {"type": "string", "pattern": "^(l+)+$"}},
    "required": ["id"],
    "$defs": {"number": {"type": "integer", "minimum": 1}},
}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": 7}, None),
        ({}, "$: 'id' is a required property"),
        ({"id": 0}, "$.id: 0 is less than the minimum of 1"),
        ({"id": "7"}, "$.id: '7' is not of type 'integer'"),
        ({"id": 7, "name": "l" * 40}, None),
        ({"id": 7, "name": "l" * 30 + "!"}, f'$.name: "{"l" * 30}!" does not match "^(l+)+$"'),
        ({"id": 0, "name": 1}, "$.name: 1 is not of type 'string', and 1 more"),
        ("x" * 500, f"$: '{'x' * 158}…"),
    ],
)
def test_where_and_how_a_value_does_not_fit_is_said(value: JsonValue, found: str | None) -> None:
    assert mismatch(ORDER, value) == found


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        ({"patternProperties": {"^n": {"type": "number"}}}, {"n1": 1, "t": "x"}, None),
        ({"patternProperties": {"^n": {"type": "number"}}}, {"n1": "x"}, "$.n1: 'x' is not of type 'number'"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"}, "x", None),
        ({"$id": "urn:a", "$defs": {"b": {"$id": "urn:b", "type": "string"}}, "$ref": "urn:b"}, "x", None),
        (
            {"$ref": "https://example.com/schema.json"},
            "x",
            'the schema refers to "https://example.com/schema.json", which is not in it',
        ),
        ({"$ref": "#"}, "x", "the schema refers to itself without end, or the value is nested too deeply"),
    ],
)
def test_references_are_followed_within_the_schema_only(schema: JsonObject, value: JsonValue, found: str) -> None:
    assert mismatch(schema, value) == found


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        (ORDER, None),
        ({}, None),
        ({"enum": [{"pattern": "("}]}, None),
        ([], "[]; wanted a JSON Schema, a mapping"),
        ({"type": "objekt"}, "no JSON Schema: $.type: 'objekt' is not valid under any of the given schemas"),
        (
            {"items": {"$ref": "https://example.com/a.json"}},
            '$ref "https://example.com/a.json" leads out of the schema, and nothing is fetched; wanted it under $defs',
        ),
        (
            {"items": {"$ref": "#/$defs/lmap"}, "$defs": {"lamp": {}}},
            '$ref "#/$defs/lmap" leads to nothing in the schema; wanted it under $defs',
        ),
        ({"$dynamicRef": "#lamp", "$defs": {"a": {"$dynamicAnchor": "lamp"}}}, None),
        (
            {"$schema": "https://example.com/own", "$ref": "#a/b"},
            '$ref "#a/b" leads to nothing in the schema; wanted it under $defs',
        ),
        ({"$id": "urn:a", "$ref": "#/$defs/b", "$defs": {"b": {}}}, None),
        ({"$ref": "#/definitions/a", "definitions": {"a": {"$id": "urn:c", "$ref": "#/x"}}}, None),
        (
            {"properties": {"a": {"pattern": "(?=a)"}}},
            'pattern "(?=a)": invalid perl operator: (?=; wanted a regular expression of RE2',
        ),
        ({"patternProperties": {"(": {}}}, "no JSON Schema: $.patternProperties: '(' is not a 'regex'"),
        (
            {"properties": {"enum": {"patternProperties": {"(?=a)": {}}}}},
            'pattern "(?=a)": invalid perl operator: (?=; wanted a regular expression of RE2',
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_complained_of(schema: JsonValue, complaint: str | None) -> None:
    assert schema_complaint(schema) == complaint
