"""What a transcript holds of one completion, and of a fault that ended a dialogue."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dialogs.chat import ChatReply, Usage
from dialogs.encoding import JsonObject, JsonValue
from dialogs.record import Record


@dataclass(frozen=True, slots=True)
class CompletionRecord:
    """One completion of a turn. `reply` is its place in `messages`; what varies between runs stands last.

    `sanitised` says that the reply's lone surrogates went back to the server as U+FFFD.
    """

    reply: int
    history_sha256: str
    finish_reason: str | None = None
    served_model: str | None = None
    truncated: bool = False
    sanitised: bool = False
    latency_ms: float | None = None
    usage: Usage | None = None
    system_fingerprint: str | None = None
    request_id: str | None = None
    attempts: int | None = None
    source: str | None = None
    extra: JsonObject = field(default_factory=dict)
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @classmethod
    def of(cls, reply: ChatReply, *, index: int, history_sha256: str, sanitised: bool) -> "CompletionRecord":
        """Record a reply that entered the history at `index`."""
        return cls(
            reply=index,
            history_sha256=history_sha256,
            finish_reason=reply.finish_reason,
            served_model=reply.served_model,
            truncated=reply.finish_reason == "length",
            sanitised=sanitised,
            latency_ms=round(reply.latency_ms, 1) if reply.latency_ms else None,  # 0: out of a batch, nobody knows
            usage=reply.usage,
            system_fingerprint=reply.system_fingerprint,
            request_id=reply.request_id,
            attempts=reply.attempts,
            source=reply.source,
            extra=reply.extra,
        )

    def reply_with(self, message: JsonObject) -> ChatReply:
        """Return the reply as it came, with its message from the transcript."""
        return ChatReply(
            message=message,
            finish_reason=self.finish_reason,
            served_model=self.served_model,
            usage=self.usage,
            system_fingerprint=self.system_fingerprint,
            request_id=self.request_id,
            latency_ms=self.latency_ms or 0.0,
            attempts=self.attempts or 1,
            extra=self.extra,
        )

    def stable_record(self) -> JsonObject:
        """Return the part that is the same in every run with the same replies."""
        record: dict[str, JsonValue] = {
            "reply": self.reply,
            "history_sha256": self.history_sha256,
            "finish_reason": self.finish_reason,
            "served_model": self.served_model,
        }
        if self.truncated:
            record["truncated"] = True
        if self.sanitised:
            record["sanitised"] = True
        return {**record, **self.unknown} if self.unknown else record

    def run_record(self) -> JsonObject:
        """Return the part that differs from run to run."""
        record: dict[str, JsonValue] = {}
        if self.latency_ms is not None:
            record["latency_ms"] = self.latency_ms
        if self.usage is not None:
            record["usage"] = self.usage.data
        if self.system_fingerprint is not None:
            record["system_fingerprint"] = self.system_fingerprint
        if self.request_id is not None:
            record["request_id"] = self.request_id
        if self.attempts is not None:
            record["attempts"] = self.attempts
        if self.source is not None:
            record["source"] = self.source
        if self.extra:
            record["extra"] = self.extra
        return {**record, **self.unknown_run} if self.unknown_run else record


@dataclass(frozen=True, slots=True)
class TranscriptError:
    """Why a dialogue ended early: the turn, the kind of fault, and a message for a person."""

    turn: int
    kind: str
    message: str
    status: int | None = None


def error_record(error: TranscriptError | None) -> JsonObject | None:
    """Write an error; null where there is none."""
    if error is None:
        return None
    status: JsonObject = {} if error.status is None else {"status": error.status}
    return {"turn": error.turn, "kind": error.kind, "message": error.message, **status}


def paired(items: Sequence[Record], runs: Sequence[Record]) -> Sequence[Record]:
    """Give each item its part of `run`: an empty one where a stable transcript has none."""
    return runs if len(runs) == len(items) else [Record({}) for _ in items]


def read_completion(completion: Record, run: Record) -> CompletionRecord:
    """Read a completion from its two parts."""
    usage = run.value("usage")
    return CompletionRecord(
        reply=completion.integer("reply"),
        history_sha256=completion.text("history_sha256"),
        finish_reason=completion.optional_text("finish_reason"),
        served_model=completion.optional_text("served_model"),
        truncated=completion.boolean("truncated"),
        sanitised=completion.boolean("sanitised"),
        latency_ms=None if run.value("latency_ms") is None else run.number("latency_ms"),
        usage=None if usage is None else read_usage(run.record("usage")),
        system_fingerprint=run.optional_text("system_fingerprint"),
        request_id=run.optional_text("request_id"),
        attempts=None if run.value("attempts") is None else run.integer("attempts"),
        source=run.optional_text("source"),
        extra=run.mapping("extra"),
        unknown=completion.unknown(),
        unknown_run=run.unknown(),
    )


def read_usage(record: Record) -> Usage:
    """Read a server's `usage` object; a count that is absent is 0."""
    return Usage(record.integer("prompt_tokens", 0), record.integer("completion_tokens", 0), record.data)


def read_error(record: Record) -> TranscriptError:
    """Read an error."""
    return TranscriptError(
        turn=record.integer("turn"),
        kind=record.text("kind"),
        message=record.text("message"),
        status=None if record.value("status") is None else record.integer("status"),
    )
