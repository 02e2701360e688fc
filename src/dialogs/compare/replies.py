"""What is compared of a reply: its text, its refusal, its tool calls as structures, and why it ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from dialogs.encoding import JsonObject, JsonValue, canonical, decode, encode_line
from dialogs.media import content_text
from dialogs.model_text import ModelText
from dialogs.transcript import ArmRecord, Transcript, TurnRecord

_JSON_KINDS: Final = frozenset({"json", "json_schema", "json_path"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call by name and arguments; arguments that are JSON are in canonical form. Its id is not compared."""

    name: ModelText
    arguments: ModelText


@dataclass(frozen=True, slots=True)
class Reply:
    """What is compared of a reply; to the letter, two replies are the same where they are equal.

    `is_json` says that its text was wanted as JSON, by its request or by an expectation.
    """

    content: ModelText | None = None
    refusal: ModelText | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    is_json: bool = field(default=False, compare=False)


Replies: TypeAlias = tuple[Reply, ...]


def live_replies(transcript: Transcript, turn: TurnRecord) -> Replies:
    """Return the replies of a turn, one a round; none where it failed."""
    return replies_of(turn.completions, transcript.messages, is_json=_wants_json(transcript, turn))


def arm_replies(transcript: Transcript, turn: TurnRecord, arm: ArmRecord) -> Replies:
    """Return the replies of one more asking of a turn; none where it failed."""
    return () if arm.error else replies_of(arm.completions, arm.messages, is_json=_wants_json(transcript, turn))


class _Completion(Protocol):
    @property
    def reply(self) -> int: ...

    @property
    def finish_reason(self) -> str | None: ...


def replies_of(completions: Iterable[_Completion], messages: Sequence[JsonObject], *, is_json: bool) -> Replies:
    """Return what is compared of completions, whose messages are among `messages`."""
    return tuple(
        [
            _reply(messages[completion.reply], completion.finish_reason, is_json=is_json)
            for completion in completions
            if 0 <= completion.reply < len(messages)
        ]
    )


def _wants_json(transcript: Transcript, turn: TurnRecord) -> bool:
    return wants_json(turn.params, transcript.params, (expectation.kind for expectation in turn.expectations))


def wants_json(turn_params: JsonObject, params: JsonObject, expectations: Iterable[str]) -> bool:
    """Say whether a turn's text was wanted as JSON, by its parameters or by the kind of an expectation."""
    wanted = turn_params.get("response_format", params.get("response_format"))
    if wanted is not None and isinstance(wanted, Mapping) and wanted.get("type") in {"json_object", "json_schema"}:
        return True
    return not _JSON_KINDS.isdisjoint(expectations)


def _reply(message: JsonObject, finish_reason: str | None, *, is_json: bool) -> Reply:
    calls = message.get("tool_calls")
    return Reply(
        content=text_of(message.get("content")),
        refusal=text_of(message.get("refusal")),
        tool_calls=tuple(map(tool_call, calls)) if calls and isinstance(calls, list | tuple) else (),
        finish_reason=finish_reason,
        is_json=is_json,
    )


def text_of(value: JsonValue) -> ModelText | None:
    """Return text as it is, content parts as people read them, anything else as JSON, and nothing for null."""
    if value is None or isinstance(value, str):
        return None if value is None else ModelText(value)
    return ModelText(content_text(value) or encode_line(value))


def tool_call(call: JsonValue) -> ToolCall:
    """Take from a call what is compared."""
    function = call.get("function") if isinstance(call, Mapping) else None
    if isinstance(function, Mapping):
        return ToolCall(ModelText(str(function.get("name"))), _arguments(function.get("arguments")))
    rest = {key: value for key, value in call.items() if key != "id"} if isinstance(call, Mapping) else call
    return ToolCall(ModelText(""), ModelText(canonical(rest).decode()))


def _arguments(value: JsonValue) -> ModelText:
    try:
        parsed = decode(value) if isinstance(value, str) else value
        return ModelText(canonical(parsed).decode())
    except (ValueError, RecursionError):  # a model may write what is no JSON, or no end of it; it is compared as text
        return ModelText(str(value))
