"""`expect` on a scenario and on a turn."""

import json
from pathlib import Path

import pytest

from dialogs.encoding import JsonValue
from dialogs.errors import Place
from dialogs.scenario import Expectation, UserTurn
from scenario_files import faults_of, load


def expectations_of(written: str) -> tuple[Expectation, ...]:
    """Load a turn with this under `expect`."""
    (scenario,) = load(f"turns:\n  - user: Hi\n    expect:\n{written}")
    (turn,) = scenario.entries
    assert isinstance(turn, UserTurn)
    return turn.expect


def faults_in(written: str) -> list[str]:
    """Return the faults of `expect` in flow style, without their line; the value begins in column 13."""
    found = faults_of(f"turns:\n  - user: Hi\n    expect: {written}\n")
    assert all(fault.startswith("3:") for fault in found)
    return [fault.removeprefix("3:") for fault in found]


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("contains: receipt", "contains", "receipt"),
        ("contains: 30", "contains", "30"),
        ("icontains: [receipt, 30 days]", "icontains", ["receipt", "30 days"]),
        ('equals: ""', "equals", ""),
        ("not_regex: '(?i)as an ai'", "not_regex", "(?i)as an ai"),
        ("starts_with: Dear", "starts_with", "Dear"),
        ("json: true", "json", True),
        ("json_schema: {type: object, required: [id]}", "json_schema", {"type": "object", "required": ["id"]}),
        ("json_path: $.id", "json_path", {"path": "$.id"}),
        ("json_path: {path: $.id, equals: 7}", "json_path", {"path": "$.id", "equals": 7}),
        (
            "json_path: {path: $.a, exists: true, not_contains: [x, 7]}",
            "json_path",
            {"path": "$.a", "exists": True, "not_contains": ["x", "7"]},
        ),
        ("tool_call: look_up", "tool_call", "look_up"),
        ("not_tool_call: true", "not_tool_call", True),
        ("tool_call: {name: look_up, arguments: {id: 7}}", "tool_call", {"name": "look_up", "arguments": {"id": 7}}),
        ("finish_reason: stop", "finish_reason", "stop"),
        ("max_latency_s: 1.5", "max_latency_s", 1.5),
        ("max_tokens: 20", "max_tokens", 20),
        ("similar: {to: A month.}", "similar", {"to": "A month.", "threshold": 0.8}),
        ("not_similar: {to: A month., threshold: 1}", "not_similar", {"to": "A month.", "threshold": 1}),
        ("rubric: Is polite.", "rubric", "Is polite."),
    ],
)
def test_each_kind_is_read(written: str, kind: str, value: JsonValue) -> None:
    (found,) = expectations_of(f"      - {written}\n")

    assert found == Expectation(
        kind.removeprefix("not_"), value, Place("talk.yaml", 4, 9), negated=kind.startswith("not_")
    )


def test_alternatives_keep_their_places() -> None:
    (found,) = expectations_of("      - any_of:\n          - contains: a\n          - not_contains: b\n")

    assert (found.kind, found.value) == ("any_of", None)
    assert [(each.kind, each.negated, each.place.line) for each in found.any_of] == [
        ("contains", False, 5),
        ("contains", True, 6),
    ]


def test_a_mapping_holds_one_expectation_a_key() -> None:
    found = expectations_of("      contains: a\n      max_tokens: 5\n")

    assert [(each.kind, each.value) for each in found] == [("contains", "a"), ("max_tokens", 5)]


def test_a_scenario_has_expectations_for_every_reply() -> None:
    (scenario,) = load("expect: {not_contains: As an AI}\nturns: [Hi]\n")

    assert [(each.kind, each.negated) for each in scenario.expect] == [("contains", True)]


def test_a_schema_is_read_from_its_file() -> None:
    schema = {"$ref": "#/$defs/order", "$defs": {"order": {"type": "object"}}}
    Path("order.json").write_text(json.dumps(schema))

    (found,) = expectations_of("      - json_schema: {file: order.json}\n")

    assert found.value == schema


def test_a_fault_of_a_schema_stands_at_its_file() -> None:
    Path("order.json").write_text('\n{"type": "objekt"}')

    assert faults_of("turns:\n  - user: Hi\n    expect: {json_schema: {file: order.json}}\n") == [
        "order.json:2:1: json_schema is no JSON Schema: $.type: 'objekt' is not valid under any of the given schemas"
    ]


def test_what_is_a_template_is_checked_when_it_is_rendered() -> None:
    (scenario,) = load("vars: {a: '('}\nexpect: {regex: '({{ a }}'}\nturns: [Hi]\n")

    assert scenario.expect[0].value == "({{ a }}"


def test_a_variable_in_an_expectation_must_be_defined() -> None:
    assert faults_of("vars: {shop: x}\nturns:\n  - user: Hi\n    expect: {contains: '{{ shp }}'}\n") == [
        '4:28: "shp" is not defined; did you mean "shop"?'
    ]


CHECKS = "wanted a list of checks, as `- contains: receipt`"
TEXTS = "wanted text, or a list of texts that must all be met"
SCHEMA = "wanted a JSON Schema, or {file: path}"
NO_FILE = "cannot be read: No such file or directory; wanted a file in the scenario's folder"
NO_TYPE = "no JSON Schema: $.type: 'objekt' is not valid under any of the given schemas"
LEADS_OUT = '$ref "urn:a" leads out of the schema, and nothing is fetched; wanted it under $defs'
PATH = "wanted a JSON path, as $.order.id"
CALL = "wanted a tool's name, {name: ..., arguments: {...}}, or true for a call of any tool"
RE2 = "wanted a regular expression of RE2"
SIMILAR = "wanted {to: text, threshold: 0.8}"
ALTERNATIVES = "wanted a list of at least two checks, as `- contains: receipt`"
NOT_PATH = "wanted `exists: false`, `not_equals` or the like under json_path"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", f"12: expect is nothing; {CHECKS}"),
        ("receipt", f'13: expect is "receipt"; {CHECKS}'),
        ("[]", f"13: expect is an empty list; {CHECKS}"),
        ("{}", f"13: expect is an empty mapping; {CHECKS}"),
        ("[a]", f'14: an expectation is "a"; {CHECKS}'),
        ("[{}]", f"14: an expectation is an empty mapping; {CHECKS}"),
        ("[{contains: a, regex: b}]", "14: 2 checks in one item; wanted a dash before each"),
        ("{contain: a}", '14: unknown key "contain" in an expectation; did you mean "contains"?'),
        ("{not_contain: a}", '14: unknown key "not_contain" in an expectation; did you mean "not_contains"?'),
        ("{not_json_path: $.a}", f'14: unknown key "not_json_path" in an expectation; {NOT_PATH}'),
        ("{contains: }", f"24: contains is nothing; {TEXTS}"),
        ('{contains: ""}', f'24: contains is "", which every reply meets or none; {TEXTS}'),
        ("{contains: []}", f"24: contains is an empty list; {TEXTS}"),
        ("{contains: [a, [b]]}", "28: an item of contains is a list; wanted text"),
        ("{contains: {a: b}}", f"24: contains is a mapping; {TEXTS}"),
        ("{equals: }", f'22: equals is nothing; {TEXTS} ("" for an empty text)'),
        ("{regex: '('}", f'21: "(": missing ): (; {RE2}'),
        ("{regex: [a, '(?=b)']}", f'25: "(?=b)": invalid perl operator: (?=; {RE2}'),
        ("{json: false}", "20: json is false; wanted true"),
        ("{json_schema: a}", f'27: json_schema is "a"; {SCHEMA}'),
        ("{json_schema: {}}", f"27: json_schema is an empty mapping; {SCHEMA}"),
        ("{json_schema: {type: objekt}}", f"27: json_schema is {NO_TYPE}"),
        ("{json_schema: {$ref: urn:a}}", f"27: json_schema is {LEADS_OUT}"),
        ("{json_schema: {file: none.json}}", f'34: file "none.json": {NO_FILE}'),
        ("{json_path: a}", f'25: "a": it does not begin with $; {PATH}'),
        ("{json_path: {equals: 1}}", f"25: json_path is a mapping; {PATH}, or {{path: ..., equals: ...}}"),
        ("{json_path: {path: $.a, equal: 1}}", '37: unknown key "equal" in json_path; did you mean "equals"?'),
        ("{json_path: {path: $.a, exists: maybe}}", '45: exists is "maybe"; wanted true or false'),
        ("{json_path: {path: $.a, regex: '('}}", f'44: "(": missing ): (; {RE2}'),
        ("{tool_call: [a]}", f"25: tool_call is a list; {CALL}"),
        ("{tool_call: {arguments: {}}}", f"25: tool_call is a mapping; {CALL}"),
        ("{tool_call: {name: a, args: {}}}", '35: unknown key "args" in tool_call; did you mean "arguments"?'),
        ("{finish_reason: [stop]}", "29: finish_reason is a list; wanted one word, as stop or length"),
        ("{max_latency_s: 0}", "29: max_latency_s is 0; wanted a positive number of seconds"),
        ("{max_tokens: 1.5}", "26: max_tokens is 1.5; wanted a positive whole number"),
        ("{max_tokens: true}", "26: max_tokens is true; wanted a positive whole number"),
        ("{similar: A month.}", f'23: similar is "A month."; {SIMILAR}'),
        ("{similar: {threshold: 1}}", f"23: similar is a mapping; {SIMILAR}"),
        ("{similar: {to: a, threshold: 2}}", "42: threshold is 2; wanted a number above 0, at most 1"),
        ("{rubric: [a]}", "22: rubric is a list; wanted text"),
        ("{not_rubric: a}", '14: unknown key "not_rubric" in an expectation; wanted a rubric that says what is good'),
        ("{any_of: [{contains: a}]}", f"22: any_of is a list; {ALTERNATIVES}"),
        (
            "{any_of: [{contains: a}, {any_of: [{contains: a}, {contains: b}]}]}",
            "38: any_of inside any_of; wanted all alternatives in one list",
        ),
        (
            "{any_of: [{contains: a}, {max_latency_s: 1}]}",
            "38: max_latency_s inside any_of; wanted it on its own, since times differ",
        ),
    ],
)
def test_what_is_no_expectation_is_refused_at_its_place(written: str, fault: str) -> None:
    assert faults_in(written) == [fault]


def test_all_faults_are_told_at_once() -> None:
    assert len(faults_in("{contain: a, regex: '(', max_tokens: 0}")) == 3
