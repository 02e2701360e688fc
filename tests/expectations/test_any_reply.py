"""Whatever a model says, a check ends with a record that can be written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import PLACE
from dialogs.encoding import JsonValue, encode_line
from dialogs.expectations import Seen, check
from dialogs.scenario import Expectation

EXPECTED: list[tuple[str, JsonValue]] = [
    ("contains", ["Days", "\ud83d"]),
    ("icontains", "ß"),
    ("equals", "a\nb"),
    ("starts_with", "\u2028"),
    ("regex", "(a+)+$"),
    ("regex", "\ud83d"),
    ("json", True),
    ("json_schema", {"type": "array", "items": {"$ref": "#"}}),
    ("json_schema", {"type": "object", "uniqueItems": True, "patternProperties": {"^a": {"pattern": "(a+)+$"}}}),
    ("json_path", {"path": "$..a", "equals": {"a": [1, None]}, "not_contains": "x"}),
    ("json_path", {"path": "$[?search(@.a, '(a+)+$')]"}),
    ("json_path", {"path": "$", "exists": False}),
    ("json_path", {"path": "$", "contains": "a", "not_regex": "b"}),
    ("tool_call", {"name": "a", "arguments": {"a": {"b": 1}}}),
    ("finish_reason", "stop"),
    ("max_tokens", 5),
]
DEPTHS = [200, 300, 1_000, 1_020, 100_000]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TEXTS = st.text(alphabet=st.characters(exclude_categories=())) | VALUES.map(json.dumps)


def checked(kind: str, value: JsonValue, seen: Seen) -> None:
    """Check a reply both ways."""
    for negated in (False, True) if kind in {"contains", "regex", "equals", "tool_call"} else (False,):
        record = check(Expectation(kind, value, PLACE, negated=negated), seen)
        assert len(encode_line(record.record())) < 3_000


@settings(max_examples=60, deadline=None)
@given(content=TEXTS, expected=st.sampled_from(EXPECTED))
def test_any_text(content: str, expected: tuple[str, JsonValue]) -> None:
    checked(*expected, Seen({"role": "assistant", "content": content}, "stop"))


@settings(max_examples=30, deadline=None)
@given(
    message=st.dictionaries(st.sampled_from(["content", "refusal", "tool_calls"]), VALUES),
    expected=st.sampled_from(EXPECTED),
)
def test_any_message(message: dict[str, JsonValue], expected: tuple[str, JsonValue]) -> None:
    checked(*expected, Seen(message))


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("expected", EXPECTED, ids=[kind for kind, _ in EXPECTED])
def test_any_depth(depth: int, expected: tuple[str, JsonValue]) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        text = opening * depth + "1" + closing * depth
        checked(*expected, Seen({"content": text, "tool_calls": [{"function": {"name": "a", "arguments": text}}]}))
