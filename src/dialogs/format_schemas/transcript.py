"""The lines of transcript files."""

from collections.abc import Mapping
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.format_schemas.building import BOOLEAN, OBJECT, STRING, document, list_of, ref
from dialogs.transcript import FORMAT, Outcome

_NUMBER: Final[JsonObject] = {"type": "number"}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}


def _maybe(schema: JsonObject) -> JsonObject:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Mapping[str, tuple[str, JsonObject]], required: tuple[str, ...] = ()) -> JsonObject:
    """Return the schema of an object; other keys are kept by readers, and so are allowed."""
    described = {name: {"description": text, **schema} for name, (text, schema) in properties.items()}
    found: dict[str, JsonValue] = {"type": "object", "properties": described}
    return {**found, "required": list(required)} if required else found


_MESSAGES: Final = list_of({"type": "object", "required": ["role"]})
_EXPECTATION: Final = {
    "kind": ("The check, with its not_.", STRING),
    "value": ("What was expected, as rendered; its beginning and hash where it is long.", {}),
    "passed": ("Whether it was met; null where it was not judged.", _maybe(BOOLEAN)),
    "found": ("What was found, in short, where it was not met.", STRING),
}
_ERROR: Final = _object(
    {
        "turn": ("The turn in which the dialogue ended.", _COUNT),
        "kind": ("The kind of fault.", STRING),
        "message": ("What went wrong, for people.", STRING),
        "status": ("The HTTP status.", {"type": "integer"}),
    },
    ("turn", "kind", "message"),
)
_ARM: Final = {
    "script": ("What the script says beside the baseline's history.", _MESSAGES),
    "messages": ("What was said from the request on.", _MESSAGES),
    "completions": ("The completions, a round each.", list_of(ref("completion"))),
    "error": ("Why there is no reply.", _maybe(_ERROR)),
    "expectations": ("What came of the expectations.", list_of(ref("expectation"))),
}
_DEFINITIONS: Final[Mapping[str, JsonObject]] = {
    "completion": _object(
        {
            "reply": ("The place of the reply in messages, from 0.", _COUNT),
            "history_sha256": ("The hash of the messages that were sent.", STRING),
            "finish_reason": ("Why the reply ended.", _maybe(STRING)),
            "served_model": ("The model as the server names it.", _maybe(STRING)),
            "truncated": ("Whether the reply was cut off at the limit of tokens.", BOOLEAN),
            "sanitised": ("Whether lone surrogates went back to the server as U+FFFD.", BOOLEAN),
        },
        ("reply", "history_sha256"),
    ),
    "completion_run": _object(
        {
            "latency_ms": ("How long the reply took.", _NUMBER),
            "usage": ("Tokens, as the server counts them.", OBJECT),
            "system_fingerprint": ("The server's build.", STRING),
            "request_id": ("The server's name for the request.", STRING),
            "attempts": ("How many attempts it took.", _COUNT),
            "source": ("endpoint, journal or cassette.", STRING),
            "extra": ("What the server added to the answer.", OBJECT),
        }
    ),
    "expectation": _object(_EXPECTATION, ("kind", "passed")),
    "timing": _object(
        {**_EXPECTATION, "place": ("Where it stands in the scenario file.", _maybe(STRING))}, ("kind", "passed")
    ),
    "turn": _object(
        {
            "turn": ("The number of the user's message, from 1.", {"type": "integer", "minimum": 1}),
            "params": ("What the turn sets over the dialogue's parameters.", OBJECT),
            "extra_body": ("What the turn sends beside.", OBJECT),
            "completions": ("The completions, a round each.", list_of(ref("completion"))),
            "expectations": ("What came of the expectations.", list_of(ref("expectation"))),
            "pinned": ("The turn as it was asked on the baseline's history.", _object(_ARM)),
            "confirmations": ("The turn asked once more where it differed.", list_of(_object(_ARM))),
            "resamples": ("More replies to the same request.", list_of(_object(_ARM))),
        },
        ("turn", "completions"),
    ),
    "turn_run": _object(
        {
            "completions": ("What varies of each completion.", list_of(ref("completion_run"))),
            "expectations": ("Expectations about time.", list_of(ref("timing"))),
            "expectation_places": ("Where each expectation stands in the scenario file.", list_of(_maybe(STRING))),
            "pinned": ("What varies of the pinned asking.", OBJECT),
            "confirmations": ("What varies of the confirmations.", list_of(OBJECT)),
            "resamples": ("What varies of the resamples.", list_of(OBJECT)),
        }
    ),
}
_TRANSCRIPT: Final = {
    "format": ("The number of the format.", {"const": FORMAT}),
    "id": ("The dialogue: scenario[case]@model#sample.", STRING),
    "scenario": ("The scenario's id.", STRING),
    "case": ("The values of the case.", _maybe(OBJECT)),
    "model": ("The model's name.", STRING),
    "sample": ("The number of the repetition, from 0.", _COUNT),
    "params": ("The request parameters.", OBJECT),
    "extra_body": ("What was sent beside them.", OBJECT),
    "send_back": ("Keys of replies that went back to the server.", list_of(STRING)),
    "baseline_sha256": ("The hash of the baseline whose history was asked on.", _maybe(STRING)),
    "tools_sha256": ("The hash of the tools that were sent.", _maybe(STRING)),
    "outcome": ("How the dialogue ended.", {"enum": [outcome.value for outcome in Outcome]}),
    "messages": ("The conversation in ChatCompletions' own form.", _MESSAGES),
    "turns": ("The turns that were asked.", list_of(ref("turn"))),
    "error": ("Why the dialogue ended early.", _maybe(_ERROR)),
    "run": (
        "What differs from run to run; absent from a stable transcript.",
        _object(
            {
                "started_at": ("When, in ISO 8601.", _maybe(STRING)),
                "elapsed_ms": ("How long it took.", _maybe(_NUMBER)),
                "position": ("Its place among all dialogues, in a run of a shard.", _maybe(_COUNT)),
                "tags": ("The scenario's tags.", list_of(STRING)),
                "place": ("Where the scenario stands.", _maybe(STRING)),
                "endpoint": ("What answered.", _maybe(STRING)),
                "usage": ("The tokens of all completions.", OBJECT),
                "turns": ("What varies of each turn.", list_of(ref("turn_run"))),
            }
        ),
    ),
}
_REQUIRED: Final = ("format", "id", "scenario", "model", "outcome", "messages", "turns")


def transcript_schema() -> JsonObject:
    """Return the schema of one line of a transcript file."""
    return document(
        "A transcript of dialogs",
        "The record of one dialogue: one line of a JSONL file. Keys that are not named here are kept by readers.",
        _object(_TRANSCRIPT, _REQUIRED),
        _DEFINITIONS.items(),
    )
