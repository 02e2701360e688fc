"""Forks against a talk that was never forked: whatever the replies are, they say and record the same."""

import random

import pytest

from builders import PLACE, dialogue, reply
from dialogs.chat import ChatReply
from dialogs.encoding import JsonObject
from dialogs.scenario import Capture, Expectation, ScriptedExchange, ToolAnswer, ToolRule, UserTurn
from dialogs.talk import Talk

CALL: JsonObject = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
TALK = dialogue(
    UserTurn("One", PLACE, captures=(Capture("x", PLACE, regex=r"\d+"),)),
    "Two {{ x }}",
    ScriptedExchange("And {{ x }}?", "Yes.", PLACE),
    "Three",
    templated=True,
    tool_results={"look_up": (ToolRule(PLACE, (ToolAnswer("first"), ToolAnswer("later"))),)},
    expect=(Expectation("contains", "1", PLACE), Expectation("rubric", "Is polite.", PLACE)),
)


def replies(chance: random.Random) -> list[ChatReply]:
    calls = reply(None, "tool_calls", tool_calls=[CALL])
    return [calls if chance.random() < 0.4 else reply(str(chance.randrange(100))) for _ in range(30)]


def state(talk: Talk) -> tuple[object, ...]:
    return talk.history.sha256, talk.turns, talk.captures, talk.unjudged, talk.fault, talk.turn, talk.is_in_turn


def carried(talk: Talk, answers: list[ChatReply]) -> Talk:
    """Take one answer after the other, until the talk is over."""
    for answer in answers:
        if talk.next_request() is None:
            break
        talk.take(answer)
    talk.next_request()
    return talk


@pytest.mark.parametrize("seed", range(20))
def test_forks_go_on_as_the_talk_does_and_do_not_touch_it(seed: int) -> None:
    answers = replies(random.Random(seed))  # noqa: S311 - a test's replies
    plain, forked = carried(Talk(TALK, "m"), answers), Talk(TALK, "m")
    forks: list[Talk] = []
    for answer in answers:
        if forked.next_request() is None:
            break
        forks.append(forked.fork())
        carried(forked.fork(), [reply("99")] * 9)  # goes another way
        forked.take(answer)

    for number, fork in enumerate(forks):
        assert state(carried(fork, answers[number:])) == state(plain)


def test_talks_with_other_replies_are_not_the_same() -> None:
    one, other = (carried(Talk(TALK, "m"), [reply(text)] * 9) for text in ("1", "2"))

    assert state(one) != state(other)
