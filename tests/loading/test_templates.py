"""Templates: on where variables stand, read at load, told with their place."""

import subprocess
import sys
from pathlib import Path

import pytest

from scenario_files import faults_of, load


@pytest.mark.parametrize(
    ("declared", "is_templated"),
    [
        ("vars: {shop: Acme}", True),
        ("cases: [{shop: Acme}]", True),
        ("matrix: {shop: [Acme]}", True),
        ("description: none", False),
    ],
)
def test_texts_are_templates_where_variables_stand(declared: str, *, is_templated: bool) -> None:
    (scenario,) = load(f"{declared}\nturns: ['Hello {{{{ shop }}}}']\n")

    assert scenario.templated is is_templated


def test_texts_are_templates_where_a_reply_is_captured() -> None:
    (scenario,) = load("turns:\n  - user: Hi\n    capture: {days: '[0-9]+'}\n  - In {{ days }} days?\n")

    assert scenario.templated


def test_braces_are_text_elsewhere() -> None:
    (scenario,) = load("system: '{{ x'\ntools: [{name: f}]\ntool_results: {f: {return: '{% x'}}\nturns: ['{{ y }}']\n")

    assert not scenario.templated


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("plain {{ x }}", "3:14"),
        ("'it''s {{ x }}'", "3:15"),
        ('"\\t\\u00e9\\"\\\\ {{ x }}"', "3:22"),
        ('"é\\\n    \\ {{ x }}"', "4:10"),
        ("|\n    one\n\n    two {{ x }}", "6:12"),
        ("|-\n\n      {{ x }}", "5:10"),
        (">\n    one\n    two\n    {{ x }}", "6:8"),
        ("one\n    two {{ x }}", "4:12"),
        ("'one\n\n    two {{ x }}'", "5:12"),
        ("'{{ y.x }} {% if y %}{{ x }}{% endif %}'", "3:29"),
        ("'x {{ y }} {{ x }}'", "3:19"),
        ("'{{ \"x\" ~ x }}'", "3:10"),
    ],
)
def test_a_variable_that_is_not_defined_is_told_where_it_stands(written: str, place: str) -> None:
    (fault,) = faults_of(f"vars: {{y: {{a: 1}}}}\nturns:\n  - {written}\n")

    assert fault.startswith(f"{place}: ")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fault_of_a_prompt_stands_in_its_file(newline: str) -> None:
    Path("p.md").write_text(f"You are {{{{ shop }}}}.{newline}Speak {{{{ lagn }}}}.{newline}", newline="")

    assert faults_of("vars: {shop: Acme, lang: en}\nsystem: {file: p.md}\nturns: [Hi]\n") == [
        'p.md:2:10: "lagn" is not defined; did you mean "lang"?'
    ]


def test_a_prompt_in_a_folder_is_named_as_the_scenario_is() -> None:
    Path("prompts").mkdir()
    Path("prompts/p.md").write_text("{{ x }}")

    assert faults_of("vars: {shop: Acme}\nsystem: {file: prompts/p.md}\nturns: [Hi]\n") == [
        'prompts/p.md:1:4: "x" is not defined; wanted one of shop'
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ x | default('none') }}",
        "{% if x is defined %}{{ x }}{% endif %}",
        "{% for x in y %}{{ x }}{{ loop.index }}{% endfor %}",
        "{% set x = 1 %}{{ x }}",
        "{% raw %}{{ x }}{% endraw %}",
        "{# {{ x }} #}",
        "{ {x} }",
        "{{ range(3) | join }}",
    ],
)
def test_what_needs_no_variable_is_fine(text: str) -> None:
    (scenario,) = load(f'vars: {{y: [1, 2]}}\nturns: ["{text}"]\n')

    assert scenario.turns == 1


def test_each_text_is_tried_with_every_case() -> None:
    assert faults_of("cases: [{n: 1}, {n: 2}, {n: 0}]\nturns:\n  - fine\n  - '{{ 1 / n }}'\n") == [
        "4:6: a division by zero"
    ]


def test_a_text_that_needs_a_capture_cannot_be_tried() -> None:
    text = "turns:\n  - user: Hi\n    capture: {n: '[0-9]+'}\n  - '{{ 1 / n }}'\n"

    assert load(text)[0].turns == 2


def test_results_of_tools_may_use_every_capture() -> None:
    (scenario,) = load(
        "tools: [{name: f}]\ntool_results: {f: {return: '{{ n }}'}}\nturns:\n  - user: Hi\n    capture: {n: '[0-9]+'}\n"
    )

    assert scenario.tool_results["f"][0].answers[0].value == "{{ n }}"


def test_heavy_templates_do_not_hold_up_the_reading() -> None:
    loops = "{% for i in range(90000) %}{{ i }}{% endfor %}"

    (scenario,) = load("vars: {a: b}\nturns:\n" + f"  - '{loops}'\n" * 500)

    assert scenario.turns == 500


def test_templates_of_names_alone_need_no_jinja() -> None:
    Path("talk.yaml").write_text("vars: {shop: Acme}\nturns: ['{{ shop }} { {{shop}} }']\n")
    code = "import sys; from dialogs.loading import load; load(['talk.yaml']); print('jinja2' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"
