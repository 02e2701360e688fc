"""Everything that a scenario may say loads back to the same: variables, cases, tools, expectations, captures, parts."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.encoding import JsonValue
from dialogs.errors import Place
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.scenarios import ScenarioReader
from dialogs.loading.variables import Given
from dialogs.loading.writing import scenario_yaml
from dialogs.scenario import (
    Capture,
    Case,
    Expectation,
    MediaPart,
    Scenario,
    ScriptedExchange,
    TextPart,
    ToolAnswer,
    ToolRule,
    UserTurn,
)
from scenario_files import NOWHERE

TOOL: dict[str, JsonValue] = {
    "type": "function",
    "function": {"name": "look_up", "description": "Finds: orders", "parameters": {"type": "object"}},
}
TRUE: dict[str, JsonValue] = {"type": "function", "function": {"name": "true"}}
ENVIRONMENT = Given(environ={"SHOP_TOKEN": "s3cret"})

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="{") | st.sampled_from("\n \t:#-?|>'\"é no"), min_size=1
).filter(lambda text: bool(text.strip()))
WORDS = st.sampled_from(["stop", "true", "no", "1e3", "12:30", "a b"])
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)
FILLED = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=2)
REGEXES = st.sampled_from([r"(\d+) days", "(?i)free: 'x'", "#", " a ", r"\\", "no", "5", "a\nb"])
PATHS = st.sampled_from(["$.a", "$['x: y'][0]", "$..b"])


def kinds(kind: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Expectation]:
    negated = (
        st.booleans() if kind in {"contains", "equals", "regex", "tool_call", "finish_reason"} else st.just(value=False)
    )
    return st.builds(Expectation, st.just(kind), values, st.just(NOWHERE), negated)


SINGLE = st.one_of(
    kinds("contains", TEXTS | st.lists(TEXTS, min_size=1, max_size=2)),
    kinds("equals", TEXTS | st.just("")),
    kinds("starts_with", TEXTS),
    kinds("regex", REGEXES),
    kinds("json", st.just(value=True)),
    kinds("json_schema", st.sampled_from([{"type": "object", "required": ["a: b"]}, {"enum": ["no", 1, None]}])),
    kinds("json_path", st.builds(lambda path, value: {"path": path, "equals": value}, PATHS, VALUES)),
    kinds("json_path", st.builds(lambda path: {"path": path, "exists": False}, PATHS)),
    kinds("tool_call", st.just(value=True) | st.just("true") | st.just("look_up")),
    kinds("tool_call", st.builds(lambda values: {"name": "look_up", "arguments": values}, FILLED)),
    kinds("finish_reason", WORDS),
    kinds("max_tokens", st.integers(1, 9)),
    kinds("similar", st.builds(lambda text: {"to": text, "threshold": 0.75}, TEXTS)),
    kinds("rubric", TEXTS),
)
EXPECTATIONS = st.lists(
    SINGLE
    | kinds("max_latency_s", st.sampled_from([0.5, 3]))
    | st.builds(
        lambda any_of: Expectation("any_of", None, NOWHERE, any_of=tuple(any_of)),
        st.lists(SINGLE, min_size=2, max_size=3),
    ),
    max_size=3,
).map(tuple)
ANSWERS = st.lists(st.builds(ToolAnswer, VALUES, st.booleans()), min_size=1, max_size=3).map(tuple)
RULES = st.one_of(
    st.builds(lambda answers, when: ToolRule(NOWHERE, answers, when=when), ANSWERS, FILLED),
    st.builds(lambda answers, regex: ToolRule(NOWHERE, answers, when_regex={"order: id": regex}), ANSWERS, REGEXES),
    st.builds(lambda answers: ToolRule(NOWHERE, answers, when_schema={"required": ["a"]}), ANSWERS),
    st.builds(lambda answers: ToolRule(NOWHERE, answers, malformed=True), ANSWERS),
)
CONTENTS = TEXTS | st.lists(
    st.builds(TextPart, TEXTS)
    | st.builds(
        lambda detail: MediaPart("image", url="https://example.org/a.png?b=1#c", detail=detail),
        st.none() | st.just("low"),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
CAPTURES = st.lists(
    st.builds(lambda regex: {"regex": regex}, REGEXES) | st.builds(lambda path: {"json_path": path}, PATHS), max_size=2
).map(lambda rules: tuple(Capture(f"captured_{number}", NOWHERE, **rule) for number, rule in enumerate(rules)))
VARIABLES = st.dictionaries(st.sampled_from(["shop", "lang", "no"]), VALUES, max_size=2)
CASES = st.lists(st.dictionaries(st.sampled_from(["city", "size"]), VALUES, min_size=2, max_size=2), max_size=2).map(
    lambda rows: tuple(Case(f"case-{number}", row) for number, row in enumerate(rows))
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    captures, variables, cases = draw(CAPTURES), draw(VARIABLES), draw(CASES)
    turn = UserTurn(draw(CONTENTS), NOWHERE, expect=draw(EXPECTATIONS), captures=captures)
    has_tools = draw(st.booleans())
    return Scenario(
        "talk",
        NOWHERE,
        (turn, ScriptedExchange(draw(CONTENTS), draw(TEXTS), NOWHERE), UserTurn(draw(TEXTS), NOWHERE)),
        templated=bool(captures or variables or cases),
        variables=variables,
        cases=cases,
        tools=(TOOL, TRUE) if has_tools else (),
        tool_results={"look_up": tuple(draw(st.lists(RULES, min_size=1, max_size=3)))} if has_tools else {},
        expect=draw(EXPECTATIONS),
    )


def unplaced(value: Any) -> Any:  # noqa: ANN401 - a value of any type, and another of the same
    """Put one place for all."""
    match value:
        case Place():
            return NOWHERE
        case tuple() | list():
            return type(value)(unplaced(item) for item in value)
        case Mapping():
            return {key: unplaced(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: unplaced(getattr(value, each.name)) for each in fields(value)})
        case _:
            return value


def read_back(written: str) -> Scenario:
    reader = ScenarioReader(given=ENVIRONMENT)
    found, faults = reader.read_text(written, ScenarioFile("talk.yaml", "talk.yaml", "talk.yaml"))
    assert faults == []
    (scenario,) = found
    whole: Scenario = unplaced(scenario)
    return whole


@settings(deadline=None)
@given(scenarios())
def test_every_part_of_a_scenario_loads_back_to_the_same(scenario: Scenario) -> None:
    assert read_back(scenario_yaml(scenario)) == scenario


def test_variables_of_the_environment_are_written_by_name_only() -> None:
    scenario = Scenario(
        "talk",
        NOWHERE,
        (UserTurn("Hi {{ token }} of {{ shop }}", NOWHERE),),
        templated=True,
        variables={"token": "s3cret", "shop": "Acme"},
        secret_variables={"token": "SHOP_TOKEN"},
    )
    written = scenario_yaml(scenario)

    assert "s3cret" not in written
    assert read_back(written) == scenario


@pytest.mark.parametrize("templated", [True, False])
def test_a_text_with_marks_stays_a_template_or_none(templated: bool) -> None:  # noqa: FBT001 - a parameter of the test
    scenario = Scenario("talk", NOWHERE, (UserTurn("{{ 1 + 1 }}", NOWHERE),), templated=templated)

    assert read_back(scenario_yaml(scenario)) == scenario


def test_a_scenario_with_all_of_it_is_pleasant_to_read() -> None:
    turn = UserTurn(
        (TextPart("What is\nthis?"), MediaPart("image", url="https://example.org/a.png", detail="low")),
        NOWHERE,
        expect=(
            Expectation("contains", ["receipt", "30 days"], NOWHERE),
            Expectation("regex", "(?i)free of charge", NOWHERE, negated=True),
            Expectation(
                "any_of",
                None,
                NOWHERE,
                any_of=(Expectation("contains", "lamp", NOWHERE), Expectation("tool_call", "look_up", NOWHERE)),
            ),
        ),
        captures=(Capture("days", NOWHERE, regex=r"(\d+) days"), Capture("id", NOWHERE, json_path="$.id")),
    )
    rules = (
        ToolRule(NOWHERE, (ToolAnswer({"status": "shipped"}),), when={"order_id": "17"}),
        ToolRule(NOWHERE, (ToolAnswer("busy", is_error=True), ToolAnswer("done"))),
    )
    scenario = Scenario(
        "lamp",
        NOWHERE,
        (turn,),
        templated=True,
        variables={"shop": "Acme"},
        cases=(Case("berlin", {"city": "Berlin"}),),
        tools=({"type": "function", "function": {"name": "look_up"}},),
        tool_results={"look_up": rules},
        expect=(Expectation("contains", "As an AI", NOWHERE, negated=True),),
    )

    assert scenario_yaml(scenario) == (
        "id: lamp\n"
        "vars: {shop: Acme}\n"
        "cases:\n"
        "  - {id: berlin, city: Berlin}\n"
        "tools:\n"
        "  - {type: function, function: {name: look_up}}\n"
        "tool_results:\n"
        "  look_up:\n"
        '    - when: {order_id: "17"}\n'
        "      return: {status: shipped}\n"
        "    - sequence: [{error: busy}, {return: done}]\n"
        "expect:\n"
        "  - not_contains: As an AI\n"
        "turns:\n"
        "  - user:\n"
        "      - text: |-\n"
        "          What is\n"
        "          this?\n"
        "      - image: https://example.org/a.png\n"
        "        detail: low\n"
        "    expect:\n"
        '      - contains: [receipt, "30 days"]\n'
        '      - not_regex: "(?i)free of charge"\n'
        "      - any_of:\n"
        "          - contains: lamp\n"
        "          - tool_call: look_up\n"
        "    capture:\n"
        '      days: "(\\\\d+) days"\n'
        '      id: {json_path: "$.id"}\n'
    )
    assert read_back(scenario_yaml(scenario)) == scenario
