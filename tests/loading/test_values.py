"""JSON values by the core schema of YAML 1.2."""

import pytest

from dialogs.encoding import JsonValue, canonical
from scenario_files import faults_of, load

MALFORMED = [
    pytest.param(
        "params: {temperature: }\nturns: [hi]\n",
        '1:23: nothing; wanted a value (null, or "", if that is meant)',
        id="temp-nothing",
    ),
    pytest.param(
        "params: {temperature: .nan}\nturns: [hi]\n",
        '1:23: ".nan" is not a number that JSON can hold; wanted a finite one',
        id="temp-nan",
    ),
    pytest.param(
        "params: {seed: -.inf}\nturns: [hi]\n",
        '1:16: "-.inf" is not a number that JSON can hold; wanted a finite one',
        id="seed-inf",
    ),
    pytest.param(
        "params: {seed: 99999999999999999999}\nturns: [hi]\n",
        '1:16: "99999999999999999999" is beyond 64 bits; wanted a smaller integer, or quotes around it',
        id="seed-huge",
    ),
    pytest.param(
        "params: {seed: " + "9" * 5000 + "}\nturns: [hi]\n",
        '1:16: "999999999999999999999999999999999999999…" is not a number that JSON can hold; wanted a finite one',
        id="seed-very-huge",
    ),
    pytest.param(
        "params: {seed: 007}\nturns: [hi]\n",
        '1:16: "007" begins with a zero, which readers understand differently; wanted it without, or in quotes',
        id="seed-zero",
    ),
    pytest.param(
        "params: {temperature: 1e999}\nturns: [hi]\n",
        '1:23: "1e999" is not a number that JSON can hold; wanted a finite one',
        id="seed-1e999",
    ),
    pytest.param(
        "extra_body: {a: }\nturns: [hi]\n",
        '1:17: nothing; wanted a value (null, or "", if that is meant)',
        id="extra-nothing",
    ),
    pytest.param(
        "extra_body: {a: [1, {b: .inf}]}\nturns: [hi]\n",
        '1:25: ".inf" is not a number that JSON can hold; wanted a finite one',
        id="extra-deep-fault",
    ),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_a_value_that_json_cannot_hold_is_refused(content: str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("0", 0),
        ("-17", -17),
        ("+1", 1),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e-3", 0.001),
        ("1.5E+2", 150.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.0", -0.0),
        ("18446744073709551615", 2**64 - 1),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        *(
            (word, word)
            for word in ("yes", "no", "on", "off", "y", "12:30", "2026-11-23", "1_000", "1e", "0o8", "-0x1", "nan")
        ),
        ("[1, a, [true]]", [1, "a", [True]]),
        ("{1: {b: null}}", {"1": {"b": None}}),
        ("|-\n    1", "1"),
    ],
)
def test_a_value_has_the_type_of_the_core_schema(written: str, expected: JsonValue) -> None:
    (scenario,) = load(f"extra_body:\n  x: {written}\nturns: [hi]\n")

    assert canonical(scenario.extra_body) == canonical({"x": expected})
