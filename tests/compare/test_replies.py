import pytest

from builders import dialogue, in_turn, play, reply
from dialogs.compare.replies import ToolCall, live_replies
from dialogs.encoding import JsonObject, JsonValue
from dialogs.model_text import ModelText


def call(arguments: JsonValue, name: str = "look_up", identifier: str = "call_1") -> JsonObject:
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(*tool_calls: JsonValue) -> tuple[ToolCall, ...]:
    played, _ = play(dialogue("one"), in_turn(reply(None, "tool_calls", tool_calls=list(tool_calls))))
    (found,) = live_replies(played, played.turns[0])
    return found.tool_calls


@pytest.mark.parametrize("arguments", ['{"b": [1, 2], "a": "x"}', '{"a":"x","b":[1,2]}', {"b": [1, 2], "a": "x"}])
def test_tool_calls_are_equal_as_structures_whatever_their_ids_and_the_form_of_their_json(arguments: JsonValue) -> None:
    assert calls(call(arguments, identifier="call_9")) == calls(call('{"a":"x","b":[1,2]}'))


@pytest.mark.parametrize(
    "other",
    [call('{"a":1.5}'), call("{}"), call('{"a":1}', name="other"), {"type": "custom", "custom": {"input": "x"}}],
)
def test_tool_calls_with_other_names_or_arguments_differ(other: JsonObject) -> None:
    assert calls(other) != calls(call('{"a":1}'))


def test_arguments_that_are_no_json_are_compared_as_text() -> None:
    assert calls(call('{"a": '))[0].arguments == ModelText('{"a": ')


def test_a_failed_turn_has_no_replies() -> None:
    played, _ = play(dialogue("one"), in_turn(reply("held back", "content_filter")))

    assert live_replies(played, played.turns[0]) == ()
