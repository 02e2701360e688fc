"""What is refused in the YAML itself, before it is a scenario."""

import json

import pytest

from scenario_files import faults_of, load

MALFORMED = [
    pytest.param(
        "turns: [hi]\nid: a\nid: b\n", '3:1: key "id" stands twice, first at 2:1; wanted it once', id="dup-key"
    ),
    pytest.param(
        "turns:\n  - user: a\n    user: b\n",
        '3:5: key "user" stands twice, first at 2:5; wanted it once',
        id="dup-in-turn",
    ),
    pytest.param(
        "params: {seed: 1, seed: 2}\nturns: [hi]\n",
        '1:19: key "seed" stands twice, first at 1:10; wanted it once',
        id="dup-in-params",
    ),
    pytest.param("turns:\n  - <<: {user: hi}\n", "2:5: a merge key; wanted the merged keys themselves", id="merge"),
    pytest.param(
        "system: &a x\nturns: [*a, hi]\n",
        "1:9: an anchor; wanted none, or quotes around a text that begins with &\n"
        "2:9: an alias; wanted what it stands for, or quotes around a text that begins with *",
        id="alias",
    ),
    pytest.param(
        "turns: [*a]\n",
        "1:9: an alias; wanted what it stands for, or quotes around a text that begins with *",
        id="undefined-alias",
    ),
    pytest.param(
        "turns: &a [*a, hi]\n",
        "1:8: an anchor; wanted none, or quotes around a text that begins with &\n"
        "1:12: an alias; wanted what it stands for, or quotes around a text that begins with *",
        id="recursive",
    ),
    pytest.param(
        "a: &a [x,x]\nb: &b [*a,*a]\nturns: [*b,*b]\n",
        '1:1: unknown key "a" in a scenario; '
        "wanted one of id, description, tags, model, system, params, extra_body, send_back, "
        "vars, cases, matrix, tools, tool_results, expect, turns\n"
        "1:4: an anchor; wanted none, or quotes around a text that begins with &\n"
        '2:1: unknown key "b" in a scenario; '
        "wanted one of id, description, tags, model, system, params, extra_body, send_back, "
        "vars, cases, matrix, tools, tool_results, expect, turns\n"
        "2:4: an anchor; wanted none, or quotes around a text that begins with &\n"
        "2:8: an alias; wanted what it stands for, or quotes around a text that begins with *\n"
        "2:11: an alias; wanted what it stands for, or quotes around a text that begins with *\n"
        "3:9: an alias; wanted what it stands for, or quotes around a text that begins with *\n"
        "3:12: an alias; wanted what it stands for, or quotes around a text that begins with *",
        id="bomb",
    ),
    pytest.param(
        "turns: !!python/object/apply:os.system [ls]\n",
        "1:8: a tag; wanted none, or quotes around a text that begins with !",
        id="python-tag",
    ),
    pytest.param(
        "turns: [!!str hi]\n", "1:9: a tag; wanted none, or quotes around a text that begins with !", id="str-tag"
    ),
    pytest.param(
        "turns: [!env HOME]\n", "1:9: a tag; wanted none, or quotes around a text that begins with !", id="local-tag"
    ),
    pytest.param("turns: [! hi]\n", "1:9: a tag; wanted none, or quotes around a text that begins with !", id="bang"),
    pytest.param(
        "? [a, b]\n: c\nturns: [hi]\n",
        "1:3: a list as a key; wanted text, in quotes if it begins with a bracket",
        id="complex-key",
    ),
    pytest.param(
        "{a: b}: c\nturns: [hi]\n",
        "1:1: a mapping as a key; wanted text, in quotes if it begins with a bracket",
        id="mapping-key",
    ),
    pytest.param(
        "turns: " + "[" * 50 + "]" * 50, "1:57: nested more than 50 deep; wanted at most 50 levels", id="51-brackets"
    ),
    pytest.param("[" * 100_000, "1:51: nested more than 50 deep; wanted at most 50 levels", id="100000-brackets"),
    pytest.param("{a: " * 100_000, "1:201: nested more than 50 deep; wanted at most 50 levels", id="100000-braces"),
    pytest.param("- " * 100_000, "1:101: nested more than 50 deep; wanted at most 50 levels", id="100000-dashes"),
    pytest.param(
        "".join(" " * depth + "a:\n" for depth in range(200)),
        "51:51: nested more than 50 deep; wanted at most 50 levels",
        id="deep-indentation",
    ),
    pytest.param("turns:\n\t- hi\n", "2:1: a tab in the indentation; wanted spaces", id="tab-indentation"),
    pytest.param(
        "turns:\n  - user: hi\n\tparams: {}\n", "3:1: a tab in the indentation; wanted spaces", id="tab-in-mapping"
    ),
    pytest.param(
        "system: |\n  a\n\tb\nturns: [hi]\n", "3:1: a tab in the indentation; wanted spaces", id="tab-in-block"
    ),
    pytest.param(
        "turns:\n  - user: Read this: it is\n",
        '2:20: ": " inside a text without quotes; wanted quotes around the text, or the text below |',
        id="colon",
    ),
    pytest.param(
        "turns:\n  - 'hi\n  - there\n",
        "2:5: a quote that is never closed; wanted the same quote at the text's end",
        id="open-quote",
    ),
    pytest.param(
        'turns:\n  - "Hi" said he\n',
        "2:10: something after a closing quote, bracket or brace; wanted quotes around the text, or the text below |",
        id="after-quote",
    ),
    pytest.param(
        "turns:\n  - **bold** move\n",
        "2:6: * or & at the beginning of a text; wanted quotes around the text, or the text below |",
        id="bold",
    ),
    pytest.param(
        "turns:\n  - @home\n",
        "2:5: @ at the beginning of a text; wanted quotes around the text, or the text below |",
        id="at",
    ),
    pytest.param(
        "turns:\n  - `ls`\n",
        "2:5: ` at the beginning of a text; wanted quotes around the text, or the text below |",
        id="backtick",
    ),
    pytest.param(
        "turns:\n  - %d\n",
        "2:5: % at the beginning of a text; wanted quotes around the text, or the text below |",
        id="percent",
    ),
    pytest.param(
        "turns:\n  - [a] first\n",
        "2:9: something after a closing quote, bracket or brace; wanted quotes around the text, or the text below |",
        id="bracket",
    ),
    pytest.param(
        "turns:\n  - {{ name }} says\n",
        "2:16: something after a closing quote, bracket or brace; wanted quotes around the text, or the text below |",
        id="template",
    ),
    pytest.param(
        'turns:\n  - "\\d"\n',
        "2:6: an unknown escape in double quotes; wanted \\\\ for a backslash, or single quotes around the text",
        id="bad-escape",
    ),
    pytest.param(
        'turns:\n  - "\\ud83d"\n',
        "2:8: half a character (a surrogate) as an escape; "
        'wanted the character itself, or an escape like "\\U0001F600"',
        id="surrogate-escape",
    ),
    pytest.param(
        "turns:\n  - 'a\n---\n",
        "3:1: a quote that is not closed before --- or ...; wanted the same quote at the text's end",
        id="quote-and-marker",
    ),
    pytest.param("turns: [hi\n", "1:8: a [ that is never closed; wanted its ]", id="open-list"),
    pytest.param("turns:\n  - {user: hi\n", "2:5: a { that is never closed; wanted its }", id="open-mapping"),
    pytest.param(
        "turns:\n  - a\n - b\n",
        "3:2: a line that goes on with nothing above it; wanted a key at the indentation of the other keys",
        id="dedent",
    ),
    pytest.param(
        "turns:\n  - user: hi\n   assistant: ho\n",
        '3:4: a line that is no item of the list above it; wanted "- ", or the indentation of the item\'s other keys',
        id="indent-slip",
    ),
    pytest.param(
        "turns:\n  - a\n    - b\n",
        '2:5: a line with "- " inside a text without quotes; '
        "wanted the item at its list's indentation, or the text below |",
        id="item-too-deep",
    ),
    pytest.param(
        "turns:\n  - hi\nsystem\nid: x\n",
        "4:1: a line without a colon where a key should stand; "
        "wanted `key: value`, or the lines of a text indented below their key",
        id="no-colon",
    ),
    pytest.param(
        "system: | text\nturns: [hi]\n",
        "1:11: something after | or >; wanted the text on the lines below",
        id="after-block-mark",
    ),
    pytest.param(
        " id: a\nturns: [hi]\n",
        "1:2: no turns; wanted turns, a list of what the user says\n"
        "2:1: something after the end of the document; wanted one mapping in a document, and --- before the next",
        id="two-mappings",
    ),
    pytest.param(
        "%YAML 3.0\n---\nturns: [hi]\n",
        "1:1: a YAML version that is not read; wanted no %YAML line",
        id="yaml-directive",
    ),
    pytest.param(
        "turns: - a\n", '1:8: "- " where no list can begin; wanted the list on lines of its own', id="dash-inline"
    ),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_malformed_yaml_is_refused_with_its_place(content: str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected


def test_fifty_levels_are_read() -> None:
    nested = "[" * 48 + "]" * 48

    (scenario,) = load(f"extra_body: {{x: {nested}}}\nturns: [hi]\n")

    assert json.dumps(scenario.extra_body) == f'{{"x": {nested}}}'


def test_the_documents_before_a_broken_one_are_checked_too() -> None:
    assert faults_of("id: a b\nturns: [hi]\n---\nturns: [hi\n") == [
        '1:5: id is "a b"; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -',
        "4:8: a [ that is never closed; wanted its ]",
    ]


def test_a_broken_document_is_not_quoted() -> None:
    assert faults_of("password: hunter2\npassword: hunter3\n- x\n") == [
        "3:1: a line that goes on with nothing above it; wanted a key at the indentation of the other keys"
    ]


def test_what_is_no_scenario_is_not_quoted_where_a_key_stands_twice() -> None:
    assert faults_of("password: hunter2\npassword: hunter3\n") == [
        "1:1: a mapping without any key of a scenario; wanted a scenario: a mapping with turns"
    ]


def test_a_file_of_a_million_faults_tells_a_thousand_and_their_number() -> None:
    told = faults_of("turns:\n" + "-\n" * 5000)

    assert len(told) == 1001
    assert told[-1] == " 4000 more faults; mend those above first"


def test_places_count_characters_and_lines_of_any_ending() -> None:
    assert faults_of('turns:\r\n  - {user: "😀é", usr: x}\r  - {usr: x}\n') == [
        '2:18: unknown key "usr" in a turn; did you mean "user"?',
        '3:6: unknown key "usr" in a turn; did you mean "user"?',
    ]
