"""A comparison as JSON, for programs: everything that the other reports show, and whole."""

from typing import Final

from dialogs.compare import Comparison, DialogueComparison, InputDifference, Reply, TurnComparison
from dialogs.encoding import JsonObject, encode_line
from dialogs.model_text import ModelText
from dialogs.transcript import TranscriptError

FORMAT: Final = 1


def comparison_json(comparison: Comparison) -> str:
    """Encode a comparison on one line. `counts` counts turns, `dialogue_counts` dialogues."""
    record: JsonObject = {
        "format": FORMAT,
        "counts": {label.value: number for label, number in comparison.turn_counts().items()},
        "dialogue_counts": {label.value: number for label, number in comparison.dialogue_counts().items()},
        "inputs": [{**_input(difference), "dialogues": number} for difference, number in comparison.inputs()],
        "dialogues": [_dialogue(dialogue) for dialogue in comparison.dialogues],
    }
    return encode_line(record)


def _dialogue(dialogue: DialogueComparison) -> JsonObject:
    return {
        "id": dialogue.id,
        "baseline_id": dialogue.baseline_id,
        "candidate_id": dialogue.candidate_id,
        "label": dialogue.label.value,
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
    record: JsonObject = {"turn": turn.turn, "label": turn.label.value}
    if not turn.baseline and not turn.candidate:
        return record
    return {
        **record,
        "user": _text(turn.user),
        "differs_in": [aspect.value for aspect in turn.aspects],
        "baseline": [_reply(reply) for reply in turn.baseline],
        "candidate": [_reply(reply) for reply in turn.candidate],
    }


def _reply(reply: Reply) -> JsonObject:
    return {
        "content": _text(reply.content),
        "refusal": _text(reply.refusal),
        "tool_calls": [{"name": call.name.raw, "arguments": call.arguments.raw} for call in reply.tool_calls],
        "finish_reason": reply.finish_reason,
    }


def _text(text: ModelText | None) -> str | None:
    return None if text is None else text.raw


def _error(error: TranscriptError | None) -> JsonObject | None:
    if error is None:
        return None
    return {"turn": error.turn, "kind": error.kind, "message": error.message, "status": error.status}
