"""Messages in the form that OpenTelemetry's conventions for generative AI give them: a role, and parts with a type."""

from collections.abc import Iterator, Mapping, Sequence

from dialogs.chat import ChatReply
from dialogs.encoding import JsonObject, JsonValue
from dialogs.media import described
from dialogs.tool_calling import tool_calls

_INSTRUCTING = ("system", "developer")


def system_instructions(messages: Sequence[JsonObject]) -> list[JsonValue]:
    """Return the parts of the system prompt."""
    return [part for message in messages if message.get("role") in _INSTRUCTING for part in _parts(message)]


def input_messages(messages: Sequence[JsonObject]) -> list[JsonValue]:
    """Return what was said so far, but for the system prompt."""
    return [_message(message) for message in messages if message.get("role") not in _INSTRUCTING]


def output_messages(reply: ChatReply) -> list[JsonValue]:
    """Return the reply."""
    return [{**_message(reply.message), "finish_reason": reply.finish_reason or "stop"}]


def _message(message: JsonObject) -> JsonObject:
    return {"role": message.get("role") or "assistant", "parts": list(_parts(message))}


def _parts(message: JsonObject) -> Iterator[JsonObject]:
    content = message.get("content")
    if message.get("role") == "tool":
        yield {"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}
        return
    for part in [content] if isinstance(content, str) else content if isinstance(content, list | tuple) else []:
        text = part if isinstance(part, str) else _text(part)
        yield {"type": "text", "content": text}
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        yield {"type": "text", "content": refusal}
    for call in tool_calls(message):
        yield {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}


def _text(part: JsonValue) -> str:
    """Return the text of a content part; of media, what describes them."""
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else described(part) or ""
