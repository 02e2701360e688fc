"""A comparison as JSON, for programs: everything that the other reports show, and whole.

`comparison.schema.json` beside this module is its JSON Schema.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from dialogs.compare import (
    Comparison,
    DialogueComparison,
    ExpectationChange,
    InputDifference,
    NoiseEvidence,
    Reply,
    TurnComparison,
)
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.model_text import ModelText
from dialogs.sameness import Metric, Sameness
from dialogs.transcript import TranscriptError

FORMAT: Final = 1


def comparison_json(comparison: Comparison) -> Iterator[str]:
    """Encode a comparison as one JSON object, each dialogue on a line of its own.

    `counts` counts turns.
    """
    head: JsonObject = {
        "format": FORMAT,
        "counts": {label.value: number for label, number in comparison.turn_counts().items()},
        "dialogue_counts": {label.value: number for label, number in comparison.dialogue_counts().items()},
        "expectation_counts": {label.value: number for label, number in comparison.expectation_counts().items()},
        "sameness": _sameness(comparison.sameness),
        "baseline_models": comparison.baseline_models,
        "candidate_models": comparison.candidate_models,
        "inputs": [{**_input(difference), "dialogues": number} for difference, number in comparison.inputs()],
    }
    yield f'{encode_line(head)[:-1]},"dialogues":['
    for number, dialogue in enumerate(comparison.dialogues):
        yield f"{',' if number else ''}{encode_line(_dialogue(dialogue))}"
    yield "]}"


def _sameness(sameness: Sameness) -> JsonObject:
    return {
        "metric": sameness.metric.value,
        "threshold": None if sameness.metric is Metric.EXACT else sameness.least_likeness,
        "ignore": sameness.ignore,
        "ignore_paths": sameness.ignore_paths,
        "normalize": [each.value for each in sameness.normalize],
    }


def _dialogue(dialogue: DialogueComparison) -> JsonObject:
    return {
        "id": dialogue.id,
        "baseline_id": dialogue.baseline_id,
        "candidate_id": dialogue.candidate_id,
        "label": dialogue.label.value,
        "place": dialogue.place,
        "notes": dialogue.notes,
        "inputs": [_input(difference) for difference in dialogue.inputs],
        "baseline_error": _error(dialogue.baseline_error),
        "candidate_error": _error(dialogue.candidate_error),
        "turns": [_turn(turn) for turn in dialogue.turns],
    }


def _input(difference: InputDifference) -> JsonObject:
    return {
        "input": difference.input.value,
        "name": difference.name,
        "baseline": _text(difference.baseline),
        "candidate": _text(difference.candidate),
    }


def _turn(turn: TurnComparison) -> JsonObject:
    record: dict[str, JsonValue] = {"turn": turn.turn, "label": turn.label.value}
    if turn.baseline_turn is not None:
        record["baseline_turn"] = turn.baseline_turn
    if turn.baseline or turn.candidate or turn.pinned or turn.pinned_error:
        record |= _replies(turn)
    if turn.reason:
        record["reason"] = turn.reason
    if turn.similarity is not None:
        record["similarity"] = turn.similarity
    if turn.expectations:
        record["expectations"] = [_expectation(change) for change in turn.expectations]
    if turn.noise is not None:
        record["noise"] = _noise(turn.noise)
    return record


def _replies(turn: TurnComparison) -> JsonObject:
    pinned = {"pinned": _all(turn.pinned)} if turn.pinned else {}
    error = {"pinned_error": _error(turn.pinned_error)} if turn.pinned_error else {}
    return {
        "user": _text(turn.user),
        "differs_in": [aspect.value for aspect in turn.aspects],
        "baseline": _all(turn.baseline),
        "candidate": _all(turn.candidate),
        **pinned,
        **error,
    }


def _all(replies: Sequence[Reply]) -> list[JsonValue]:
    return [_reply(reply) for reply in replies]


def _reply(reply: Reply) -> JsonObject:
    return {
        "content": _text(reply.content),
        "refusal": _text(reply.refusal),
        "tool_calls": [{"name": call.name.raw, "arguments": call.arguments.raw} for call in reply.tool_calls],
        "finish_reason": reply.finish_reason,
    }


def _expectation(change: ExpectationChange) -> JsonObject:
    return {
        "label": change.label.value,
        "kind": change.kind,
        "value": change.value,
        "baseline_found": _text(change.baseline_found),
        "candidate_found": _text(change.candidate_found),
        "place": change.place,
    }


def _noise(noise: NoiseEvidence) -> JsonObject:
    return {
        "resamples": noise.resamples,
        "self_difference": noise.self_difference,
        "between_difference": noise.between_difference,
        "p": noise.p,
        "adjusted_p": noise.adjusted_p,
        "smallest_shift": noise.smallest_shift,
    }


def _text(text: ModelText | None) -> str | None:
    return None if text is None else text.raw


def _error(error: TranscriptError | None) -> JsonObject | None:
    if error is None:
        return None
    return {"turn": error.turn, "kind": error.kind, "message": error.message, "status": error.status}
