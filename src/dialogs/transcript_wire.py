"""The quick way to read a line of a transcript file: checked and typed in one pass, and built where it is looked at.

It takes only lines that hold the format's fields and nothing else, each of its type. What it will not take is read by
`Transcript.from_record`, which keeps unknown fields and says what is wrong; of what both take, they make the same.
"""

from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeAlias

import msgspec

from dialogs.chat import Usage
from dialogs.completion_records import CompletionRecord, TranscriptError
from dialogs.expectation_records import ExpectationRecord
from dialogs.transcript import FORMAT, Outcome, Transcript, TurnRecord

_Number: TypeAlias = int | float
_Object: TypeAlias = dict[str, Any]


class WirePart(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A part of the format; null stands for an absent field."""


class _Completion(WirePart):
    reply: int
    history_sha256: str
    finish_reason: str | None = None
    served_model: str | None = None
    truncated: bool | None = None
    sanitised: bool | None = None


class WireExpectation(WirePart):
    """One expectation of a turn's reply."""

    kind: str
    value: Any = None
    passed: bool | None = None
    found: str | None = None


class WireTurn(WirePart):
    """One turn; one with further arms, which nothing here reads, is none."""

    turn: int
    completions: list[_Completion] | None = None
    params: _Object | None = None
    extra_body: _Object | None = None
    expectations: list[WireExpectation] | None = None


class _Error(WirePart):
    turn: int
    kind: str
    message: str
    status: int | None = None


class _CompletionRun(WirePart):
    latency_ms: _Number | None = None
    usage: _Object | None = None
    system_fingerprint: str | None = None
    request_id: str | None = None
    attempts: int | None = None
    source: str | None = None
    extra: _Object | None = None


class _ExpectationRun(WireExpectation):
    place: str | None = None


class _TurnRun(WirePart):
    completions: list[_CompletionRun] | None = None
    expectations: list[_ExpectationRun] | None = None
    expectation_places: list[Any] | None = None


class _Run(WirePart):
    started_at: str | None = None
    elapsed_ms: _Number | None = None
    cost_usd: _Number | None = None
    tags: list[str] | None = None
    position: int | None = None
    place: str | None = None
    endpoint: str | None = None
    usage: Any = None
    turns: list[_TurnRun] | None = None


class WireLine(WirePart, kw_only=True):
    """One line; its fields stand in the order in which lines have them, in which they are found soonest."""

    format: int
    id: str
    scenario: str
    case: _Object | None = None
    model: str
    sample: int | None = None
    variant: int | None = None
    params: _Object | None = None
    extra_body: _Object | None = None
    send_back: list[str] | None = None
    tools_sha256: str | None = None
    outcome: str
    messages: list[_Object]
    turns: list[WireTurn] | None = None
    error: _Error | None = None
    baseline_sha256: str | None = None
    run: _Run | None = None


_DECODER = msgspec.json.Decoder(WireLine)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
# A frozen dataclass's own __init__ takes as long as all the rest. Slots do not.
_NEW = partial(object.__new__, Transcript)
_SET_ID, _SET_OUTCOME, _SET_MESSAGES, _SET_TURNS, _SET_LATE = (
    vars(kind)[name].__set__
    for kind, name in (
        (Transcript, "id"),
        (Transcript, "outcome"),
        (Transcript, "messages"),
        (Transcript, "turns"),
        (Transcript.__base__, "_set_late"),
    )
)
_TEXT = frozenset({str})
_ROLE = itemgetter("role")
_NO_COMPLETION_RUN = _CompletionRun()
_NO_TURN_RUN = _TurnRun()
_NO_RUN = _Run()


def read_quickly(data: bytes) -> Transcript | None:
    """Read a line; None where it is not wholly as the format has it, or no JSON."""
    try:
        line = _DECODER.decode(data)
    except (ValueError, RecursionError):  # msgspec's errors and Unicode's are ValueErrors
        return None
    outcome = _OUTCOMES.get(line.outcome)
    if outcome is None or line.format > FORMAT or not (have_roles(line.messages) and _have_counts(line.run)):
        return None
    transcript = _NEW()
    _SET_ID(transcript, line.id)
    _SET_OUTCOME(transcript, outcome)
    _SET_MESSAGES(transcript, tuple(line.messages))
    _SET_LATE(transcript, partial(_set_late, line))
    return transcript


def _set_late(line: WireLine, transcript: Transcript, name: str) -> None:
    if name == "turns":
        _SET_TURNS(transcript, _turns(line))
        return
    for set_field, value in zip(_LATE_SETTERS, _late_values(line), strict=True):
        set_field(transcript, value)


def have_roles(messages: list[_Object]) -> bool:
    """Say whether each message has a role that is text."""
    try:
        return _TEXT.issuperset(map(type, map(_ROLE, messages)))
    except KeyError:
        return False


def _have_counts(run: _Run | None) -> bool:
    """Say whether the counts of tokens are numbers, which no type can say of some keys among others."""
    for turn in (run and run.turns) or ():
        for completion in turn.completions or ():
            usage = completion.usage
            if usage is not None and not (
                type(usage.get("prompt_tokens", 0)) is int and type(usage.get("completion_tokens", 0)) is int
            ):
                return False
    return True


# What is seldom looked at, and the values that `_late_values` gives.
_LATE: Final = (
    "scenario",
    "model",
    "sample",
    "variant",
    "case",
    "params",
    "extra_body",
    "send_back",
    "tools_sha256",
    "error",
    "baseline_sha256",
    "tags",
    "position",
    "place",
    "endpoint",
    "started_at",
    "elapsed_ms",
    "cost_usd",
    "unknown",
    "unknown_run",
)
_LATE_SETTERS: Final = [vars(Transcript)[name].__set__ for name in _LATE]


def _late_values(line: WireLine) -> tuple[object, ...]:
    run, error = line.run or _NO_RUN, line.error
    return (
        line.scenario,
        line.model,
        line.sample or 0,
        1 if line.variant is None else line.variant,
        line.case,
        line.params or {},
        line.extra_body or {},
        tuple(line.send_back or ()),
        line.tools_sha256,
        None if error is None else TranscriptError(error.turn, error.kind, error.message, error.status),
        line.baseline_sha256,
        tuple(run.tags or ()),
        run.position,
        run.place,
        run.endpoint,
        run.started_at,
        run.elapsed_ms,
        run.cost_usd,
        {},
        {},
    )


def _turns(line: WireLine) -> tuple[TurnRecord, ...]:
    turns, runs = line.turns or [], (line.run and line.run.turns) or []
    return tuple(map(_turn, turns, runs if len(runs) == len(turns) else [_NO_TURN_RUN] * len(turns)))


def _turn(turn: WireTurn, run: _TurnRun) -> TurnRecord:
    completions, runs = turn.completions or [], run.completions or []
    if len(runs) != len(completions):
        runs = [_NO_COMPLETION_RUN] * len(completions)
    return TurnRecord(
        turn=turn.turn,
        completions=tuple(map(_completion, completions, runs)),
        params=turn.params or {},
        extra_body=turn.extra_body or {},
        expectations=_expectations(turn.expectations or [], run) if turn.expectations or run.expectations else (),
    )


def _completion(completion: _Completion, run: _CompletionRun) -> CompletionRecord:
    usage = run.usage
    return CompletionRecord(
        reply=completion.reply,
        history_sha256=completion.history_sha256,
        finish_reason=completion.finish_reason,
        served_model=completion.served_model,
        truncated=completion.truncated or False,
        sanitised=completion.sanitised or False,
        latency_ms=run.latency_ms,
        usage=None if usage is None else Usage(usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0), usage),
        system_fingerprint=run.system_fingerprint,
        request_id=run.request_id,
        attempts=run.attempts,
        source=run.source,
        extra=run.extra or {},
    )


def _expectations(stable: list[WireExpectation], run: _TurnRun) -> tuple[ExpectationRecord, ...]:
    places = run.expectation_places or []
    shown = places if len(places) == len(stable) else [None] * len(stable)
    return (
        *(
            ExpectationRecord(each.kind, each.value, each.passed, each.found, place if isinstance(place, str) else None)
            for each, place in zip(stable, shown, strict=True)
        ),
        *(
            ExpectationRecord(each.kind, each.value, each.passed, each.found, each.place)
            for each in run.expectations or ()
        ),
    )
