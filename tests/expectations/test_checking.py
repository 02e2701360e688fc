import json

import pytest

from builders import PLACE
from dialogs.chat import Usage
from dialogs.encoding import JsonObject, JsonValue
from dialogs.expectations import Seen, Verdict, check, judged_parts
from dialogs.scenario import Expectation
from dialogs.transcript import ExpectationRecord


def expecting(key: str, value: JsonValue) -> Expectation:
    """Make an expectation as the scenario file writes it; an any_of holds a list of (key, value)."""
    kind = key.removeprefix("not_")
    if kind == "any_of":
        return Expectation(kind, None, PLACE, any_of=tuple(expecting(*each) for each in value))  # type: ignore[union-attr, misc]
    return Expectation(kind, value, PLACE, negated=key != kind)


def says(content: JsonValue, finish_reason: str | None = "stop", **message: JsonValue) -> Seen:
    return Seen({"role": "assistant", "content": content, **message}, finish_reason)


def call(name: str, arguments: JsonValue) -> JsonObject:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": text}}


def found(key: str, value: JsonValue, seen: Seen) -> str | None:
    """Check, and return what was found; None where it passed."""
    record = check(expecting(key, value), seen)
    assert record.passed is (record.found is None)
    return record.found


REPLY = "Bring the receipt.\nYou have 30 Days, free of charge."


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("contains", "receipt", None),
        ("contains", ["receipt", "30 Days"], None),
        ("contains", "30 days", 'in another case: "Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("contains", "the receipts", 'nearest: "Bring the receipt.\\nYou have 30 Days, free of ch…"'),
        ("contains", "xyz", '"Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("contains", ["receipt", "xyz"], '"xyz": "Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("contains", "", None),
        ("icontains", ["RECEIPT", "days"], None),
        ("icontains", "xyz", '"Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("equals", REPLY, None),
        ("equals", REPLY + "\n", 'ends before "\\n"'),
        ("equals", REPLY[:-1], 'from 2:33 "." where the end was wanted'),
        ("equals", REPLY[:30] + "40", 'from 2:12 " Days, free of charge." in place of "40"'),
        ("starts_with", "Bring", None),
        ("starts_with", "Brings", 'from 1:6 " the receipt.\\nYou have 30 Days, free of…" in place of "s"'),
        ("regex", r"\d+ Days", None),
        ("regex", "(?i)FREE OF CHARGE", None),
        ("regex", r"^\d+", '"Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("regex", "(", "no regular expression of RE2: missing ): ("),
        ("not_contains", "refund", None),
        ("not_contains", "receipt", '"Bring the receipt.\\nYou have 30 Days, free of ch…"'),
        ("not_contains", ["refund", "30"], '"30": "Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("not_regex", r"\d+", '"Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("not_equals", REPLY, '"Bring the receipt.\\nYou have 30 Days, free of charge."'),
        ("not_starts_with", "As an AI", None),
    ],
)  # fmt: skip
def test_texts(key: str, value: JsonValue, expected: str | None) -> None:
    assert found(key, value, says(REPLY)) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (says(None, refusal="I cannot."), 'a refusal: "I cannot."'),
        (says("Well, yo", "length"), '"Well, yo" (cut off at the token limit)'),
        (says(""), "an empty reply"),
        (says(None, "tool_calls", tool_calls=[call("look_up", {"id": 7})]), 'no text, but calls look_up({"id":7})'),
        (says([{"type": "text", "text": "Part one"}]), '"Part one"'),
        (says("\x1b[31mred"), '"\\u001b[31mred"'),
        (says("x" * 100_000), f'"{"x" * 79}…"'),
    ],
)
def test_what_a_reply_is_instead_of_the_text_is_said(seen: Seen, expected: str) -> None:
    assert found("contains", "receipt", seen) == expected


def test_text_checks_read_a_refusal_as_a_user_would() -> None:
    assert found("icontains", "cannot", says(None, refusal="I cannot.")) is None


ORDERS = json.dumps({"orders": [{"id": 7, "state": "sent"}, {"id": 9, "state": "lost"}], "total": 2.0, "ok": True})
COMPACT = ORDERS.replace(" ", "")
SCHEMA: JsonValue = {"type": "object", "required": ["orders"], "properties": {"total": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("json", True, None),
        ("json_schema", SCHEMA, None),
        ("json_schema", {"required": ["name"]}, "$: 'name' is a required property"),
        ("json_path", "$.orders[0]", None),
        ("json_path", {"path": "$.orders[2]"}, f"nothing at $.orders[2] in {COMPACT[:79]}…"),
        ("json_path", {"path": "$.orders[2]", "exists": False}, None),
        ("json_path", {"path": "$.orders[*].id", "exists": False}, "7, 9"),
        ("json_path", {"path": "$.total", "equals": 2}, None),
        ("json_path", {"path": "$.ok", "equals": 1}, "true"),
        ("json_path", {"path": "$.orders[*].id", "equals": 9}, None),
        ("json_path", {"path": "$.orders[*].id", "equals": 8}, "7, 9"),
        ("json_path", {"path": "$.orders[*].state", "not_equals": "lost"}, '"lost"'),
        ("json_path", {"path": "$.orders[0]", "equals": {"state": "sent", "id": 7}}, None),
        ("json_path", {"path": "$.orders[0].state", "regex": "^se", "contains": "n"}, None),
        ("json_path", {"path": "$.orders[0].id", "regex": "^7$"}, None),
        ("json_path", {"path": "$.orders[0].state", "contains": "los"}, '"sent"'),
        ("json_path", {"path": "$.orders[*].state", "not_contains": "los"}, '"lost"'),
        ("json_path", {"path": "orders"}, "no JSON path: it does not begin with $"),
    ],
)  # fmt: skip
def test_json(key: str, value: JsonValue, expected: str | None) -> None:
    assert found(key, value, says(ORDERS)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Here: {}", 'no JSON from 1:1 on: "Here: {}"'),
        ("```json\n{}\n```", 'no JSON from 1:1 on: a code fence around it: "```json\\n{}\\n```"'),
        ('{"a": 1}\n{"b": 2}', 'no JSON from 2:1 on: "{\\"a\\": 1}\\n{\\"b\\": 2}"'),
        ("NaN", "no JSON: NaN is not JSON"),
        ("[" * 100_000, "no JSON: JSON nested too deeply"),
        ("", "an empty reply"),
    ],
)
@pytest.mark.parametrize(("key", "value"), [("json", True), ("json_schema", {}), ("json_path", "$")])
def test_a_reply_that_is_no_json(key: str, value: JsonValue, content: str, expected: str) -> None:
    assert found(key, value, says(content)) == expected


BOTH: JsonValue = [call("look_up", {"id": 7, "of": {"a": 1, "b": 2}}), call("note", "{")]
CALLS = Seen({"content": "It was sent."}, earlier=({"content": None, "tool_calls": BOTH},))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("tool_call", "look_up", None),
        ("tool_call", True, None),
        ("tool_call", {"name": "look_up", "arguments": {"of": {"a": 1}}}, None),
        ("tool_call", {"name": "look_up", "arguments": {"id": 8}}, 'calls look_up({"id":7,"of":{"a":1,"b":2}})'),
        ("tool_call", {"name": "note"}, None),
        ("tool_call", {"name": "note", "arguments": {}}, 'calls note("{")'),
        ("tool_call", "refund", 'calls look_up({"id":7,"of":{"a":1,"b":2}}), note("{")'),
        ("not_tool_call", "refund", None),
        ("not_tool_call", {"name": "note"}, 'calls note("{")'),
        ("not_tool_call", True, 'calls look_up({"id":7,"of":{"a":1,"b":2}}), note("{")'),
    ],
)
def test_tool_calls_of_any_round(key: str, value: JsonValue, expected: str | None) -> None:
    assert found(key, value, CALLS) == expected


def test_a_reply_without_tool_calls() -> None:
    assert found("tool_call", "look_up", says("No.")) == 'no tool call, but "No."'


COUNTED = Seen({"content": "Hi"}, "stop", Usage(100, 21), latency_ms=1_234)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("finish_reason", "stop", None),
        ("finish_reason", "length", "stop"),
        ("not_finish_reason", "stop", "stop"),
        ("not_finish_reason", "length", None),
        ("max_tokens", 21, None),
        ("max_tokens", 20, "21 tokens"),
        ("max_latency_s", 1.5, None),
        ("max_latency_s", 1, "1.23 s"),
    ],
)
def test_limits(key: str, value: JsonValue, expected: str | None) -> None:
    assert found(key, value, COUNTED) == expected


def test_tokens_that_were_not_counted_meet_no_limit() -> None:
    assert found("max_tokens", 5, says("Hi")) == "the server did not count its tokens"


def test_an_unknown_time_is_not_judged() -> None:
    assert check(expecting("max_latency_s", 5), says("Hi")).passed is None


def test_one_alternative_is_enough() -> None:
    assert found("any_of", [("contains", "Hello"), ("contains", "Hi")], says("Hi")) is None


def test_no_alternative() -> None:
    record = check(expecting("any_of", [("contains", "Hello"), ("not_contains", "Hi")]), says("Hi"))

    assert record == ExpectationRecord(
        "any_of",
        [{"contains": "Hello"}, {"not_contains": "Hi"}],
        passed=False,
        found='contains: "Hi"; not_contains: "Hi"',
        place="talk.yaml:1:1",
    )


@pytest.mark.parametrize(
    ("key", "verdict", "passed"),
    [
        ("rubric", Verdict(True, "polite"), True),  # noqa: FBT003
        ("rubric", Verdict(False, "rude"), False),  # noqa: FBT003
        ("not_similar", Verdict(True, "0.91"), False),  # noqa: FBT003
        ("not_similar", Verdict(None, "no embeddings"), None),
    ],
)
def test_what_a_judge_says_counts(key: str, verdict: Verdict, passed: bool | None) -> None:  # noqa: FBT001
    record = check(expecting(key, "Be polite."), says("Hi"), [verdict])

    assert (record.passed, record.found) == (passed, None if passed else verdict.found)


def test_what_no_judge_has_seen_is_not_judged() -> None:
    assert check(expecting("rubric", "Be polite."), says("Hi")).passed is None


@pytest.mark.parametrize(
    ("alternatives", "verdicts", "passed"),
    [
        ([("contains", "Hi"), ("rubric", "polite")], [], True),
        ([("contains", "Bye"), ("rubric", "polite")], [], None),
        ([("contains", "Bye"), ("rubric", "polite")], [Verdict(False, "rude")], False),  # noqa: FBT003
        ([("rubric", "polite"), ("rubric", "short")], [Verdict(False, "rude"), Verdict(True, "yes")], True),  # noqa: FBT003
    ],
)
def test_judged_alternatives(alternatives: JsonValue, verdicts: list[Verdict], passed: bool | None) -> None:  # noqa: FBT001
    assert check(expecting("any_of", alternatives), says("Hi"), verdicts).passed is passed


def test_what_only_a_judge_can_tell_is_known() -> None:
    alternatives = expecting("any_of", [("contains", "Hi"), ("rubric", "polite"), ("similar", {"to": "Hi"})])

    assert [part.kind for part in judged_parts(alternatives)] == ["rubric", "similar"]
    assert judged_parts(expecting("contains", "Hi")) == ()


def test_a_long_value_is_kept_by_its_beginning_and_hash() -> None:
    records = [check(expecting("contains", ending * 5_000), says("Hi")) for ending in ("ab", "ac")]

    assert records[0].value != records[1].value
    assert all(len(str(record.value)) < 260 for record in records)
