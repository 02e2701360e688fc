from collections.abc import Iterator
from dataclasses import replace

import pytest

from builders import PLACE, dialogue, in_turn, play, reply
from dialogs.chat import message_from_record
from dialogs.encoding import JsonObject, decode, encode_line
from dialogs.scenario import Instruction, ScriptedExchange
from dialogs.transcript import Transcript
from dialogs.verifying import histories, verify

CALL: JsonObject = {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}


def transcript() -> Transcript:
    """Play a small dialogue with all that a history may hold."""
    talk = dialogue(
        "Hi é",
        ScriptedExchange("Open?", "Till 8", PLACE),
        Instruction("developer", "Rhyme", PLACE),
        "Why",
        "Bye",
        system="Be brief",
        send_back=("note",),
    )
    replies = in_turn(reply("Ho \ud800", note="n", reasoning_content="hm"), reply(None, refusal="No"), "End")
    return play(talk, replies)[0]


def with_message(played: Transcript, index: int, message: JsonObject) -> Transcript:
    return replace(played, messages=(*played.messages[:index], message, *played.messages[index + 1 :]))


def changes(message: JsonObject) -> Iterator[JsonObject]:
    """Give the message with one character changed, for each of its characters that is sent."""
    text = encode_line(message)
    for position, character in enumerate(text):
        changed = text[:position] + ("x" if character != "x" else "y") + text[position + 1 :]
        try:
            decoded = decode(changed)
        except ValueError:  # no JSON any more: the file is unreadable then
            continue
        if isinstance(decoded, dict) and sent(decoded) != sent(message):
            yield decoded


def sent(message: JsonObject) -> bytes:
    return message_from_record(message, ("note",)).encoded


def test_a_transcript_as_it_was_played_is_right() -> None:
    assert (verify(transcript()), histories(transcript())) == (None, 3)


def test_a_transcript_is_right_when_it_was_written_and_read() -> None:
    line = encode_line(transcript().record(stable=True))

    assert verify(Transcript.from_record(decode(line))) is None


@pytest.mark.parametrize("index", range(8))
def test_any_changed_character_of_what_was_sent_is_found(index: int) -> None:
    played = transcript()
    message = played.messages[index]
    found = [verify(with_message(played, index, changed)) for changed in changes(message)]

    assert len(found) >= len(str(message["content"]))
    assert None not in found


@pytest.mark.parametrize(
    ("index", "place"),
    [
        (0, "turn 1: messages 1 to 2 are not"),
        (1, "turn 1: messages 1 to 2 are not"),
        (2, "turn 3: messages 3 to 7 are not"),
        (6, "turn 3: messages 3 to 7 are not"),
        (7, "turn 4: messages 8 to 9 are not"),
    ],
)
def test_the_turn_and_the_messages_in_doubt_are_named(index: int, place: str) -> None:
    played = transcript()
    changed = with_message(played, index, {**played.messages[index], "content": "other"})

    assert str(verify(changed)).startswith(f"{place} what was sent before the reply: history_sha256 is ")


def test_what_was_not_sent_back_may_change() -> None:
    played = transcript()

    assert verify(with_message(played, 2, {**played.messages[2], "reasoning_content": "other"})) is None
    assert verify(with_message(played, 9, {"role": "assistant", "content": "other"})) is None


@pytest.mark.parametrize("cut", [1, 3, 8])
def test_a_message_that_is_missing_is_found(cut: int) -> None:
    played = transcript()

    assert verify(replace(played, messages=(*played.messages[:cut], *played.messages[cut + 1 :]))) is not None


def test_a_missing_last_reply_is_found() -> None:
    played = transcript()
    cut = replace(played, messages=played.messages[:-1])

    assert str(verify(cut)) == "turn 4: message 10 is not the reply that the turn records"


def test_two_messages_that_changed_places_are_found() -> None:
    played = transcript()
    first, second, *rest = played.messages

    assert verify(replace(played, messages=(second, first, *rest))) is not None


def test_a_reply_with_tool_calls_is_vouched_for() -> None:
    talk = dialogue("Look", "Then?")
    played, _requests = play(talk, in_turn(reply(None, tool_calls=[CALL]), "End"))

    assert verify(played) is None
