"""The record of one dialogue, and its form as one line of JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dialogs.arm_records import ArmRecord, read_arm, read_arms, read_messages
from dialogs.chat import Usage
from dialogs.completion_records import (
    CompletionRecord,
    TranscriptError,
    error_record,
    paired,
    read_completion,
    read_error,
    read_usage,
)
from dialogs.encoding import JsonObject, JsonValue, canonical, sha256_hex
from dialogs.expectation_records import ExpectationRecord, read_expectations, run_expectations, stable_expectations
from dialogs.record import Record, RecordError

__all__ = [
    "FORMAT",
    "ArmRecord",
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
class TurnRecord:
    """One turn that was asked; `params` and `extra_body` hold only what the turn sets over the dialogue's.

    `expectations` are all of its reply, in their order but for those about time, which stand last.

    `pinned` is the same turn asked on the baseline's history. It is None where the live request was that very request
    (no reply before it differs from the baseline's by a byte): the live reply then stands for both. It is None too
    where there is nothing to hold it against: in a transcript without `baseline_sha256`, and for a turn that the
    baseline does not have or has no reply to.

    `resamples` are further replies to one request, the same for all of them: to that of the pinned arm in a transcript
    with `baseline_sha256`, else to the live one. With them the reply itself (`pinned`, or the live one that stands for
    it) is one more of the same kind. `confirmations` are asked as these are, but only where the turn differs from the
    baseline: what is called changed must differ each time, and no statistics can be made of them.
    """

    turn: int
    completions: tuple[CompletionRecord, ...] = ()
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    expectations: tuple[ExpectationRecord, ...] = ()
    pinned: ArmRecord | None = None
    confirmations: tuple[ArmRecord, ...] = ()
    resamples: tuple[ArmRecord, ...] = ()
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether no expectation failed; those about time do not count."""
        return all(each.passed is not False or each.is_timing for each in self.expectations)

    @property
    def arms(self) -> tuple[ArmRecord, ...]:
        """All that was asked beside the live request."""
        further = self.confirmations + self.resamples
        return (self.pinned, *further) if self.pinned else further

    @property
    def all_completions(self) -> tuple[CompletionRecord, ...]:
        """The completions of every arm."""
        completions = self.completions
        for arm in self.arms:
            completions += arm.completions
        return completions


class _SetLate:
    """What has fields that are set when one of them is first looked at, by what `_set_late` holds."""

    __slots__ = ("_set_late",)
    _set_late: Callable[["Transcript", str], None]

    if not TYPE_CHECKING:  # else any name would pass for a field

        def __getattr__(self, name: str) -> object:
            """Set a field that was left out, with others like it."""
            if name not in type(self).__dataclass_fields__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            self._set_late(self, name)
            return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Transcript(_SetLate):
    """One dialogue as it was played; `messages` are in ChatCompletions' shape, replies whole as they came.

    A baseline may hold a dialogue several times, each a `variant` that was accepted, counted from 1.
    `baseline_sha256` is the `stable_sha256` of the baseline's transcript that the dialogue was played against. Where
    that was done on the baseline's history alone, no turn has completions of its own, `messages` are the baseline's
    replies in the candidate's script, and the candidate's replies stand under each turn's `pinned`.
    """

    id: str
    scenario: str
    model: str
    outcome: Outcome
    messages: tuple[JsonObject, ...]
    turns: Sequence[TurnRecord]
    sample: int = 0
    variant: int = 1
    case: JsonObject | None = None
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    send_back: tuple[str, ...] = ()
    tools_sha256: str | None = None
    error: TranscriptError | None = None
    baseline_sha256: str | None = None
    tags: tuple[str, ...] = ()
    position: int | None = None
    place: str | None = None
    endpoint: str | None = None
    started_at: str | None = None
    elapsed_ms: float | None = None
    cost_usd: float | None = None
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @property
    def usage(self) -> Usage:
        """The tokens of all completions, of every arm."""
        prompt_tokens = completion_tokens = 0
        for turn in self.turns:
            for completion in turn.all_completions:
                if completion.usage is not None:
                    prompt_tokens += completion.usage.prompt_tokens
                    completion_tokens += completion.usage.completion_tokens
        return Usage(prompt_tokens, completion_tokens)

    @property
    def is_pinned(self) -> bool:
        """Whether the dialogue was played on the baseline's history alone."""
        return bool(self.turns) and all(turn.pinned and not turn.completions for turn in self.turns)

    @property
    def stable_sha256(self) -> str:
        """The hash of what is the same in every run with the same replies: of its canonical JSON."""
        return sha256_hex(canonical(self.record(stable=True)))

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
        record["tools_sha256"] = self.tools_sha256
        record["outcome"] = self.outcome.value
        record["messages"] = self.messages
        record["turns"] = [_turn_record(turn) for turn in self.turns]
        record["error"] = error_record(self.error)
        if self.baseline_sha256 is not None:
            record["baseline_sha256"] = self.baseline_sha256
        if self.unknown:
            record |= self.unknown
        if not stable:
            record["run"] = self._run_record()
        return record

    def _run_record(self) -> JsonObject:
        record: dict[str, JsonValue] = {"started_at": self.started_at, "elapsed_ms": self.elapsed_ms}
        if self.cost_usd is not None:
            record["cost_usd"] = self.cost_usd
        if self.tags:
            record["tags"] = self.tags
        if self.position is not None:
            record["position"] = self.position
        usage = self.usage
        record["place"] = self.place
        record["endpoint"] = self.endpoint
        record["usage"] = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
        record["turns"] = [_turn_run_record(turn) for turn in self.turns]
        return {**record, **self.unknown_run} if self.unknown_run else record

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
            messages=read_messages(record, "messages"),
            turns=_read_turns(record, run),
            sample=record.integer("sample", 0),
            variant=record.integer("variant", 1),
            case=None if case is None else record.mapping("case"),
            params=record.mapping("params"),
            extra_body=record.mapping("extra_body"),
            send_back=tuple(str(name) for name in record.items("send_back")),
            tools_sha256=record.optional_text("tools_sha256"),
            error=None if error is None else read_error(record.record("error")),
            baseline_sha256=record.optional_text("baseline_sha256"),
            tags=tuple(str(tag) for tag in run.items("tags")),
            position=run.integer("position") if run.value("position") is not None else None,
            place=run.optional_text("place"),
            endpoint=run.optional_text("endpoint"),
            started_at=run.optional_text("started_at"),
            elapsed_ms=run.number("elapsed_ms") if run.value("elapsed_ms") is not None else None,
            cost_usd=run.number("cost_usd") if run.value("cost_usd") is not None else None,
            unknown=record.unknown(),  # what none of the lines above has read
            unknown_run=run.unknown(),
        )


def _turn_record(turn: TurnRecord) -> JsonObject:
    record: dict[str, JsonValue] = {"turn": turn.turn}
    if turn.params:
        record["params"] = turn.params
    if turn.extra_body:
        record["extra_body"] = turn.extra_body
    record["completions"] = [completion.stable_record() for completion in turn.completions]
    if turn.expectations:
        record |= stable_expectations(turn.expectations)
    if turn.arms:
        record |= _arms_record(turn, ArmRecord.stable_record)
    return {**record, **turn.unknown} if turn.unknown else record


def _turn_run_record(turn: TurnRecord) -> JsonObject:
    record: dict[str, JsonValue] = {"completions": [completion.run_record() for completion in turn.completions]}
    if turn.expectations:
        record |= run_expectations(turn.expectations)
    if turn.arms:
        record |= _arms_record(turn, ArmRecord.run_record)
    return {**record, **turn.unknown_run} if turn.unknown_run else record


def _arms_record(turn: TurnRecord, part: Callable[[ArmRecord], JsonObject]) -> JsonObject:
    pinned: JsonObject = {"pinned": part(turn.pinned)} if turn.pinned else {}
    lists = {"confirmations": turn.confirmations, "resamples": turn.resamples}
    return {**pinned, **{name: [part(arm) for arm in arms] for name, arms in lists.items() if arms}}


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


def _read_turns(record: Record, run: Record) -> tuple[TurnRecord, ...]:
    turns = record.records("turns")
    runs = paired(turns, run.records("turns"))
    return tuple(_read_turn(turn, turn_run) for turn, turn_run in zip(turns, runs, strict=True))


def _read_turn(turn: Record, run: Record) -> TurnRecord:
    completions = turn.records("completions")
    runs = paired(completions, run.records("completions"))
    return TurnRecord(
        turn=turn.integer("turn"),
        completions=tuple(read_completion(*pair) for pair in zip(completions, runs, strict=True)),
        params=turn.mapping("params"),
        extra_body=turn.mapping("extra_body"),
        expectations=read_expectations(turn, run),
        pinned=None if turn.value("pinned") is None else read_arm(turn.record("pinned"), run.record("pinned")),
        confirmations=read_arms(turn.records("confirmations"), run.records("confirmations")),
        resamples=read_arms(turn.records("resamples"), run.records("resamples")),
        unknown=turn.unknown(),
        unknown_run=run.unknown(),
    )
