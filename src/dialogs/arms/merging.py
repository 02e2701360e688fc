"""Puts what was asked beside a dialogue's live turns into its transcript."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from dialogs.arms.dialogue import DialogueArms, Pin, TurnArms
from dialogs.playing import error_of
from dialogs.scenario import Instruction, Scenario, UserTurn
from dialogs.transcript import ArmRecord, Outcome, Transcript, TranscriptError, TurnRecord

_ON_BASELINE: Final = "on the baseline's history: "


def merged(transcript: Transcript, arms: DialogueArms, scenario: Scenario) -> Transcript:
    """Return a live transcript, of no turns where only the baseline's history was asked on, with all of its arms."""
    pin = arms.pins[0] if arms.pins else None
    turns = {turn.turn: turn for turn in transcript.turns}
    for number, beside in arms.turns.items():
        turns[number] = _with_arms(turns.get(number), beside)
    if pin is not None and arms.is_parted:
        turns |= {turn.turn: turn for turn in _unasked(pin, turns, scenario)}
    in_order = tuple(turns[number] for number in sorted(turns))
    sha256 = None if pin is None else pin.baseline.stable_sha256
    return _judged(replace(transcript, turns=in_order, baseline_sha256=sha256), arms)


def _with_arms(live: TurnRecord | None, beside: TurnArms) -> TurnRecord:
    record = live or replace(beside.record, completions=(), expectations=())
    return replace(
        record,
        pinned=beside.pinned,
        confirmations=_in_order(beside.confirmations),
        resamples=_in_order(beside.resamples),
    )


def _in_order(arms: dict[int, ArmRecord]) -> tuple[ArmRecord, ...]:
    return tuple(arms[number] for number in sorted(arms))


def _unasked(pin: Pin, turns: dict[int, TurnRecord], scenario: Scenario) -> Iterator[TurnRecord]:
    """Give the turns that could not be asked, since the script cannot go on with the baseline's replies."""
    fault = pin.history.fault
    if fault is None:
        return
    error = error_of(fault, pin.history.fault_turn)
    for number in _asked_turns(scenario):
        if number >= pin.history.fault_turn and number not in pin.history.turns:
            yield replace(turns.get(number, TurnRecord(number)), pinned=ArmRecord(error=error))


def _asked_turns(scenario: Scenario) -> list[int]:
    users = [entry for entry in scenario.entries if not isinstance(entry, Instruction)]
    return [number for number, entry in enumerate(users, 1) if isinstance(entry, UserTurn)]


def _judged(transcript: Transcript, arms: DialogueArms) -> Transcript:
    """Let an arm that was stopped or failed count for the dialogue's outcome, as its own turns do."""
    if transcript.outcome in {Outcome.ERROR, Outcome.INTERRUPTED}:
        return transcript
    if arms.is_stopped:
        return replace(transcript, outcome=Outcome.INTERRUPTED)
    errors = [turn.pinned.error for turn in transcript.turns if turn.pinned and turn.pinned.error]
    error: TranscriptError | None = min((*errors, *arms.unjudged), key=lambda each: each.turn, default=None)
    if error is not None:
        return replace(transcript, outcome=Outcome.ERROR, error=replace(error, message=_ON_BASELINE + error.message))
    unmet = any(turn.pinned and not turn.pinned.is_met for turn in transcript.turns if not turn.completions)
    return replace(transcript, outcome=Outcome.UNMET) if unmet else transcript
