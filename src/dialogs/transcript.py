"""The record of one dialogue, and its form as one line of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dialogs.chat import ChatReply, Usage
from dialogs.encoding import JsonObject, JsonValue
from dialogs.expectation_records import ExpectationRecord, read_expectations, run_expectations, stable_expectations
from dialogs.record import Record, RecordError

__all__ = [
    "FORMAT",
    "CompletionRecord",
    "ExpectationRecord",
    "Outcome",
    "Transcript",
    "TranscriptError",
    "TurnRecord",
    "read_usage",
]

FORMAT: Final = 1


class Outcome(StrEnum):
    """How a dialogue ended."""

    COMPLETED = "completed"
    UNMET = "unmet"
    ERROR = "error"
    INTERRUPTED = "interrupted"


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
            latency_ms=round(reply.latency_ms, 1),
            usage=reply.usage,
            system_fingerprint=reply.system_fingerprint,
            request_id=reply.request_id,
            attempts=reply.attempts,
            source=reply.source,
            extra=reply.extra,
        )

    def stable_record(self) -> JsonObject:
        """Return the part that is the same in every run with the same replies."""
        flags = {name: True for name in ("truncated", "sanitised") if getattr(self, name)}
        return {
            "reply": self.reply,
            "history_sha256": self.history_sha256,
            "finish_reason": self.finish_reason,
            "served_model": self.served_model,
            **flags,
            **self.unknown,
        }

    def run_record(self) -> JsonObject:
        """Return the part that differs from run to run."""
        known: JsonObject = {
            "latency_ms": self.latency_ms,
            "usage": self.usage.data if self.usage else None,
            "system_fingerprint": self.system_fingerprint,
            "request_id": self.request_id,
            "attempts": self.attempts,
            "source": self.source,
            "extra": self.extra or None,
        }
        return {**{key: value for key, value in known.items() if value is not None}, **self.unknown_run}


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn that was asked; `params` and `extra_body` hold only what the turn sets over the dialogue's.

    `expectations` are all of its reply, in their order but for those about time, which stand last.
    """

    turn: int
    completions: tuple[CompletionRecord, ...] = ()
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    expectations: tuple[ExpectationRecord, ...] = ()
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether no expectation failed; those about time do not count."""
        return all(each.passed is not False or each.is_timing for each in self.expectations)


@dataclass(frozen=True, slots=True)
class TranscriptError:
    """Why a dialogue ended early: the turn, the kind of fault, and a message for a person."""

    turn: int
    kind: str
    message: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """One dialogue as it was played; `messages` are in ChatCompletions' shape, replies whole as they came.

    A baseline may hold a dialogue several times, each a `variant` that was accepted, counted from 1.
    """

    id: str
    scenario: str
    model: str
    outcome: Outcome
    messages: tuple[JsonObject, ...]
    turns: tuple[TurnRecord, ...]
    sample: int = 0
    variant: int = 1
    case: JsonObject | None = None
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    send_back: tuple[str, ...] = ()
    tools_sha256: str | None = None
    error: TranscriptError | None = None
    place: str | None = None
    endpoint: str | None = None
    started_at: str | None = None
    elapsed_ms: float | None = None
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @property
    def usage(self) -> Usage:
        """The tokens of all completions."""
        used = [completion.usage for turn in self.turns for completion in turn.completions if completion.usage]
        return Usage(sum(usage.prompt_tokens for usage in used), sum(usage.completion_tokens for usage in used))

    def record(self, *, stable: bool = False) -> JsonObject:
        """Return the transcript as a JSON object; `stable` leaves out what differs from run to run."""
        record: dict[str, JsonValue] = {
            "format": FORMAT,
            "id": self.id,
            "scenario": self.scenario,
            "case": self.case,
            "model": self.model,
            "sample": self.sample,
        }
        if self.variant > 1:
            record["variant"] = self.variant
        record["params"] = self.params
        if self.extra_body:
            record["extra_body"] = self.extra_body
        if self.send_back:
            record["send_back"] = self.send_back
        record |= {
            "tools_sha256": self.tools_sha256,
            "outcome": self.outcome.value,
            "messages": self.messages,
            "turns": [_turn_record(turn) for turn in self.turns],
            "error": _error_record(self.error),
            **self.unknown,
        }
        if not stable:
            record["run"] = self._run_record()
        return record

    def _run_record(self) -> JsonObject:
        usage = self.usage
        return {
            "started_at": self.started_at,
            "elapsed_ms": self.elapsed_ms,
            "place": self.place,
            "endpoint": self.endpoint,
            "usage": {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
            "turns": [_turn_run_record(turn) for turn in self.turns],
            **self.unknown_run,
        }

    @classmethod
    def from_record(cls, value: JsonValue) -> "Transcript":
        """Read a transcript from its JSON object; fields of no known name are kept.

        Raises:
            RecordError: a field is missing or of the wrong type, or the format is newer than this program.
        """
        record = Record(value)
        _check_format(record)
        run = record.record("run")
        run.value("usage")  # derived
        error = record.value("error")
        case = record.value("case")
        return cls(
            id=record.text("id"),
            scenario=record.text("scenario"),
            model=record.text("model"),
            outcome=_read_outcome(record),
            messages=_read_messages(record),
            turns=_read_turns(record, run),
            sample=record.integer("sample", 0),
            variant=record.integer("variant", 1),
            case=None if case is None else record.mapping("case"),
            params=record.mapping("params"),
            extra_body=record.mapping("extra_body"),
            send_back=tuple(str(name) for name in record.items("send_back")),
            tools_sha256=record.optional_text("tools_sha256"),
            error=None if error is None else _read_error(record.record("error")),
            place=run.optional_text("place"),
            endpoint=run.optional_text("endpoint"),
            started_at=run.optional_text("started_at"),
            elapsed_ms=run.number("elapsed_ms") if run.value("elapsed_ms") is not None else None,
            unknown=record.unknown(),  # what none of the lines above has read
            unknown_run=run.unknown(),
        )


def _turn_record(turn: TurnRecord) -> JsonObject:
    completions = [completion.stable_record() for completion in turn.completions]
    set_here = {"params": turn.params, "extra_body": turn.extra_body}
    record: JsonObject = {name: values for name, values in set_here.items() if values}
    return {
        "turn": turn.turn,
        **record,
        "completions": completions,
        **stable_expectations(turn.expectations),
        **turn.unknown,
    }


def _turn_run_record(turn: TurnRecord) -> JsonObject:
    completions = [completion.run_record() for completion in turn.completions]
    return {"completions": completions, **run_expectations(turn.expectations), **turn.unknown_run}


def _error_record(error: TranscriptError | None) -> JsonObject | None:
    if error is None:
        return None
    status: JsonObject = {} if error.status is None else {"status": error.status}
    return {"turn": error.turn, "kind": error.kind, "message": error.message, **status}


def _check_format(record: Record) -> None:
    number = record.integer("format")
    if number > FORMAT:
        raise RecordError(f"format {number} is newer than this program reads ({FORMAT}); upgrade dialogs-cli")


def _read_outcome(record: Record) -> Outcome:
    text = record.text("outcome")
    try:
        return Outcome(text)
    except ValueError:
        wanted = ", ".join(outcome.value for outcome in Outcome)
        raise RecordError(f'"outcome" is "{text}"; wanted one of {wanted}') from None


def _read_messages(record: Record) -> tuple[JsonObject, ...]:
    messages = record.records("messages")
    for message in messages:
        message.text("role")
    return tuple(record.items("messages"))  # type: ignore[arg-type]  # each was read as an object just above


def _read_turns(record: Record, run: Record) -> tuple[TurnRecord, ...]:
    turns = record.records("turns")
    runs = _paired(turns, run.records("turns"))
    return tuple(_read_turn(turn, turn_run) for turn, turn_run in zip(turns, runs, strict=True))


def _paired(items: Sequence[Record], runs: Sequence[Record]) -> Sequence[Record]:
    """Give each item its part of `run`: an empty one where a stable transcript has none."""
    return runs if len(runs) == len(items) else [Record({}) for _ in items]


def _read_turn(turn: Record, run: Record) -> TurnRecord:
    completions = turn.records("completions")
    runs = _paired(completions, run.records("completions"))
    return TurnRecord(
        turn=turn.integer("turn"),
        completions=tuple(_read_completion(*pair) for pair in zip(completions, runs, strict=True)),
        params=turn.mapping("params"),
        extra_body=turn.mapping("extra_body"),
        expectations=read_expectations(turn, run),
        unknown=turn.unknown(),
        unknown_run=run.unknown(),
    )


def _read_completion(completion: Record, run: Record) -> CompletionRecord:
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


def _read_error(record: Record) -> TranscriptError:
    return TranscriptError(
        turn=record.integer("turn"),
        kind=record.text("kind"),
        message=record.text("message"),
        status=None if record.value("status") is None else record.integer("status"),
    )
