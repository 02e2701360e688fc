"""What was put into two dialogues differently: models, parameters, the system prompt, the script."""

from collections.abc import Iterator
from typing import Final

from dialogs.compare.comparison import Input, InputDifference
from dialogs.compare.replies import text_of
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.model_text import ModelText
from dialogs.transcript import Transcript

_INSTRUCTIONS: Final = ("system", "developer")


def input_differences(baseline: Transcript, candidate: Transcript) -> Iterator[InputDifference]:
    """Give what differs, up to the last turn that both sides reached; what is put in is no reply's doing."""
    turns = min(_turns(baseline), _turns(candidate))
    before, after = _inputs(baseline, turns), _inputs(candidate, turns)
    for kind, name in {**before, **after}:
        old, new = before.get((kind, name)), after.get((kind, name))
        unknown = kind is Input.SERVED_MODEL and (old is None or new is None)  # nothing was served, or not said
        if old != new and not unknown:
            yield InputDifference(kind, name, old, new)


def _turns(transcript: Transcript) -> int:
    return sum(message.get("role") == "user" for message in transcript.messages)


def _inputs(transcript: Transcript, turns: int) -> dict[tuple[Input, str], ModelText]:
    system, script = _scripted(transcript)
    inputs = {(Input.MODEL, ""): ModelText(transcript.model)}
    if served := _served_models(transcript):
        inputs[Input.SERVED_MODEL, ""] = ModelText(", ".join(served))
    if system:
        inputs[Input.SYSTEM, ""] = ModelText("\n\n".join(system))
    inputs |= _settings(Input.PARAMS, "", transcript.params)
    for turn in transcript.turns:
        if turn.turn <= turns:
            inputs |= _settings(Input.PARAMS, f"turn {turn.turn}: ", turn.params)
            inputs |= _settings(Input.EXTRA_BODY, f"turn {turn.turn}: ", turn.extra_body)
    inputs |= _settings(Input.EXTRA_BODY, "", transcript.extra_body)
    if transcript.tools_sha256:
        inputs[Input.TOOLS, ""] = ModelText(f"sha256 {transcript.tools_sha256}")
    said = {(Input.SCRIPT, f"turn {turn}"): ModelText("\n\n".join(texts)) for turn, texts in script.items()}
    return inputs | {key: text for key, text in said.items() if key[1] in {f"turn {turn}" for turn in range(turns + 1)}}


def _settings(kind: Input, prefix: str, values: JsonObject) -> dict[tuple[Input, str], ModelText]:
    return {(kind, f"{prefix}{name}"): ModelText(encode_line(value)) for name, value in values.items()}


def _served_models(transcript: Transcript) -> list[str]:
    served = {completion.served_model for turn in transcript.turns for completion in turn.completions}
    return sorted(name for name in served if name is not None)


def _scripted(transcript: Transcript) -> tuple[list[str], dict[int, list[str]]]:
    """Return the system prompt, and what the script says in each turn; instructions belong to the turn they precede."""
    replies = {completion.reply for turn in transcript.turns for completion in turn.completions}
    messages = transcript.messages
    if transcript.is_pinned:  # the replies among its messages are the baseline's
        messages = tuple(message for turn in transcript.turns if turn.pinned for message in turn.pinned.script)
    system: list[str] = []
    script: dict[int, list[str]] = {}
    turn = 0
    for index, message in enumerate(messages):
        role = message.get("role")
        turn += role == "user"
        if index in replies:
            continue
        if turn == 0 and role in _INSTRUCTIONS:
            system.append(_content(message.get("content")))
        else:
            label = "" if role == "user" else f"{role}: "
            script.setdefault(turn + (role in _INSTRUCTIONS), []).append(label + _content(message.get("content")))
    return system, script


def _content(value: JsonValue) -> str:
    text = text_of(value)
    return text.raw if text else ""
