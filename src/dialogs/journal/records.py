"""The records of a journal that are no completions, and what all records have in common.

Key and place stand first and always in the same form, so that a reader finds a completion's identity in the raw line
without parsing it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.chat import CompletionPlace, Fault
from dialogs.encoding import JsonObject, canonical
from dialogs.journal.lines import FIELDS, to_ascii
from dialogs.record import Record

RUN: Final = b'"kind":"run",'
SENT: Final = b'"kind":"sent",'
FAILED: Final = b'"kind":"failed",'
COMPLETION: Final = b'"kind":"completion",'
BATCH: Final = b'"kind":"batch",'
_ATTEMPT: Final = b',"attempt":'
_IN_BATCH: Final = b',"batch":'
_KEPT_BODY: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class EndpointIdentity:
    """What a model's name stood for: the endpoint's identity, and the model's name on the wire."""

    identity: str
    model: str


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run began, or went on: its endpoints by model name, what `-m` chose, and the process that writes.

    A cassette keeps the endpoints only.
    """

    endpoints: Mapping[str, EndpointIdentity]
    chosen: tuple[str, ...] = ()
    pid: int | None = None
    host: str | None = None
    started_at: str | None = None

    def fields(self) -> bytes:
        """Write the record's fields."""
        endpoints = {
            name: {"identity": endpoint.identity, "model": endpoint.model}
            for name, endpoint in sorted(self.endpoints.items())
        }
        record: JsonObject = {
            "endpoints": endpoints,
            "chosen": self.chosen or None,
            "pid": self.pid,
            "host": self.host,
            "started_at": self.started_at,
        }
        return RUN + fields(record)

    @classmethod
    def from_record(cls, record: Record) -> "RunStart":
        """Read a record of the kind `run`."""
        endpoints = record.record("endpoints")
        return cls(
            endpoints={name: _read_endpoint(endpoints.record(name)) for name in endpoints.data},
            chosen=tuple(str(name) for name in record.items("chosen")),
            pid=None if record.value("pid") is None else record.integer("pid"),
            host=record.optional_text("host"),
            started_at=record.optional_text("started_at"),
        )


def _read_endpoint(record: Record) -> EndpointIdentity:
    return EndpointIdentity(record.text("identity"), record.text("model"))


def sent_fields(key: str, place: CompletionPlace, attempt: int, batch: int | None = None) -> bytes:
    """Write that a request is about to be sent, by itself or in a batch."""
    sent = SENT + identity(key, place) + b"%b%d" % (_ATTEMPT, attempt)
    return sent if batch is None else sent + b"%b%d" % (_IN_BATCH, batch)


def identity_of_attempt(line: bytes, kind: bytes) -> bytes:
    """Return the bytes that name key and place in the line of a request that was sent or has failed."""
    start = FIELDS + len(kind)
    return line[start : line.index(_ATTEMPT, start)]


def batch_in(line: bytes) -> int | None:
    """Return the number of the batch that a `sent` record names; None for a request that went by itself."""
    _before, mark, rest = line.rpartition(_IN_BATCH)
    return int(rest.partition(b"}")[0]) if mark else None


def failed_fields(key: str, place: CompletionPlace, attempt: int, fault: Fault) -> bytes:
    """Write that a request brought no completion; what a billed one brought instead is kept, up to 64 KiB."""
    record: JsonObject = {
        "fault": fault.kind.value,
        "billing": fault.billing.value,
        "message": fault.message,
        "status": fault.status,
        "request_id": fault.request_id,
        **(body_record(fault.body[:_KEPT_BODY]) if fault.body else {}),
    }
    return FAILED + identity(key, place) + b"%b%d," % (_ATTEMPT, attempt) + fields(record)


def identity(key: str, place: CompletionPlace) -> bytes:
    """Write key and place, as they stand in the line of any record that has them."""
    where = (key.encode(), canonical(place.dialogue), place.turn, place.round, place.arm.encode(), place.resample)
    return to_ascii(b'"key":"%b","place":{"dialogue":%b,"turn":%d,"round":%d,"arm":"%b","resample":%d}' % where)


def fields(record: JsonObject) -> bytes:
    """Write the fields that are not None, without braces."""
    known = {key: value for key, value in record.items() if value is not None}
    return canonical(known)[1:-1]


def body_record(body: bytes) -> JsonObject:
    """Return a body as text, or in base64 where it is no UTF-8."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def read_body(record: Record) -> bytes:
    """Read what `body_record` made; nothing where there is no body."""
    encoded = record.optional_text("body_base64")
    return base64.b64decode(encoded) if encoded is not None else (record.optional_text("body") or "").encode()
