"""Scenarios written as YAML load back to exactly their texts."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.encoding import JsonValue, canonical
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.scenarios import ScenarioReader
from dialogs.loading.writing import scenario_yaml
from dialogs.scenario import Entry, Instruction, Scenario, ScriptedExchange, UserTurn
from scenario_files import NOWHERE, placeless

UNHURRIED = settings(deadline=None)
ODD = st.sampled_from(
    "\n\n \t\r\0\x1b\x7f\x85\xa0\u2028\u2029\ufeff\uffff:#-?|>%@`!&*[]{},'\"\\~😀é中\u0301\u202e\U000e0001=.0"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | ODD | st.sampled_from("abc "))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name.isprintable() and name == name.strip()
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EXTRAS = st.dictionaries(
    TEXTS.filter(lambda key: key not in {"n", "model", "messages", "stream", "stream_options"}), VALUES, max_size=3
)
PARAMS = st.fixed_dictionaries({}, optional={"temperature": st.floats(0, 2), "seed": st.integers(-5, 5), "stop": TEXTS})
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(UserTurn, TEXTS, st.just(NOWHERE), PARAMS, EXTRAS),
    st.builds(UserTurn, TEXTS, st.just(NOWHERE)),
    st.builds(ScriptedExchange, TEXTS, TEXTS, st.just(NOWHERE)),
    st.builds(Instruction, st.sampled_from(["system", "developer"]), TEXTS, st.just(NOWHERE)),
)
SCENARIOS = st.builds(
    Scenario,
    id=st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True),
    place=st.just(NOWHERE),
    entries=st.lists(ENTRIES, max_size=4).map(lambda entries: (*entries, UserTurn("Hi", NOWHERE))),
    description=TEXTS,
    tags=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    models=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    system=st.none() | TEXTS,
    params=PARAMS,
    extra_body=EXTRAS,
    send_back=st.lists(NAMES, max_size=2, unique=True).map(tuple),
)


def read_back(written: str) -> Scenario:
    scenarios, faults = ScenarioReader().read_text(written, ScenarioFile("talk.yaml", "talk.yaml", "talk.yaml"))
    assert faults == []
    (scenario,) = scenarios
    return replace(scenario, place=NOWHERE, entries=placeless(scenario))


def said(*texts: str) -> Scenario:
    return Scenario("talk", NOWHERE, tuple(UserTurn(text, NOWHERE) for text in texts))


@UNHURRIED
@given(SCENARIOS)
def test_any_scenario_loads_back_to_the_same(scenario: Scenario) -> None:
    assert read_back(scenario_yaml(scenario)) == scenario


@UNHURRIED
@given(EXTRAS)
def test_any_value_loads_back_with_its_type(extra_body: dict[str, JsonValue]) -> None:
    back = read_back(scenario_yaml(replace(said("Hi"), extra_body=extra_body)))

    assert canonical(back.extra_body) == canonical(extra_body)


@UNHURRIED
@given(st.lists(TEXTS, min_size=1))
def test_readers_of_yaml_1_1_take_every_text_for_the_same_text(texts: list[str]) -> None:
    assert yaml.safe_load(scenario_yaml(said(*texts)))["turns"] == texts


@pytest.mark.parametrize(
    "word", ["no", "On", "y", "1e3", "12:30", "0o17", "2026-11-23", "~", "Null", "", " a", "a: b", "a #b"]
)
def test_what_a_reader_could_take_for_something_else_stands_in_quotes(word: str) -> None:
    assert f'  - "{word}"\n' in scenario_yaml(said(word))


@pytest.mark.parametrize(
    "text", ["Hello", "Don't you?", 'Say: "now"'[:3], "It's 5 o'clock, isn't it (really)?", "Où est-ce?"]
)
def test_plain_words_stand_without_quotes(text: str) -> None:
    assert f"  - {text}\n" in scenario_yaml(said(text))


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert placeless(read_back(scenario_yaml(said("a\ud800b")))) == (UserTurn("a\ufffdb", NOWHERE),)


def test_a_whole_scenario_is_pleasant_to_read() -> None:
    scenario = Scenario(
        id="refund-policy",
        place=NOWHERE,
        entries=(
            UserTurn("When can I return a lamp?", NOWHERE),
            UserTurn("And what if it is broken?", NOWHERE, {"temperature": 0.7}),
            ScriptedExchange("When do you close?", "At 8 pm.", NOWHERE),
            Instruction("system", "Answer in one line.", NOWHERE),
            UserTurn("Two\nlines\n", NOWHERE),
            UserTurn("  code:\n    x\n\n", NOWHERE),
            UserTurn("12:30", NOWHERE),
            UserTurn("a\u2028b\n😀", NOWHERE),
        ),
        description="Asks about a refund",
        tags=("smoke", "refunds"),
        models=("gpt-4o",),
        system="You are a support agent.\nBe kind.",
        params={"temperature": 0, "seed": 7},
        extra_body={"top_k": 20, "small": 1e-05},
        send_back=("reasoning_content",),
    )

    assert scenario_yaml(scenario) == (
        "id: refund-policy\n"
        "description: Asks about a refund\n"
        "tags: [smoke, refunds]\n"
        "model: gpt-4o\n"
        "system: |-\n"
        "  You are a support agent.\n"
        "  Be kind.\n"
        "params: {temperature: 0, seed: 7}\n"
        "extra_body: {top_k: 20, small: 1.0e-05}\n"
        "send_back: [reasoning_content]\n"
        "turns:\n"
        "  - When can I return a lamp?\n"
        "  - user: And what if it is broken?\n"
        "    params: {temperature: 0.7}\n"
        "  - user: When do you close?\n"
        "    assistant: At 8 pm.\n"
        "  - system: Answer in one line.\n"
        "  - |\n"
        "    Two\n"
        "    lines\n"
        "  - |2+\n"
        "      code:\n"
        "        x\n"
        "\n"
        '  - "12:30"\n'
        '  - "a\\u2028b\\n😀"\n'
    )
