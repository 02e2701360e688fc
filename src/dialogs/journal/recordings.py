"""Recordings: completions as a journal or cassette keeps them, request and answer."""

from dataclasses import dataclass
from typing import Final, cast, get_args

from dialogs.chat import Arm, ChatReply, ChatRequest, CompletionPlace
from dialogs.encoding import JsonObject, canonical, decode
from dialogs.journal.lines import FIELDS
from dialogs.journal.records import COMPLETION, body_record, fields, identity, read_body
from dialogs.record import Record, RecordError
from dialogs.transcript import read_usage

_IDENTITY_STARTS: Final = FIELDS + len(COMPLETION)
_REQUEST: Final = b',"request":'
_KEY: Final = slice(_IDENTITY_STARTS + len('"key":"'), _IDENTITY_STARTS + len('"key":"') + 64)
_PLACE_STARTS: Final = _KEY.stop + len('","place":')
_DIALOGUE_STARTS: Final = _PLACE_STARTS + len('{"dialogue":')
_TURN: Final = b',"turn":'


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request in compact form.

    `messages` are those from index `first` on, of `length` in all; those before stand in the recordings of the same
    dialogue's earlier turns.
    """

    history_sha256: str
    model: str
    params: JsonObject
    extra_body: JsonObject
    length: int
    first: int
    messages: tuple[JsonObject, ...]
    tools_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One completion that was kept. `reply` holds the answer's own fields; where `body` is empty, all there is."""

    key: str
    place: CompletionPlace
    request: RecordedRequest
    reply: ChatReply
    at: str | None = None

    @classmethod
    def from_line(cls, line: bytes) -> "Recording":
        """Read the line of a completion.

        Raises:
            RecordError: a field is missing or of the wrong type.
        """
        record = Record(decode(line))
        return cls(
            key=record.text("key"),
            place=read_place(record.record("place")),
            request=_read_request(record.record("request")),
            reply=_read_reply(record),
            at=record.optional_text("at"),
        )


def recording_fields(key: str, request: ChatRequest, first: int, reply: ChatReply, at: str) -> bytes:
    """Write a completion's fields, with the request's messages from index `first` on."""
    kept: JsonObject = {
        "answer": body_record(reply.body) if reply.body else _reply_record(reply),
        "attempts": reply.attempts,
        "latency_ms": reply.latency_ms,
        "request_id": reply.request_id,
        "extra": reply.extra or None,
        "at": at,
    }
    sent = _request(request, first)
    return b"%b%b%b%b,%b" % (COMPLETION, identity(key, request.place), _REQUEST, sent, fields(kept))


def _request(request: ChatRequest, first: int) -> bytes:
    tools: JsonObject = {"tools_sha256": request.tools_sha256} if request.tools else {}
    shape: JsonObject = {
        "history_sha256": request.history_sha256,
        "model": request.model,
        "params": request.params,
        "extra_body": request.extra_body,
        **tools,
        "length": len(request.messages),
        "first": first,
    }
    messages = b",".join(message.hashed for message in request.messages[first:])
    return b'{%b,"messages":[%b]}' % (canonical(shape)[1:-1], messages)


def _reply_record(reply: ChatReply) -> JsonObject:
    return {
        "message": reply.message,
        "finish_reason": reply.finish_reason,
        "served_model": reply.served_model,
        "usage": reply.usage.data if reply.usage else None,
        "system_fingerprint": reply.system_fingerprint,
    }


def identity_in(line: bytes) -> bytes:
    """Return the bytes that name key and place in the line of a completion."""
    return line[_IDENTITY_STARTS : line.index(_REQUEST, _IDENTITY_STARTS)]


def place_bytes_in(line: bytes) -> bytes:
    """Return the bytes that name the place in the line of a completion."""
    return line[_PLACE_STARTS : line.index(_REQUEST, _PLACE_STARTS)]


def place_in(line: bytes) -> CompletionPlace:
    """Return the place from the line of a completion, without reading the rest of it."""
    return read_place(Record(decode(place_bytes_in(line)), "place"))


def key_and_dialogue_in(line: bytes) -> tuple[bytes, str]:
    """Return the key, and the dialogue's name, from the line of a completion."""
    key = line[_KEY]
    end = line.index(_TURN, _KEY.stop)
    return key, str(decode(line[_DIALOGUE_STARTS:end]))


def is_completion(line: bytes) -> bool:
    """Say whether a whole line is a completion's."""
    return line.startswith(COMPLETION, FIELDS)


def read_place(record: Record) -> CompletionPlace:
    """Read a place's JSON object."""
    arm = record.text("arm")
    if arm not in get_args(Arm):
        raise RecordError(f'"arm" is "{arm}"; wanted one of {", ".join(get_args(Arm))}')
    return CompletionPlace(
        dialogue=record.text("dialogue"),
        turn=record.integer("turn"),
        round=record.integer("round", 1),
        arm=cast("Arm", arm),
        resample=record.integer("resample", 0),
    )


def _read_request(record: Record) -> RecordedRequest:
    return RecordedRequest(
        history_sha256=record.text("history_sha256"),
        model=record.text("model"),
        params=record.mapping("params"),
        extra_body=record.mapping("extra_body"),
        length=record.integer("length"),
        first=record.integer("first"),
        messages=tuple(message.data for message in record.records("messages")),
        tools_sha256=record.optional_text("tools_sha256"),
    )


def _read_reply(record: Record) -> ChatReply:
    answer = record.record("answer")
    return ChatReply(
        message=answer.mapping("message"),
        finish_reason=answer.optional_text("finish_reason"),
        served_model=answer.optional_text("served_model"),
        usage=None if answer.value("usage") is None else read_usage(answer.record("usage")),
        system_fingerprint=answer.optional_text("system_fingerprint"),
        request_id=record.optional_text("request_id"),
        latency_ms=record.number("latency_ms", 0),
        attempts=record.integer("attempts", 1),
        source="journal",
        body=read_body(answer),
        extra=record.mapping("extra"),
    )
