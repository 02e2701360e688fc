"""`vars`, `--var` and the environment."""

from pathlib import Path

import pytest

from dialogs.encoding import JsonValue
from dialogs.errors import InvalidFilesError, WrongUseError
from dialogs.loading import load as load_all
from dialogs.loading import parse_assignments
from dialogs.scenario import Case, Scenario
from scenario_files import load


def load_given(text: str, variables: dict[str, str], environ: dict[str, str] | None = None) -> Scenario:
    Path("talk.yaml").write_text(text)
    ((scenario,), _) = load_all(["talk.yaml"], variables=variables, environ=environ or {})
    return scenario


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Acme", "Acme"),
        ("30", 30),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("'30'", "30"),
        ("1.10", "1.10"),
        ("007", "007"),
        ("1e3", "1e3"),
        ("0x1F", "0x1F"),
        (".nan", ".nan"),
        ("99999999999999999999", "99999999999999999999"),
        ("2026-11-23", "2026-11-23"),
        ("no", "no"),
        ("[a, 1, 1.10]", ["a", 1, "1.10"]),
        ("{a: {b: 2}}", {"a": {"b": 2}}),
    ],
)
def test_a_value_has_a_type_where_it_is_rendered_as_it_is_written(written: str, value: JsonValue) -> None:
    (scenario,) = load(f"vars: {{x: {written}}}\nturns: ['{{{{ x }}}}']\n")

    assert (scenario.variables, type(scenario.variables["x"])) == ({"x": value}, type(value))


def test_a_value_of_the_environment_is_secret() -> None:
    text = "vars: {token: {env: SHOP_TOKEN}, shop: Acme}\nturns: [Hi]\n"

    scenario = load_given(text, {}, {"SHOP_TOKEN": "s3cret"})

    assert scenario.variables == {"token": "s3cret", "shop": "Acme"}
    assert scenario.secret_variables == {"token": "SHOP_TOKEN"}


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({}, "is not set; wanted it set, or another value by --var"),
        ({"TOKEN": ""}, "is empty; wanted it set, or another value by --var"),
        ({"TOKEN": "\udcff"}, "holds no UTF-8; wanted text"),
    ],
)
def test_a_value_that_the_environment_lacks_is_a_fault(environ: dict[str, str], fault: str) -> None:
    with pytest.raises(InvalidFilesError) as caught:
        load_given("vars: {token: {env: TOKEN}}\nturns: [Hi]\n", {}, environ)

    assert str(caught.value) == f'talk.yaml:1:21: environment variable "TOKEN" {fault}'


def test_no_environment_is_needed_where_nothing_is_sent() -> None:
    Path("talk.yaml").write_text("vars: {token: {env: TOKEN}}\nturns: ['{{ token }}']\n")

    ((scenario,), _) = load_all(["talk.yaml"], environ=None)

    assert scenario.variables == {"token": "{env:TOKEN}"}


def test_no_fault_shows_the_value_of_a_secret() -> None:
    text = "vars: {token: {env: TOKEN}}\nturns: ['{{ token.no_such }}', '{{ token + 1 }}']\n"

    with pytest.raises(InvalidFilesError) as caught:
        load_given(text, {}, {"TOKEN": "s3cret"})

    assert "s3cret" not in str(caught.value)
    assert len(caught.value.faults) == 2


def test_a_value_of_the_command_line_stands_for_one_of_the_environment_and_is_secret_too() -> None:
    scenario = load_given("vars: {token: {env: TOKEN}}\nturns: [Hi]\n", {"token": "given"})

    assert (scenario.variables, scenario.secret_variables) == ({"token": "given"}, {"token": "TOKEN"})


@pytest.mark.parametrize(
    ("declared", "cases"),
    [
        ("vars: {n: 1}", ()),
        ("cases: [{id: one, n: 1}, {id: two, n: 2}]", (Case("one", {"n": 3}), Case("two", {"n": 3}))),
        ("matrix: {n: [1, 2], lang: [en]}", (Case("3-en", {"n": 3, "lang": "en"}),)),
        ("vars: {n: 1}\ncases: [{shop: Acme}]", (Case("Acme", {"shop": "Acme"}),)),
    ],
)
def test_a_value_of_the_command_line_goes_over_all(declared: str, cases: tuple[Case, ...]) -> None:
    scenario = load_given(f"{declared}\nturns: ['{{{{ n }}}}']\n", {"n": "3"})

    assert scenario.cases == cases
    assert scenario.variables == ({"n": 3} if "vars" in declared else {})


def test_a_variable_may_be_declared_by_any_scenario() -> None:
    scenario = load_given("id: a\nvars: {n: 1}\nturns: [Hi]\n", {"n": "a=b"})

    assert scenario.variables == {"n": "a=b"}


@pytest.mark.parametrize("given", ["n", "=1", "a-b=1", "1n=1", "n=\udcff"])
def test_what_is_no_assignment_is_refused(given: str) -> None:
    with pytest.raises(WrongUseError):
        parse_assignments([given])
