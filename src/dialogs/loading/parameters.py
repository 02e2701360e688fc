"""The request parameters of ChatCompletions, and what may stand under `params` and `extra_body`.

Names and types are those of the API reference (https://platform.openai.com/docs/api-reference/chat/create), as in
openai.types.chat.completion_create_params. Ranges are checked where the reference states them for every model; the
rest is for the server to decide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.loading.documents import MappingNode, Node, TextNode, describe
from dialogs.loading.faults import excerpt, quoted
from dialogs.loading.fields import Fields, nearest
from dialogs.loading.folders import Folder
from dialogs.loading.response_formats import read_json_schema
from dialogs.loading.values import json_value


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a parameter's value must be, in words, as a test, and as a JSON Schema."""

    wanted: str
    fits: Callable[[JsonValue], bool]
    schema: JsonObject = field(default_factory=dict)

    def __or__(self, other: "Parameter") -> "Parameter":
        """Allow either."""
        return Parameter(
            f"{self.wanted} or {other.wanted}",
            lambda value: self.fits(value) or other.fits(value),
            {"anyOf": [self.schema, other.schema]},
        )


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(low: int, high: int) -> Parameter:
    return Parameter(
        f"a number from {low} to {high}",
        lambda value: isinstance(value, int | float) and _is_number(value) and low <= value <= high,
        {"type": "number", "minimum": low, "maximum": high},
    )


def _list_of(item: Parameter, wanted: str) -> Parameter:
    return Parameter(
        wanted,
        lambda value: isinstance(value, list) and all(map(item.fits, value)),
        {"type": "array", "items": item.schema},
    )


def _mapping_to(item: Parameter, wanted: str) -> Parameter:
    return Parameter(
        wanted,
        lambda value: isinstance(value, dict) and all(map(item.fits, value.values())),
        {"type": "object", "additionalProperties": item.schema},
    )


_ANYTHING: Final = Parameter("anything", lambda _: True)
_BOOLEAN: Final = Parameter("true or false", lambda value: isinstance(value, bool), {"type": "boolean"})
_INTEGER: Final = Parameter("an integer", _is_integer, {"type": "integer"})
_NUMBER: Final = Parameter("a number", _is_number, {"type": "number"})
_TEXT: Final = Parameter("text", lambda value: isinstance(value, str), {"type": "string"})
_TEXTS: Final = _list_of(_TEXT, "a list of texts")
_MAPPING: Final = _mapping_to(_ANYTHING, "a mapping")

PARAMETERS: Final[Mapping[str, Parameter]] = {
    "audio": _MAPPING,
    "frequency_penalty": _number(-2, 2),
    "logit_bias": _mapping_to(_NUMBER, "a mapping of tokens to numbers"),
    "logprobs": _BOOLEAN,
    "max_completion_tokens": _INTEGER,
    "max_tokens": _INTEGER,
    "metadata": _mapping_to(_TEXT, "a mapping of names to texts"),
    "modalities": _TEXTS,
    "moderation": _MAPPING,
    "parallel_tool_calls": _BOOLEAN,
    "prediction": _MAPPING,
    "presence_penalty": _number(-2, 2),
    "prompt_cache_key": _TEXT,
    "prompt_cache_options": _MAPPING,
    "prompt_cache_retention": _TEXT,
    "reasoning_effort": _TEXT,
    "response_format": _MAPPING,
    "safety_identifier": _TEXT,
    "seed": _INTEGER,
    "service_tier": _TEXT,
    "stop": _TEXT | _TEXTS,
    "store": _BOOLEAN,
    "temperature": _number(0, 2),
    "tool_choice": _TEXT | _MAPPING,
    "top_logprobs": _INTEGER,
    "top_p": _number(0, 1),
    "user": _TEXT,
    "verbosity": _TEXT,
    "web_search_options": _MAPPING,
}

RESPONSE_FORMATS: Final = ("text", "json_object", "json_schema")

# What would break the promises about the history, or is said elsewhere; refused in extra_body too.
_OURS: Final[Mapping[str, str]] = {
    "messages": "wanted the messages under turns (and system)",
    "model": "wanted it under model",
    "n": "wanted `dialogs run --samples`",
    "stream": "wanted `dialogs run --stream`",
    "stream_options": "wanted `dialogs run --stream`",
}
# Known to servers other than OpenAI's, and too near to one of its parameters for a guess.
_ONLY_SOME_SERVERS: Final = frozenset(
    {"top_k", "min_p", "typical_p", "repetition_penalty", "repeat_penalty", "cache_prompt"}
)
_OF_TOOLS: Final[Mapping[str, str]] = {
    "tools": "wanted it under tools, beside params",
    "functions": "wanted them under tools, beside params",
    "function_call": "wanted tool_choice",
}


def read_params(fields: Fields, folder: Folder | None = None) -> JsonObject:
    """Read `params`, each parameter checked by name, type and range; a schema may stand in a file of `folder`."""
    node = fields.mapping("params", "a mapping of parameters")
    if node is None:
        return {}
    params: dict[str, JsonValue] = {}
    for name, (key, value) in node.entries.items():
        if name == "response_format" and isinstance(value, MappingNode):
            params[name] = _response_format(value, fields, folder)
        elif name in PARAMETERS:
            params[name] = read_value(fields, value, name, PARAMETERS[name])
        else:
            fields.faults.add(key, "" if fields.faults.full else _complaint(name))
    return params


def _response_format(node: MappingNode, fields: Fields, folder: Folder | None) -> JsonObject:
    _, kind = node.entries.get("type", (None, None))
    if kind is not None and (not isinstance(kind, TextNode) or kind.text not in RESPONSE_FORMATS):
        fields.faults.add(kind, f"type is {describe(kind)}; wanted one of {', '.join(RESPONSE_FORMATS)}")
    elif isinstance(kind, TextNode) and kind.text == "json_schema" and "json_schema" not in node.entries:
        fields.faults.add(kind, "type json_schema and no schema; wanted json_schema beside it")
    return {
        key: read_json_schema(value, fields, folder)
        if key == "json_schema" and isinstance(value, MappingNode)
        else json_value(value, fields.faults)
        for key, (_, value) in node.entries.items()
    }


def read_value(fields: Fields, node: Node, name: str, parameter: Parameter) -> JsonValue:
    """Read one value, null or what the parameter wants; None where it is something else."""
    before = len(fields.faults)
    value = json_value(node, fields.faults)
    if len(fields.faults) > before or value is None or parameter.fits(value):
        return value
    fields.faults.add(node, f"{name} is {excerpt(value)}; wanted {parameter.wanted}")
    return None


def _complaint(name: str) -> str:
    if name in _OURS:
        return f"{quoted(name)} is no parameter of a scenario; {_OURS[name]}"
    if name in _OF_TOOLS:
        return f"{quoted(name)} is no parameter of a scenario; {_OF_TOOLS[name]}"
    meant = None if name in _ONLY_SOME_SERVERS else nearest(name, PARAMETERS)
    if meant:
        return f"unknown parameter {quoted(name)}; did you mean {quoted(meant)}? If not, it goes under extra_body"
    return f"unknown parameter {quoted(name)}; wanted it under extra_body, if the server knows it"


def read_extra_body(fields: Fields) -> JsonObject:
    """Read `extra_body`: any JSON, but for what the request is made of."""
    node = fields.mapping("extra_body")
    if node is None:
        return {}
    for name in _OURS.keys() & node.entries.keys():
        fields.faults.add(node.entries[name][0], f"{quoted(name)} does not go into extra_body; {_OURS[name]}")
    return {key: json_value(value, fields.faults) for key, (_, value) in node.entries.items()}
