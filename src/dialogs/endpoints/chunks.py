"""The chunks of a streamed completion, put together to the answer that the server would have given in one piece.

Chunks are as in https://platform.openai.com/docs/api-reference/chat/streaming, and as servers of its kind send them.
"""

from itertools import chain
from typing import Final, TypeAlias

from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.endpoints.answers import error_text
from dialogs.endpoints.events import ERROR, Event
from dialogs.endpoints.faults import one_line
from dialogs.record import Record, RecordError, excerpt

# Random characters that hide how long a chunk's text is.
_PADDING: Final = "obfuscation"

_Pieces: TypeAlias = dict[str, list[JsonValue]]


class Assembly:
    """A completion in the making."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._fields: dict[str, JsonValue] = {}
        self._choices: dict[int, _Choice] = {}

    def add(self, event: Event) -> bool:
        """Take in a chunk, and say whether it holds a part of the reply (and not only of what is said about it).

        Raises:
            RecordError: it is an error, or no chunk.
        """
        chunk = _chunk(event)
        parts = [self._choice(choice).add(choice) for choice in chunk.records("choices")]
        self._fields.update(_known(chunk.unknown()))
        return any(parts)

    def _choice(self, choice: Record) -> "_Choice":
        return self._choices.setdefault(choice.integer("index", 0), _Choice())

    def completion(self) -> bytes:
        """Return the body of the whole answer.

        Raises:
            RecordError: the stream has ended before the reply did.
        """
        choices = [{"index": index, **choice.record()} for index, choice in sorted(self._choices.items())]
        if not all(choice["finish_reason"] for choice in choices) or not choices:
            raise RecordError("the stream ended before the reply did: no finish_reason came")
        fields = {key: value for key, value in self._fields.items() if key not in {_PADDING, "object"}}
        return encode_line({**fields, "object": "chat.completion", "choices": choices}).encode()


def _chunk(event: Event) -> Record:
    try:
        value = decode(event.data)
    except ValueError as error:
        if event.name == ERROR:
            raise RecordError(f"the answer is an error: {one_line(event.data.decode(errors='replace'))}") from None
        raise RecordError(f"an event of the stream is not JSON, or not all of it: {error}") from None
    if event.name == ERROR:
        raise RecordError(f"the answer is an error: {error_text(_error_in(value) or value)}")
    if not isinstance(value, dict):
        raise RecordError(f"an event of the stream is {excerpt(value)}; wanted an object")
    _refuse_error(value)
    return Record(value)


def _error_in(value: JsonValue) -> JsonValue:
    return value.get("error") if isinstance(value, dict) else None


def _refuse_error(value: JsonObject) -> None:
    if value.get("error"):
        raise RecordError(f"the answer is an error: {error_text(value['error'])}")


def _known(fields: JsonObject) -> JsonObject:
    return {key: value for key, value in fields.items() if value is not None}


class _Choice:
    """One choice: its message piece by piece, and what stands beside it."""

    def __init__(self) -> None:
        self._message: _Pieces = {}
        self._calls: dict[int, _Call] = {}
        self._logprobs: _Pieces = {}
        self._rest: dict[str, JsonValue] = {}
        self._finish_reason: str | None = None

    def add(self, choice: Record) -> bool:
        _refuse_error(choice.data)
        delta = choice.record("delta")
        for key in ("role", "content", "refusal"):  # what is no text here must not be lost in putting texts together
            delta.optional_text(key)
        for call in delta.records("tool_calls"):
            self._call(call).add(call)
        _gather(self._message, delta.data, leaving_out="tool_calls")
        _gather(self._logprobs, choice.mapping("logprobs"))
        self._finish_reason = choice.optional_text("finish_reason") or self._finish_reason
        self._rest.update(_known(choice.unknown()))
        return any(value for key, value in delta.data.items() if key != "role")

    def _call(self, call: Record) -> "_Call":
        """Find the call that a piece belongs to; without an index, one with an id of its own begins another."""
        last = max(self._calls, default=-1)
        begins = last < 0 or self._calls[last].is_another(call.optional_text("id"))
        return self._calls.setdefault(call.integer("index", last + begins), _Call())

    def record(self) -> dict[str, JsonValue]:
        logprobs: JsonObject = {"logprobs": _joined_all(self._logprobs)} if self._logprobs else {}
        return {**self._rest, "message": self._whole_message(), **logprobs, "finish_reason": self._finish_reason}

    def _whole_message(self) -> JsonObject:
        message = _joined_all(self._message)
        calls = [self._calls[index].record() for index in sorted(self._calls)]
        content = message.get("content")
        if "content" in message and not content:
            # Streams begin with an empty text, or with null, before it is known whether there will be one.
            content = None if calls or message.get("refusal") else ""
        role = _first(self._message.get("role", [])) or "assistant"
        whole: JsonObject = {**message, "role": role, "content": content}
        ordered = {key: whole[key] for key in ("role", "content", *message)}
        return {**ordered, "tool_calls": calls} if calls else ordered


class _Call:
    """One tool call: `function` or `custom` piece by piece, and what names it."""

    def __init__(self) -> None:
        self._pieces: _Pieces = {}
        self._parts: dict[str, _Pieces] = {}

    def add(self, call: Record) -> None:
        parts = {name: call.mapping(name) for name in ("function", "custom") if call.value(name) is not None}
        for name, fields in parts.items():
            for key in ("name", "arguments", "input"):
                Record(fields, f"tool_calls.{name}").optional_text(key)
            _gather(self._parts.setdefault(name, {}), fields)
        _gather(self._pieces, {key: value for key, value in call.data.items() if key not in {"index", *parts}})

    def is_another(self, call_id: str | None) -> bool:
        """Say whether a piece with this id belongs to another call."""
        return bool(call_id) and call_id != _first(self._pieces.get("id", []))

    def record(self) -> JsonObject:
        named = {key: _first(values) for key, values in self._pieces.items()}
        return {**named, **{name: _whole_part(pieces) for name, pieces in self._parts.items()}}


def _whole_part(pieces: _Pieces) -> JsonObject:
    # Some servers repeat the name with each piece.
    return {**_joined_all(pieces), "name": _joined(list(dict.fromkeys(pieces.get("name", []))))}


def _gather(pieces: _Pieces, fields: JsonObject, *, leaving_out: str = "") -> None:
    for key, value in fields.items():
        if key != leaving_out:
            known = pieces.setdefault(key, [])
            if value is not None:
                known.append(value)


def _joined_all(pieces: _Pieces) -> dict[str, JsonValue]:
    return {key: _joined(values) for key, values in pieces.items()}


def _joined(values: list[JsonValue]) -> JsonValue:
    """Put texts and lists together; of other values the last one counts."""
    texts = [value for value in values if isinstance(value, str)]
    lists = [value for value in values if isinstance(value, list)]
    if values and len(texts) == len(values):
        return "".join(texts)
    if values and len(lists) == len(values):
        return list(chain.from_iterable(lists))
    return values[-1] if values else None


def _first(values: list[JsonValue]) -> JsonValue:
    return next((value for value in values if value), None)
