"""The lines of a batch's files: one request each on the way there, one answer each on the way back.

As the reference of OpenAI's Batch API has them ("The request input object", "The request output object").
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO, Final

from dialogs.encoding import JsonValue, decode, encode_line_utf8

MOST_REQUESTS: Final = 50_000
MOST_BYTES: Final = 200_000_000
_ID_LENGTH: Final = 48  # 64 are the most that providers take


def custom_id(identity: bytes) -> str:
    """Return the name of a request in its batch: a hash of key and place, so that it can be made anew at any time."""
    return sha256(identity).hexdigest()[:_ID_LENGTH]


def request_line(name: str, url: str, body: bytes) -> bytes:
    """Write the line of a request; `body` is the one of a request that is sent by itself."""
    return b'{"custom_id":"%b","method":"POST","url":"%b","body":%b}\n' % (name.encode(), url.encode(), body)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What became of one request: an answer with its status, or the provider's own error, as `batch_expired`."""

    custom_id: str
    status: int | None = None
    request_id: str | None = None
    body: bytes = field(default=b"", repr=False)
    code: str | None = None
    message: str | None = None


def answer_lines(file: BinaryIO) -> Iterator[AnswerLine]:
    """Read an output or error file; lines that are none are passed over, as their requests will be found unanswered."""
    file.seek(0)
    for data in file:
        answer = _answer(data)
        if answer is not None:
            yield answer


def _answer(data: bytes) -> AnswerLine | None:
    try:
        line = decode(data)
    except ValueError:
        return None
    match line:
        case {"custom_id": str(name), "response": {"status_code": int(status), "body": body, **response}}:
            return AnswerLine(name, status, _text(response.get("request_id")), _encoded(body))
        case {"custom_id": str(name), "error": {**error}}:
            return AnswerLine(name, code=_text(error.get("code")), message=_text(error.get("message")))
        case _:
            return None


def _encoded(body: JsonValue) -> bytes:
    if isinstance(body, str):  # what was no JSON
        return body.encode(errors="replace")
    return b"" if body is None else bytes(memoryview(encode_line_utf8(body)))  # a copy, as of messages: it is small


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
