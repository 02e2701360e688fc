"""Botium's convos become what the user says, with what is asserted of the bot as expectations."""

import pytest

from dialogs.formats.botium import utterances_of
from dialogs.formats.catalogue import Surroundings
from foreign import expected, found_in, nothing_beside, said

CONVO = """\
greeting
says hello twice

#me
Hello,
Bot!

#bot
You said: Hello

#me
again

#bot
!sorry
TEXT_CONTAINS_ANY yes|sure
"""
LISTS = Surroundings(nothing_beside, utterances={"UTT_YES": ["yes", "sure", "do it"]})


def bot(*lines: str) -> str:
    return "\n".join(["t", "#me", "Hi", "#bot", *lines])


def test_me_becomes_turns_and_bot_what_is_expected_of_the_reply() -> None:
    found = found_in("botium", CONVO).one

    assert (found.name, found.scenario.description) == ("greeting", "greeting says hello twice")
    assert said(found) == ["Hello,\nBot!", "again"]
    assert expected(found) == [
        [("contains", "You said: Hello")],
        [("not_contains", "sorry"), ("any_of", [("contains", "yes"), ("contains", "sure")])],
    ]


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("TEXT exactly this", [("equals", "exactly this")]),
        ("TEXT_IC exactly (this)", [("regex", r"(?i)^exactly \(this\)$")]),
        ("TEXT", [("regex", "(?s).")]),
        ("TEXT_CONTAINS_ALL a|b", [("contains", "a"), ("contains", "b")]),
        ("!TEXT_CONTAINS_ALL a|b", [("any_of", [("not_contains", "a"), ("not_contains", "b")])]),
        ("TEXT_CONTAINS_ANY_IC a", [("icontains", "a")]),
        ("TEXT_REGEXP_ANY a+|b+", [("any_of", [("regex", "a+"), ("regex", "b+")])]),
        ("TEXT_WILDCARD_ANY id *.", [("regex", r"id .*\.")]),
        ("TEXT_WILDCARDEXACT_ANY_IC id *", [("regex", "(?i)^id .*$")]),
        ("TEXT_EQUALS_ANY a", [("equals", "a")]),
        (r"TEXT_CONTAINS_ANY a\|b", [("contains", "a|b")]),
        ("!!loud", [("contains", "!loud")]),
    ],
)
def test_asserters_of_text_become_expectations(line: str, ours: list[object]) -> None:
    found = found_in("botium", bot(line)).one

    assert [ours] == expected(found)
    assert found.losses == ()


@pytest.mark.parametrize(
    ("line", "loss"),
    [
        ("?maybe", "optional expectation (?)"),
        ("?TEXT_CONTAINS_ANY a", "optional expectation (?)"),
        ("BUTTONS a|b", '"BUTTONS" in #bot'),
        ("MY_ASSERTER x", '"MY_ASSERTER" in #bot'),
        ("Hello $name", "expectation with a variable ($)"),
        ("TEXT_CONTAINS_ANY $name", "expectation with a variable ($)"),
        ('{"attachments": []}', "expectation of a message in JSON"),
        ("TEXT_REGEXP_ANY (?=a)", '"TEXT_REGEXP_ANY" in #bot, which no expectation of ours can say'),
        ("UTT_HELLO", 'utterances "UTT_HELLO", which are not among the files'),
    ],
)
def test_what_has_no_counterpart_is_listed(line: str, loss: str) -> None:
    found = found_in("botium", bot(line)).one

    assert expected(found) == [[]]
    assert (loss,) == found.losses


@pytest.mark.parametrize(
    ("line", "text", "loss"),
    [
        ("MEDIA a.png", "Hi", '"MEDIA" in #me'),
        ("PAUSE 500", "Hi", '"PAUSE" in #me'),
        ("SET_SOMETHING x", "Hi", '"SET_SOMETHING" in #me'),
        ("BUTTON yes|Yes!", "Hi\nYes!", "BUTTON, whose text is sent as a message"),
        ("$name", "Hi\n$name", "variable $name in a message of the user, which is left as it is written"),
    ],
)
def test_what_is_no_text_of_the_user_s_is_listed(line: str, text: str, loss: str) -> None:
    found = found_in("botium", f"t\n#me\nHi\n{line}\n").one

    assert [text] == said(found)
    assert (loss,) == found.losses


def test_utterances_stand_for_their_texts() -> None:
    found = found_in("botium", "t\n#me\nUTT_YES\n#bot\nUTT_YES\n", LISTS).one

    assert said(found) == ["yes"]
    assert [[("any_of", [("contains", text) for text in ("yes", "sure", "do it")])]] == expected(found)
    assert found.losses == ('another utterance of "UTT_YES"',) * 2


def test_what_the_bot_says_unasked_or_twice_is_listed() -> None:
    found = found_in("botium", "t\n#bot\nWelcome\n#me\nHi\n#bot\na\n#bot\nb\n#end\nDONE_HOOK\n").one

    assert expected(found) == [[("contains", "a"), ("contains", "b")]]
    assert found.losses == (
        "expectation before the first message of the user",
        "another message of the bot in the same turn, expected in the one reply",
        '"DONE_HOOK" in #end',
    )


def test_convos_in_json_are_the_same() -> None:
    steps = [
        {"begin": [{"logichook": "PAUSE", "args": "500"}]},
        {"me": ["hi", "PAUSE 500"]},
        {"bot": [{"asserter": "TEXT", "args": "hello", "not": True}, {"asserter": "INTENT", "args": "greet"}]},
        {"me": "HELLO"},
        {"bot": ["HELLO"]},
    ]
    convos = {"convos": [{"name": "a", "description": "b", "steps": steps}], "utterances": {"HELLO": ["hi", "ho"]}}
    found = found_in("botium", convos).one

    assert (found.name, found.scenario.description) == ("a", "a: b")
    assert said(found) == ["hi", "hi"]
    assert expected(found) == [[("not_equals", "hello")], [("any_of", [("contains", "hi"), ("contains", "ho")])]]
    assert found.losses == ('"PAUSE" in #begin', '"PAUSE" in #me', '"INTENT" in #bot', 'another utterance of "HELLO"')


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("t\n#me\nHi\n#robot\n", 'source:4:1: section "#robot"; wanted #me, #bot, #begin or #end'),
        ("t\n#bot\nHi\n", "source:1:1: no message of a user; wanted at least one"),
        ("convos:\n- name: a\n  steps:\n  - you: [x]\n", 'source:4:5: a step of "you"; wanted me, bot, begin or end'),
        ("convos: 5\n", "source:1:1: convos is 5 in a file of convos; wanted a list"),
    ],
)
def test_what_cannot_be_read_is_a_fault(text: str, fault: str) -> None:
    assert [fault] == found_in("botium", text).faults


def test_an_utterances_file_begins_with_its_name() -> None:
    assert utterances_of("UTT_YES\nyes\n\nsure\n") == {"UTT_YES": ["yes", "sure"]}
