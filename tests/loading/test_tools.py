"""`tools` and `tool_results`."""

from pathlib import Path

import pytest

from dialogs.errors import Place
from dialogs.scenario import ToolAnswer, ToolRule
from scenario_files import load

LOOKUP = {
    "type": "function",
    "function": {
        "name": "lookup_order",
        "description": "Looks up an order",
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
        "strict": True,
    },
}
FUNCTION = (
    "name: lookup_order, description: Looks up an order, strict: true, "
    "parameters: {type: object, properties: {order_id: {type: string}}}"
)
JSON = """[{"type": "function", "function": {"name": "lookup_order", "description": "Looks up an order",
\t"parameters": {"type":"object","properties":{"order_id":{"type":"string"}}}, "strict": true}}]"""


@pytest.mark.parametrize(
    "written",
    [
        f"[{{type: function, function: {{{FUNCTION}}}}}]",
        f"[{{{FUNCTION}}}]",
        f"[{{type: function, {FUNCTION}}}]",
        "{file: tools.json}",
    ],
)
def test_tools_are_read_as_they_are_sent(written: str) -> None:
    Path("tools.json").write_text(JSON)

    (scenario,) = load(f"tools: {written}\nturns: [Hi]\n")

    assert scenario.tools == (LOOKUP,)


def test_a_json_file_may_hold_what_yaml_does_not_know() -> None:
    text = r"""[{"name": "f", "description": "\ud83d\ude00 \/ \\ud83d\\ude00 \u2028"}]"""
    Path("tools.json").write_text(text)

    (scenario,) = load("tools: {file: tools.json}\nturns: [Hi]\n")

    assert scenario.tools == (
        {"type": "function", "function": {"name": "f", "description": "😀 / \\ud83d\\ude00 \u2028"}},
    )


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("{return: gone}", {"answers": (ToolAnswer("gone"),)}),
        ("{return: {status: shipped, n: 1}}", {"answers": (ToolAnswer({"status": "shipped", "n": 1}),)}),
        ("{return: null}", {"answers": (ToolAnswer(None),)}),
        ("{error: busy}", {"answers": (ToolAnswer("busy", is_error=True),)}),
        (
            "{sequence: [{error: busy}, {return: done}]}",
            {"answers": (ToolAnswer("busy", is_error=True), ToolAnswer("done"))},
        ),
        ("{when: {id: '17', n: 17}, return: a}", {"answers": (ToolAnswer("a"),), "when": {"id": "17", "n": 17}}),
        ("{when_regex: {id: '^1'}, return: a}", {"answers": (ToolAnswer("a"),), "when_regex": {"id": "^1"}}),
        (
            "{when_schema: {required: [id]}, return: a}",
            {"answers": (ToolAnswer("a"),), "when_schema": {"required": ["id"]}},
        ),
        ("{malformed: true, error: no JSON}", {"answers": (ToolAnswer("no JSON", is_error=True),), "malformed": True}),
    ],
)
def test_a_result_is_read_with_its_conditions(written: str, rule: dict[str, object]) -> None:
    (scenario,) = load(f"tools: [{{name: f}}]\ntool_results:\n  f: {written}\nturns: [Hi]\n")

    assert scenario.tool_results == {"f": (ToolRule(Place("talk.yaml", 3, 6), **rule),)}  # type: ignore[arg-type]


def test_results_stand_in_their_order() -> None:
    (scenario,) = load(
        "tools: [{name: f}]\ntool_results: {f: [{when: {a: 1}, return: 1}, {return: 2}, "
        "{malformed: true, return: 3}]}\n"
        "turns: [Hi]\n"
    )

    assert [rule.answers[0].value for rule in scenario.tool_results["f"]] == [1, 2, 3]


@pytest.mark.parametrize(
    "schema",
    [
        "{type: object, properties: {a: {}}, additionalProperties: true}",
        "{type: object, patternProperties: {'^b': {}}, properties: {a: {}}}",
        "{type: object}",
    ],
)
def test_an_argument_need_not_be_listed_where_others_are_allowed(schema: str) -> None:
    (scenario,) = load(
        f"tools: [{{name: f, parameters: {schema}}}]\ntool_results: {{f: {{when: {{b: 1}}, return: 2}}}}\nturns: [Hi]\n"
    )

    assert scenario.tool_results["f"][0].when == {"b": 1}
