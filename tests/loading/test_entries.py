"""The entries under `turns`."""

import pytest

from dialogs.errors import Place
from dialogs.scenario import Instruction, ScriptedExchange, UserTurn
from scenario_files import NOWHERE, faults_of, load, placeless, words_of

MALFORMED = [
    pytest.param(
        "turns: []\n", "1:8: turns is an empty list; wanted at least one user turn without assistant", id="turns-empty"
    ),
    pytest.param(
        "turns:\n",
        "1:7: turns is nothing; wanted a list of what the user says, each item after a dash",
        id="turns-nothing",
    ),
    pytest.param(
        "turns: hello\n",
        '1:8: turns is "hello"; wanted a list of what the user says, each item after a dash',
        id="turns-text",
    ),
    pytest.param(
        "turns: {user: hi}\n",
        "1:8: turns is a mapping; wanted a list of what the user says, each item after a dash",
        id="turns-mapping",
    ),
    pytest.param(
        "turns:\n  - user: a\n    assistant: b\n",
        "2:3: no turn that waits for a reply; wanted at least one user turn without assistant",
        id="only-scripted",
    ),
    pytest.param(
        "turns:\n  - system: a\n",
        "2:3: no turn that waits for a reply; wanted at least one user turn without assistant",
        id="only-system",
    ),
    pytest.param("turns:\n  - usr: hi\n", '2:5: unknown key "usr" in a turn; did you mean "user"?', id="typo-usr"),
    pytest.param(
        "turns:\n  - role: user\n    content: hi\n",
        '2:5: unknown key "role" in a turn; wanted the role as the key, as in `user: Hello`\n'
        '3:5: unknown key "content" in a turn; wanted the role as the key, as in `user: Hello`',
        id="role/content",
    ),
    pytest.param(
        "turns:\n  -\n  - hi\n", '2:4: a turn is nothing; wanted text ("" for an empty text)', id="empty-turn"
    ),
    pytest.param("turns:\n  - user:\n", '2:10: user is nothing; wanted text ("" for an empty text)', id="empty-user"),
    pytest.param(
        "turns:\n  - [a, b]\n",
        "2:5: a turn is a list; wanted text, or a mapping with user, user with assistant, system or developer",
        id="list-turn",
    ),
    pytest.param("turns:\n  - user: {text: hi}\n", "2:11: user is a mapping; wanted text", id="user-mapping"),
    pytest.param(
        "turns:\n  - assistant: hi\n",
        "2:5: a turn with assistant; wanted user, user with assistant, system or developer",
        id="lone-assistant",
    ),
    pytest.param(
        "turns:\n  - user: a\n    system: b\n",
        "2:5: a turn with user and system; wanted user, user with assistant, system or developer",
        id="user-and-system",
    ),
    pytest.param(
        "turns:\n  - params: {seed: 1}\n",
        "2:5: a turn with nobody who speaks; wanted user, user with assistant, system or developer",
        id="no-speaker",
    ),
    pytest.param(
        "turns:\n  - {}\n",
        "2:5: a turn with nobody who speaks; wanted user, user with assistant, system or developer",
        id="empty-map-turn",
    ),
    pytest.param(
        "turns:\n  - user: a\n    assistant: b\n    params: {seed: 1}\n  - hi\n",
        "4:5: params where nothing is asked; wanted it on a user turn without assistant",
        id="params-on-scripted",
    ),
    pytest.param(
        "turns:\n  - system: a\n    extra_body: {x: 1}\n  - hi\n",
        "3:5: extra_body where nothing is asked; wanted it on a user turn without assistant",
        id="params-on-system",
    ),
    pytest.param(
        "turns:\n  - user: a\n    assistant: b\n    expect: [{contains: x}]\n    capture: {x: y}\n  - hi\n",
        "4:5: expect where nothing is asked; wanted it on a user turn without assistant\n"
        "5:5: capture where nothing is asked; wanted it on a user turn without assistant",
        id="expect-on-scripted",
    ),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_a_malformed_turn_is_refused_with_its_place(content: str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected


@pytest.mark.parametrize(
    "word",
    [
        *("no", "yes", "on", "off", "y", "n", "true", "False", "1e3", "12:30", "0o17", "0x1F", "017", "1_000", ".5"),
        *("2026-11-23", "2026-11-23 10:00:00", "~", "null", "Null", "=", ".inf", ".NaN", "+1", "--", "-1", "1.0"),
        *(
            "<b>",
            "50 %",
            "a#b",
            "C:\\temp",
            "what?",
            "it's",
            'say "hi"',
            "déjà vu",
            "你好",
            "😀",
            "\u200b",
        ),
    ],
)
def test_words_stay_as_they_are_written(word: str) -> None:
    (scenario,) = load(
        f"description: {word}\nsystem: {word}\nturns:\n- {word}\n- {{user: {word}, assistant: {word}}}\n"
    )

    assert (scenario.description, scenario.system) == (word, word)
    assert placeless(scenario) == (UserTurn(word, NOWHERE), ScriptedExchange(word, word, NOWHERE))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("|\n    two\n    lines\n", "two\nlines\n"),
        ("|-\n    no end\n", "no end"),
        ("|+\n    kept\n\n", "kept\n\n"),
        (">-\n    folded\n    line\n", "folded line"),
        ("|2-\n      indented\n", "  indented"),
        ('"escaped \\u2028 \\0 \\U0001F600"', "escaped \u2028 \0 😀"),
        ("'it''s'", "it's"),
        ('""', ""),
        ("on two\n    lines", "on two lines"),
        ("a - b", "a - b"),
        ("|\n    - not\n    - a list: # really [", "- not\n- a list: # really ["),
    ],
)
def test_a_text_is_what_yaml_makes_of_its_style(written: str, expected: str) -> None:
    assert words_of(f"turns:\n  - {written}") == [expected]


def test_every_kind_of_entry_is_read_with_its_place() -> None:
    (scenario,) = load(
        "turns:\n"
        "  - Hello\n"
        "  - user: Why?\n"
        "    params: {temperature: 0.5}\n"
        "    extra_body: {top_k: 3}\n"
        "  - user: When?\n"
        "    assistant: At 8.\n"
        "  - system: Be brief.\n"
        "  - developer: Be kind.\n"
    )

    assert scenario.entries == (
        UserTurn("Hello", Place("talk.yaml", 2, 5)),
        UserTurn("Why?", Place("talk.yaml", 3, 5), {"temperature": 0.5}, {"top_k": 3}),
        ScriptedExchange("When?", "At 8.", Place("talk.yaml", 6, 5)),
        Instruction("system", "Be brief.", Place("talk.yaml", 8, 5)),
        Instruction("developer", "Be kind.", Place("talk.yaml", 9, 5)),
    )
