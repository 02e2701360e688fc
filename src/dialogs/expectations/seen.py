"""What an expectation looks at: the reply of a turn, whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialogs.chat import Usage
from dialogs.encoding import JsonObject, JsonValue
from dialogs.transcript import TurnRecord


@dataclass(frozen=True, slots=True)
class Seen:
    """The reply that a turn got. `message` is the last round's; `earlier` are the messages of the rounds before it.

    `usage` and `latency_ms` are of all rounds together, None where they are not known.
    """

    message: JsonObject
    finish_reason: str | None = None
    usage: Usage | None = None
    latency_ms: float | None = None
    earlier: tuple[JsonObject, ...] = ()

    @property
    def text(self) -> str:
        """What a user would read: the content, or the refusal in its place, or nothing beside tool calls."""
        return text_of(self.message.get("content")) or text_of(self.message.get("refusal"))

    @property
    def is_refusal(self) -> bool:
        """Whether the text is a refusal."""
        return not text_of(self.message.get("content")) and bool(text_of(self.message.get("refusal")))

    @property
    def tool_calls(self) -> tuple[JsonObject, ...]:
        """The tool calls of all rounds, in order."""
        lists = (message.get("tool_calls") for message in (*self.earlier, self.message))
        return tuple(call for calls in lists if isinstance(calls, list) for call in calls if isinstance(call, dict))


def text_of(content: JsonValue) -> str:
    """Return text as it is, and the text among content parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def seen_in(turn: TurnRecord, messages: Sequence[JsonObject]) -> Seen | None:
    """Return what a turn got, of its dialogue's messages; None where it got no reply."""
    if not turn.completions:
        return None
    *earlier, last = turn.completions
    used = [completion.usage for completion in turn.completions if completion.usage]
    waited = [completion.latency_ms for completion in turn.completions if completion.latency_ms is not None]
    return Seen(
        message=messages[last.reply],
        finish_reason=last.finish_reason,
        usage=Usage(sum(each.prompt_tokens for each in used), sum(each.completion_tokens for each in used))
        if used
        else None,
        latency_ms=sum(waited) if waited else None,
        earlier=tuple(messages[completion.reply] for completion in earlier),
    )
