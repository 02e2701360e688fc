"""The keys of a scenario."""

from pathlib import Path

import pytest

from dialogs.errors import InvalidFilesError, Place
from dialogs.loading import load_scenarios
from dialogs.scenario import Scenario, UserTurn
from scenario_files import faults_of, load, words_of

MALFORMED = [
    pytest.param("", "1:1: an empty file; wanted a scenario: a mapping with turns", id="nothing"),
    pytest.param(" \n\n", "1:1: an empty file; wanted a scenario: a mapping with turns", id="blank"),
    pytest.param("# x\n", "1:1: an empty file; wanted a scenario: a mapping with turns", id="comment"),
    pytest.param("\ufeff", "1:1: an empty file; wanted a scenario: a mapping with turns", id="bom-only"),
    pytest.param("---\n", "1:1: an empty document; wanted a scenario: a mapping with turns", id="empty-document"),
    pytest.param(
        "---\n---\n",
        "1:1: an empty document; wanted a scenario: a mapping with turns\n"
        "2:1: an empty document; wanted a scenario: a mapping with turns",
        id="two-empty",
    ),
    pytest.param(
        "id: a\nturns: [hi]\n---\n",
        "3:1: an empty document; wanted a scenario: a mapping with turns",
        id="trailing----",
    ),
    pytest.param("~\n", "1:1: text; wanted a scenario: a mapping with turns", id="null-doc"),
    pytest.param("hello there\n", "1:1: text; wanted a scenario: a mapping with turns", id="text"),
    pytest.param("42\n", "1:1: text; wanted a scenario: a mapping with turns", id="number"),
    pytest.param("- a\n- b\n", "1:1: a list; wanted a scenario: a mapping with turns", id="list"),
    pytest.param(
        "{}\n",
        "1:1: a mapping without any key of a scenario; wanted a scenario: a mapping with turns",
        id="empty-mapping",
    ),
    pytest.param(
        "password: hunter2\nuser_name: root\n",
        "1:1: a mapping without any key of a scenario; wanted a scenario: a mapping with turns",
        id="foreign",
    ),
    pytest.param(
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/bin/sh\n",
        "1:1: text; wanted a scenario: a mapping with turns",
        id="passwd",
    ),
    pytest.param(
        '{"format":1,"id":"a@m#0","scenario":"a","messages":[]}\n{"format":1,"id":"b@m#0"}\n',
        "1:1: a transcript; wanted a scenario. dialogs show reads transcripts, dialogs diff compares them",
        id="transcripts",
    ),
    pytest.param(
        '{"crc32":"dd9a3cd3","format":1,"kind":"run"}\n',
        "1:1: a journal or cassette; wanted a scenario. dialogs run --replay plays from a cassette",
        id="cassette",
    ),
    pytest.param("id: x\n", "1:1: no turns; wanted turns, a list of what the user says", id="only-id"),
    pytest.param("turn: [hi]\n", '1:1: unknown key "turn" in a scenario; did you mean "turns"?', id="typo-turns"),
    pytest.param(
        "colour: red\nturns: [hi]\n",
        '1:1: unknown key "colour" in a scenario; '
        "wanted one of id, description, tags, model, system, params, extra_body, send_back, "
        "vars, cases, matrix, tools, tool_results, expect, turns",
        id="unknown",
    ),
    pytest.param(
        "id: a\nmessages: [hi]\n",
        '2:1: unknown key "messages" in a scenario; wanted the messages under "turns"',
        id="messages",
    ),
    pytest.param(
        "temperature: 1\nturns: [hi]\n",
        '1:1: unknown key "temperature" in a scenario; wanted it under params',
        id="temperature-top",
    ),
    pytest.param("name: a\nturns: [hi]\n", '1:1: unknown key "name" in a scenario; did you mean "id"?', id="name"),
    pytest.param(
        "id: a b\nturns: [hi]\n", '1:5: id is "a b"; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -', id="bad-id"
    ),
    pytest.param(
        "id: ../x\nturns: [hi]\n",
        '1:5: id is "../x"; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -',
        id="slash-id",
    ),
    pytest.param(
        f"id: {'x' * 101}\nturns: [hi]\n",
        '1:5: id is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -',
        id="long-id",
    ),
    pytest.param(
        "id: ''\nturns: [hi]\n", '1:5: id is ""; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -', id="empty-id"
    ),
    pytest.param(
        "id:\nturns: [hi]\n", "1:4: id is nothing; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -", id="nothing-id"
    ),
    pytest.param(
        "id: [a]\nturns: [hi]\n", "1:5: id is a list; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -", id="list-id"
    ),
    pytest.param(
        "turns: [hi]\n---\nid: b\nturns: [hi]\n",
        "1:1: no id, in a file of several documents; wanted an id in each",
        id="two-docs-no-id",
    ),
    pytest.param(
        "id: a\nturns: [hi]\n---\nid: a\nturns: [ho]\n",
        '4:5: id "a" is taken by talk.yaml:1:5; wanted another id',
        id="same-id",
    ),
    pytest.param("tags: smoke\nturns: [hi]\n", '1:7: tags is "smoke"; wanted a list of names', id="tags-text"),
    pytest.param("tags: [a, b, a]\nturns: [hi]\n", '1:14: "a" stands twice in tags; wanted it once', id="tags-twice"),
    pytest.param(
        "tags: [a, [b], '']\nturns: [hi]\n",
        '1:11: an item of tags is a list; wanted a name\n1:16: an item of tags is ""; wanted a name',
        id="tags-inner",
    ),
    pytest.param(
        "model: {name: x}\nturns: [hi]\n",
        "1:8: model is a mapping; wanted a model's name, or a list of them",
        id="model-mapping",
    ),
    pytest.param(
        "model: []\nturns: [hi]\n",
        "1:8: model is an empty list; wanted a model's name, or a list of them",
        id="model-empty-list",
    ),
    pytest.param("model: [a, a]\nturns: [hi]\n", '1:12: "a" stands twice in model; wanted it once', id="model-twice"),
    pytest.param(
        "model: ''\nturns: [hi]\n", '1:8: model is ""; wanted a model\'s name, or a list of them', id="model-empty"
    ),
    pytest.param(
        "model:\nturns: [hi]\n", "1:7: model is nothing; wanted a model's name, or a list of them", id="model-nothing"
    ),
    pytest.param(
        'model: "a\\e[31m"\nturns: [hi]\n',
        '1:8: model is "a\\u001b[31m"; wanted a model\'s name, or a list of them',
        id="model-escape",
    ),
    pytest.param("description: [a]\nturns: [hi]\n", "1:14: description is a list; wanted text", id="description-list"),
    pytest.param("system: [a]\nturns: [hi]\n", "1:9: system is a list; wanted text, or {file: path}", id="system-list"),
    pytest.param(
        "system:\nturns: [hi]\n",
        '1:8: system is nothing; wanted text, or {file: path} ("" for an empty text)',
        id="system-nothing",
    ),
    pytest.param(
        "system: {fil: a.md}\nturns: [hi]\n", '1:10: unknown key "fil" in system; did you mean "file"?', id="system-key"
    ),
    pytest.param(
        "system: {}\nturns: [hi]\n",
        "1:9: system is an empty mapping; wanted text, or {file: path}",
        id="system-empty-map",
    ),
    pytest.param(
        "system: {file: none.md}\nturns: [hi]\n",
        '1:16: file "none.md": cannot be read: No such file or directory; wanted a file in the scenario\'s folder',
        id="system-missing",
    ),
    pytest.param(
        "system: {file: ../a.md}\nturns: [hi]\n",
        '1:16: file "../a.md": leads out of the scenario\'s folder; wanted a relative path inside it, without ..',
        id="system-up",
    ),
    pytest.param(
        "system: {file: /etc/passwd}\nturns: [hi]\n",
        '1:16: file "/etc/passwd": leads out of the scenario\'s folder; wanted a relative path inside it, without ..',
        id="system-abs",
    ),
    pytest.param(
        "system: {file: 'C:\\x'}\nturns: [hi]\n",
        '1:16: file "C:\\\\x": leads out of the scenario\'s folder; wanted a relative path inside it, without ..',
        id="system-win",
    ),
    pytest.param(
        "system: {file: .}\nturns: [hi]\n", '1:16: file ".": a folder; wanted a regular file', id="system-dir"
    ),
    pytest.param(
        "system: {file: [a]}\nturns: [hi]\n",
        "1:16: file is a list; wanted the path of a text file",
        id="system-list-file",
    ),
    pytest.param(
        "system: {file: ''}\nturns: [hi]\n", '1:16: file is ""; wanted the path of a text file', id="system-empty-file"
    ),
    pytest.param(
        "id: a b\nmodle: x\nparams: {temperature: 3, sed: 1}\nturns:\n  - usr: hi\n  - user: [a]\n",
        '1:5: id is "a b"; wanted 1 to 100 of the characters A-Z a-z 0-9 . _ -\n'
        '2:1: unknown key "modle" in a scenario; did you mean "model"?\n'
        "3:23: temperature is 3; wanted a number from 0 to 2\n"
        '3:26: unknown parameter "sed"; did you mean "seed"? If not, it goes under extra_body\n'
        '5:5: unknown key "usr" in a turn; did you mean "user"?\n'
        '6:12: a content part is "a"; wanted a mapping with one of text, image, file and audio, as {text: ...}',
        id="many",
    ),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_a_malformed_scenario_is_refused_with_each_place(content: str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected


def test_a_scenario_is_read_whole() -> None:
    (scenario,) = load(
        "# a comment\n"
        "id: refund-policy\n"
        "description: Asks about a refund\n"
        "tags: [smoke, refunds]\n"
        "model: [gpt-4o, embedded]\n"
        "system: Be brief.\n"
        "params: {temperature: 0, seed: 7}\n"
        "extra_body: {top_k: 20}\n"
        "send_back: [reasoning_content]\n"
        "turns: [Hi]\n"
    )

    assert scenario == Scenario(
        id="refund-policy",
        place=Place("talk.yaml", 2, 1),
        entries=(UserTurn("Hi", Place("talk.yaml", 10, 9)),),
        description="Asks about a refund",
        tags=("smoke", "refunds"),
        models=("gpt-4o", "embedded"),
        system="Be brief.",
        params={"temperature": 0, "seed": 7},
        extra_body={"top_k": 20},
        send_back=("reasoning_content",),
    )


def test_turns_are_all_that_a_scenario_needs() -> None:
    (scenario,) = load("turns: [Hi]\n")

    assert (scenario.id, scenario.models, scenario.system) == ("talk", (), None)


@pytest.mark.parametrize(
    ("written", "expected"), [("12", "12"), ("1e3", "1e3"), ("'no'", "no"), ("2026-11-23", "2026-11-23")]
)
def test_an_id_is_text(written: str, expected: str) -> None:
    (scenario,) = load(f"id: {written}\nturns: [Hi]\n")

    assert scenario.id == expected


def test_a_model_may_be_one_name() -> None:
    (scenario,) = load("model: meta-llama/Llama-3:8b\nturns: [Hi]\n")

    assert scenario.models == ("meta-llama/Llama-3:8b",)


def test_every_document_of_a_file_is_a_scenario() -> None:
    scenarios = load("---\nid: a\nturns: [Hi]\n---\nid: b\nturns: [Hi]\n...\n")

    assert [(scenario.id, scenario.place.line) for scenario in scenarios] == [("a", 2), ("b", 5)]


def test_documents_without_an_id_are_told_each() -> None:
    assert faults_of("turns: [Hi]\n---\nturns: [Hi]\n") == [
        "1:1: no id, in a file of several documents; wanted an id in each",
        "3:1: no id, in a file of several documents; wanted an id in each",
    ]


def test_a_file_with_a_name_that_is_no_id_needs_an_id() -> None:
    Path("my talk.yaml").write_text("turns: [Hi]\n")

    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios(["my talk.yaml"])

    assert str(caught.value) == (
        "my talk.yaml:1:1: no id, and the file's name cannot be one; "
        "wanted an id: 1 to 100 of the characters A-Z a-z 0-9 . _ -"
    )


def test_braces_are_text_where_no_variables_stand() -> None:
    assert words_of('turns: ["Hello {{ name }}"]\n') == ["Hello {{ name }}"]
