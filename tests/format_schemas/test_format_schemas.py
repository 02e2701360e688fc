"""The schemas: held together with the readers, and against files that these take and refuse."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

import dialogs.loading
from builders import dialogue, in_turn, play, reply
from dialogs.chat import Fault, FaultKind
from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.errors import Place
from dialogs.format_schemas import (
    building,
    comparison_schema,
    configuration,
    configuration_schema,
    expectations,
    parameters,
    scenario,
    scenario_schema,
    transcript_schema,
)
from dialogs.format_schemas.building import Table
from dialogs.loading.documents import BrokenNode, TextNode, read_documents
from dialogs.loading.faults import Faults
from dialogs.loading.fields import Keys
from dialogs.loading.parameters import PARAMETERS
from dialogs.loading.values import json_value
from dialogs.scenario import Expectation, UserTurn

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "scenario": scenario_schema(),
    "config": configuration_schema(),
    "transcript": transcript_schema(),
    "comparison": comparison_schema(),
}
TABLES = {
    (table.owner, frozenset(table.keys)): table
    for module in (configuration, expectations, parameters, scenario)
    for table in vars(module).values()
    if isinstance(table, Table)
}
HOSTILE = re.findall(
    r"=== (.+)\n--- talk.yaml\n((?:(?!---|-->).*\n)*)-->", (ROOT / "tests/loading/hostile_files.txt").read_text()
)


def readers() -> Iterator[tuple[str, frozenset[str]]]:
    """Give the owner and the keys of every mapping that a reader knows."""
    for module in pkgutil.iter_modules(dialogs.loading.__path__):
        for value in vars(importlib.import_module(f"dialogs.loading.{module.name}")).values():
            if isinstance(value, Keys):
                yield value.owner, frozenset(value.known)


def complaints(schema: JsonObject, value: JsonValue) -> list[str]:
    registry: Registry[Any] = Registry()
    validator = Draft202012Validator(dict(schema), registry=registry)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def documents(text: str) -> list[JsonValue] | None:
    """Read YAML as an editor does, by the core schema of YAML 1.2; None where it is no YAML that is read."""
    faults = Faults("talk.yaml", text)
    roots = [root for root in read_documents(text, faults) if not isinstance(root, BrokenNode)]
    values = [None if isinstance(root, TextNode) and root.is_nothing else json_value(root, faults) for root in roots]
    return None if faults else values


def test_every_mapping_of_a_reader_has_a_table_with_the_same_keys_and_no_other_has() -> None:
    assert set(TABLES) - {("params", frozenset(PARAMETERS))} == set(readers())


def test_every_parameter_is_described() -> None:
    assert parameters.PARAMETERS_TABLE.keys.keys() == PARAMETERS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_its_draft(name: str) -> None:
    Draft202012Validator.check_schema(dict(SCHEMAS[name]))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.owner)
def test_every_key_has_a_description_and_examples_that_fit(table: Table) -> None:
    definitions = {**SCHEMAS["config"]["$defs"], **SCHEMAS["scenario"]["$defs"]}  # type: ignore[dict-item]

    for name, key in table.keys.items():
        assert key.description.endswith("."), name
        assert key.examples, name
        for example in key.examples:
            assert complaints({**key.schema, "$defs": definitions}, example) == [], name


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").rglob("*.yaml")), ids=lambda path: path.name)
def test_a_shipped_scenario_fits(path: Path) -> None:
    values = documents(path.read_text(encoding="utf-8"))

    assert values
    assert [complaint for value in values for complaint in complaints(SCHEMAS["scenario"], value)] == []


WHOLE = """\
id: whole
description: Everything at once
tags: [a, 1]
model: [gpt-4o, local]
system: {file: prompts/support.md}
params: {temperature: 0, stop: [a], logit_bias: {"1": 2}, seed: null, tool_choice: {type: function}}
extra_body: {top_k: 20}
send_back: [reasoning_content]
vars: {shop: Acme, n: 3, token: {env: TOKEN}}
matrix: {lang: [en, de], size: [1, 2], exclude: [{lang: de, size: 2}]}
tools: [{name: look_up, parameters: {type: object}}, {type: function, function: {name: other}}]
tool_results:
  look_up:
    - {when: {id: "17"}, return: {status: sent}}
    - {malformed: true, error: no JSON}
    - {sequence: [{error: busy}, {return: done}]}
  other: {when_regex: {a: b}, when_schema: {required: [a]}, return: 1}
expect:
  not_contains: [As an AI, 30]
  max_latency_s: 2.5
turns:
  - Hello
  - 12
  - no
  - user: {{ shop }}
  - user: [{text: What is it?}, {image: a.png, detail: low}, {file: a.pdf}, {audio: a.mp3}]
    params: {response_format: {type: json_schema, json_schema: {file: order.json}}}
    expect:
      - contains: receipt
      - any_of: [{regex: a}, {tool_call: {name: look_up, arguments: {id: 7}}}, {rubric: Kind.}]
      - json_path: {path: $.id, equals: [1], not_contains: x}
      - similar: {to: Hi}
      - json_schema: {file: a.json}
    capture: {days: '(\\d+) days', id: {json_path: $.id}}
  - user: When?
    assistant: At 8.
  - system: Be brief.
  - developer: Be brief.
""".replace("{{ shop }}", "'{{ shop }}'")


def test_what_the_format_has_fits() -> None:
    values = documents(WHOLE)

    assert values
    assert complaints(SCHEMAS["scenario"], values[0]) == []


@pytest.mark.parametrize(
    "written",
    [
        "turns: []",
        "turns: Hello",
        "{}",
        "turn: [Hi]",
        "turns: [Hi]\nid: a b",
        "turns: [Hi]\nparams: {temperatur: 0}",
        "turns: [Hi]\nparams: {temperature: 3}",
        "turns: [{usr: Hi}]",
        "turns: [{user: [Hi]}]",
        "turns: [Hi]\nexpect: []",
        "turns: [Hi]\nexpect: {contain: a}",
        "turns: [Hi]\nexpect: [{contains: a, regex: b}]",
        "turns: [Hi]\nexpect: {any_of: [{contains: a}]}",
        "turns: [Hi]\nexpect: {max_tokens: 0}",
        "turns: [Hi]\nexpect: {similar: {to: a, threshold: 2}}",
        "turns: [{user: Hi, capture: {a: {regex: a, json_path: $}}}]",
        "turns: [Hi]\ntools: []",
        "turns: [Hi]\ntool_results: {a: {retur: 1}}",
        "turns: [Hi]\ncases: {fil: a.csv}",
        "turns: [Hi]\nsystem: {text: a}",
        "turns: [Hi]\nmatrix: {a: []}",
    ],
)
def test_an_editor_sees_what_the_reader_refuses(written: str) -> None:
    values = documents(written)

    assert values
    assert complaints(SCHEMAS["scenario"], values[0]) != []


def test_of_hostile_files_that_are_yaml_the_schema_sees_a_part() -> None:
    read = {name: values for name, text in HOSTILE if (values := documents(text))}
    seen = [name for name, values in read.items() if any(complaints(SCHEMAS["scenario"], value) for value in values)]

    assert len(read) > 80
    assert len(seen) > 15


@pytest.mark.parametrize(
    ("written", "fits"),
    [
        ("model: a\nmodels: {a: {endpoint: azure, key_env: K, headers: {X: 1}}}\njudge: {model: a}\nignore: [a]", True),
        ("judge: gpt-4o\nparams: {temperature: 0}\nconcurrency: 8", True),
        ("{}", True),
        ("modl: a", False),
        ("models: {a: {endpoint: open}}", False),
        ("concurrency: 0", False),
        ("judge: {modl: a}", False),
    ],
)
def test_a_configuration_fits_or_not(written: str, fits: bool) -> None:  # noqa: FBT001
    values = documents(written)

    assert values
    assert (complaints(SCHEMAS["config"], values[0]) == []) is fits


def keys_of(value: JsonValue, schema: Any, definitions: Mapping[str, Any], path: str = "$") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Give the paths of keys in a value that its schema does not describe."""
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **schema}
    for choice in schema.get("anyOf", ()):
        schema = {**choice, **schema} if "properties" in choice else schema
    if isinstance(value, dict) and "properties" in schema:
        for key, item in value.items():
            if key not in schema["properties"]:
                yield f"{path}.{key}"
            else:
                yield from keys_of(item, schema["properties"][key], definitions, f"{path}.{key}")
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item, schema.get("items", {}), definitions, f"{path}[]")


@pytest.mark.parametrize("stable", [False, True])
@pytest.mark.parametrize("answer", ["Hi", reply("Hi", "length"), Fault(FaultKind.TIMEOUT, "late", status=408)])
def test_a_transcript_fits_and_each_of_its_keys_is_described(answer: Any, stable: bool) -> None:  # noqa: ANN401, FBT001
    expect = tuple(Expectation(kind, 1, Place("t.yaml", 1, 1)) for kind in ("max_tokens", "max_latency_s", "rubric"))
    turn = UserTurn("Hello", Place("t.yaml"), {"seed": 1}, {"top_k": 1}, expect)
    played, _requests = play(dialogue(turn, "And?", tags=("a",), extra_body={"a": 1}), in_turn("Hi", answer))
    record = decode(encode_line(played.record(stable=stable)))
    schema = SCHEMAS["transcript"]

    assert complaints(schema, record) == []
    assert list(keys_of(record, schema, schema["$defs"])) == []  # type: ignore[arg-type]


def test_the_command_prints_each_schema(tmp_path: Path) -> None:
    from command import dialogs as run  # noqa: PLC0415 - the name of the package

    printed = {name: json.loads(run("schema", name, cwd=tmp_path).stdout) for name in SCHEMAS}

    assert printed == SCHEMAS
    assert json.loads(run("schema", cwd=tmp_path).stdout) == SCHEMAS["scenario"]
    assert printed["config"]["$schema"] == building.DRAFT
