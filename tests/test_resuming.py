from dataclasses import replace
from typing import Any

import pytest

from builders import PLACE, dialogue, in_turn, play, reply
from dialogs.chat import ChatReply
from dialogs.encoding import JsonObject
from dialogs.errors import WrongUseError
from dialogs.resuming import is_of, stands_for
from dialogs.scenario import Capture, Dialogue, Expectation, Media, MediaPart, ToolAnswer, ToolRule, UserTurn
from dialogs.transcript import Transcript

CALL: JsonObject = {"id": "1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}
TOOL: JsonObject = {"type": "function", "function": {"name": "lookup"}}
PICTURE = (MediaPart("image", Media("lamp.png", "image/png", b"png")),)


def talk(**changes: Any) -> Dialogue:  # noqa: ANN401 - a scenario's fields
    """Make a dialogue with all that a script may hold."""
    turn = UserTurn("One {{ shop }}", PLACE, captures=(Capture("x", PLACE, regex=r"\d"),), params={"seed": 1})
    fields: dict[str, Any] = {
        "templated": True,
        "variables": {"shop": "Acme", "token": "0123456789"},
        "secret_variables": {"token": "TOKEN"},
        "tools": (TOOL,),
        "tool_results": {"lookup": (ToolRule(PLACE, (ToolAnswer("found"),)),)},
        "expect": (Expectation("contains", "1", PLACE),),
        **changes,
    }
    return dialogue(turn, UserTurn(PICTURE, PLACE), "{{ x }} {{ token }}", **fields)


def replies() -> list[str | ChatReply]:
    return [reply(None, "tool_calls", tool_calls=[CALL]), "1", "2", "31"]


def played(*, inline_media: bool = False) -> Transcript:
    return play(talk(), in_turn(*replies()), inline_media=inline_media)[0]


@pytest.mark.parametrize("inline_media", [False, True])
def test_a_transcript_is_of_the_dialogue_that_it_came_from(inline_media: bool) -> None:  # noqa: FBT001
    assert is_of(played(inline_media=inline_media), talk())


@pytest.mark.parametrize(
    "changed",
    [
        talk(variables={"shop": "Globex", "token": "0123456789"}),
        talk(system="Be brief."),
        talk(tools=()),
        talk(tools=({**TOOL, "strict": True},)),
        talk(tool_results={"lookup": (ToolRule(PLACE, (ToolAnswer("lost"),)),)}),
        talk(tool_results={}),
        talk(expect=()),
        talk(expect=(Expectation("contains", "3", PLACE),)),
        talk(send_back=("note",)),
        replace(talk(), params={"seed": 3}),
        dialogue("One Acme"),
    ],
)
def test_a_transcript_is_not_of_a_dialogue_that_is_written_otherwise(changed: Dialogue) -> None:
    assert not is_of(played(), changed)


def test_a_secret_s_value_is_no_part_of_a_dialogue() -> None:
    assert is_of(played(), talk(variables={"shop": "Acme", "token": "another"}))


def test_a_transcript_with_other_replies_in_it_is_not_of_the_dialogue() -> None:
    whole = played()
    torn = replace(whole, messages=whole.messages[:3])
    longer = replace(whole, messages=(*whole.messages, {"role": "user", "content": "More"}))

    assert not is_of(torn, talk())
    assert not is_of(longer, talk())


def test_only_what_was_played_on_the_same_endpoint_stands_for_its_dialogue() -> None:
    whole = played()

    assert stands_for(whole, talk(), {"scripted": "scripted:scripted"})
    assert not stands_for(whole, talk(system="Be brief."), {"scripted": "elsewhere"})
    with pytest.raises(WrongUseError, match="was played on scripted:scripted"):
        stands_for(whole, talk(), {"scripted": "elsewhere"})
