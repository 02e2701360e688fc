"""The one place where an answer is checked before it is believed."""

import codecs
from typing import Final, TypeGuard

from dialogs.chat import ChatReply, Fault, Usage
from dialogs.encoding import JsonObject, JsonValue, decode
from dialogs.endpoints.faults import not_a_completion, one_line
from dialogs.record import Record, RecordError, excerpt

# Values nested deeper could be read but not be written again.
_DEEPEST: Final = 100
_HELD_BACK: Final = "content_filter"
_CUT_OFF: Final = "length"
_KNOWN: Final = frozenset(("id", "object", "created"))


class _CutOffError(RecordError):
    """A reply that reached the limit of tokens before it said anything."""


def parse_answer(
    body: bytes, *, source: str = "the endpoint", request_id: str | None = None, latency_ms: float = 0.0
) -> ChatReply | Fault:
    """Read a ChatCompletions answer: the reply, or a fault where it is not what the API promises.

    `source` names the endpoint in the fault's message. What the server added to the answer's top level or to the choice
    is kept in the reply's `extra`, and so is a usage that cannot be understood.
    """
    try:
        answer = _object(body.removeprefix(codecs.BOM_UTF8))  # which RFC 8259 lets a reader pass over
        choice = _only_choice(answer)
        usage = _usage(answer.value("usage"))
        return ChatReply(
            message=_message(choice),
            finish_reason=choice.optional_text("finish_reason"),
            served_model=answer.optional_text("model"),
            usage=usage,
            system_fingerprint=answer.optional_text("system_fingerprint"),
            request_id=request_id,
            latency_ms=latency_ms,
            body=body,
            extra=_extra(answer, choice, usage),
        )
    except RecordError as error:
        # Where the limit of tokens came before the first word, asking again would buy the same nothing.
        again = not isinstance(error, _CutOffError)
        return not_a_completion(str(error), body, source=source, request_id=request_id, retryable=again)


def _object(body: bytes) -> Record:
    start = body.lstrip()[:20].lower()
    if not start:
        raise RecordError("the answer is empty; wanted a JSON object")
    if start.startswith((b"<!doctype", b"<html", b"<head")):
        raise RecordError("the answer is HTML; wanted a JSON object")
    if start.startswith((b"data:", b"event:")):
        raise RecordError("the answer is a stream of events; wanted one JSON object")
    value = _decoded(body)
    if not isinstance(value, dict):
        raise RecordError(f"the answer is {_type_name(value)}; wanted an object")
    _check_depth(value, body)
    if value.get("error"):
        raise RecordError(f"the answer is an error: {error_text(value['error'])}")
    return Record(value)


def _decoded(body: bytes) -> JsonValue:
    try:
        return decode(body)
    except ValueError as error:
        raise RecordError(f"the answer is not JSON, or not all of it: {error}") from None


def _type_name(value: JsonValue) -> str:
    if value is None:
        return "null"
    return {bool: "true or false", str: "a text", list: "a list"}.get(type(value), "a number")


def error_text(error: JsonValue) -> str:
    """Find the words for people in what a server gives as its error."""
    match error:
        case {"message": str(text)} | str(text):
            return one_line(text)
        case _:
            return one_line(str(error))


def _check_depth(value: JsonValue, body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return
    level = [value]
    for _depth in range(_DEEPEST):
        level = [item for parent in level for item in _items(parent) if isinstance(item, dict | list)]
        if not level:
            return
    raise RecordError(f"the answer is nested more than {_DEEPEST} deep")


def _items(parent: JsonValue) -> list[JsonValue]:
    match parent:
        case dict():
            return list(parent.values())
        case list():
            return parent
        case _:
            return []


def _only_choice(answer: Record) -> Record:
    if answer.value("choices") is None:
        raise RecordError('"choices" is missing; wanted a list')
    choices = answer.records("choices")
    if len(choices) != 1:
        raise RecordError(f'"choices" holds {len(choices)}; wanted one')
    (choice,) = choices
    error = choice.data.get("error")
    if error:
        raise RecordError(f"the choice is an error: {error_text(error)}")
    return choice


def _message(choice: Record) -> JsonObject:
    if choice.value("message") is None:
        raise RecordError('"choices[0].message" is missing; wanted an object')
    message = choice.record("message")
    role = message.optional_text("role")
    if role not in {None, "assistant"}:
        raise RecordError(f'"choices[0].message.role" is {excerpt(role)}; wanted assistant')
    content, refusal = message.optional_text("content"), message.optional_text("refusal")
    has_calls = _check_tool_calls(message)
    if content is None and not (refusal or has_calls):
        _refuse_silence(message.data, choice.optional_text("finish_reason"))
    rest = {key: value for key, value in message.data.items() if key != "role"}
    return {"role": "assistant", **rest} if role is None else message.data


def _refuse_silence(message: JsonObject, finish_reason: str | None) -> None:
    if finish_reason == _HELD_BACK:
        return  # the reply has a name for why it is silent
    if finish_reason == _CUT_OFF:
        raise _CutOffError("the limit of tokens came before any content; raise max_completion_tokens (or max_tokens)")
    others = one_line(", ".join(sorted(key for key, value in message.items() if value and key != "role")))
    held = f" (it holds {others})" if others else ""
    raise RecordError(f"the message has neither content nor a refusal nor tool calls{held}")


def _check_tool_calls(message: Record) -> bool:
    calls = message.records("tool_calls")
    for call in calls:
        call.text("id")
        if call.optional_text("type") == "custom":
            part, text = call.record("custom"), "input"
        else:
            part, text = call.record("function"), "arguments"
        part.text("name")
        part.text(text)
    return bool(calls)


def _usage(value: JsonValue) -> Usage | None:
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    return Usage(prompt, completion, value) if _is_count(prompt) and _is_count(completion) else None


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _extra(answer: Record, choice: Record, usage: Usage | None) -> JsonObject:
    extra = {key: value for key, value in answer.unknown().items() if value is not None and key not in _KNOWN}
    if usage is None and (given := answer.data.get("usage")):
        extra["usage"] = given
    of_choice = {key: value for key, value in choice.unknown().items() if value is not None and key != "index"}
    return {**extra, "choice": of_choice} if of_choice else extra
