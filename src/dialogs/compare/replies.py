"""What is compared of a reply: its text, its refusal, its tool calls as structures, and why it ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.encoding import JsonObject, JsonValue, canonical, decode, encode_line
from dialogs.model_text import ModelText
from dialogs.transcript import Transcript, TurnRecord


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call by name and arguments; arguments that are JSON are in canonical form. Its id is not compared."""

    name: ModelText
    arguments: ModelText


@dataclass(frozen=True, slots=True)
class Reply:
    """What is compared of a reply; two replies are the same where they are equal."""

    content: ModelText | None = None
    refusal: ModelText | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None


def replies_by_turn(transcript: Transcript) -> dict[int, tuple[Reply, ...]]:
    """Return the replies of each turn that was asked; none where it failed."""
    return {turn.turn: _replies(transcript, turn) for turn in transcript.turns}


def users_by_turn(transcript: Transcript) -> dict[int, ModelText | None]:
    """Return what the user says in each turn, whether it was asked or scripted."""
    users = (message for message in transcript.messages if message.get("role") == "user")
    return {turn: text_of(message.get("content")) for turn, message in enumerate(users, 1)}


def _replies(transcript: Transcript, turn: TurnRecord) -> tuple[Reply, ...]:
    return tuple(
        _reply(transcript.messages[completion.reply], completion.finish_reason)
        for completion in turn.completions
        if 0 <= completion.reply < len(transcript.messages)
    )


def _reply(message: JsonObject, finish_reason: str | None) -> Reply:
    calls = message.get("tool_calls")
    return Reply(
        content=text_of(message.get("content")),
        refusal=text_of(message.get("refusal")),
        tool_calls=tuple(_tool_call(call) for call in calls) if isinstance(calls, list | tuple) else (),
        finish_reason=finish_reason,
    )


def text_of(value: JsonValue) -> ModelText | None:
    """Return text as it is, anything else as JSON, and nothing for null."""
    if value is None:
        return None
    return ModelText(value if isinstance(value, str) else encode_line(value))


def _tool_call(call: JsonValue) -> ToolCall:
    function = call.get("function") if isinstance(call, Mapping) else None
    if isinstance(function, Mapping):
        return ToolCall(ModelText(str(function.get("name"))), _arguments(function.get("arguments")))
    rest = {key: value for key, value in call.items() if key != "id"} if isinstance(call, Mapping) else call
    return ToolCall(ModelText(""), ModelText(canonical(rest).decode()))


def _arguments(value: JsonValue) -> ModelText:
    try:
        parsed = decode(value) if isinstance(value, str) else value
    except ValueError:  # a model may write what is no JSON; it is compared as text
        return ModelText(str(value))
    return ModelText(canonical(parsed).decode())
