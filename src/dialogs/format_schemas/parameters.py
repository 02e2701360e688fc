"""`params`: the request parameters of ChatCompletions."""

from collections.abc import Mapping
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.format_schemas.building import ANYTHING, STRING, Key, Table
from dialogs.loading.parameters import PARAMETERS, RESPONSE_FORMATS

# Each with an example. Source of the meanings: the API reference, as in dialogs.loading.parameters.
_ABOUT: Final[Mapping[str, tuple[str, JsonValue]]] = {
    "audio": ("How spoken replies are made.", {"voice": "alloy", "format": "wav"}),
    "frequency_penalty": ("From -2 to 2: above 0, what was said often is said less.", 0.5),
    "logit_bias": ("Token ids to biases, from -100 to 100.", {"50256": -100}),
    "logprobs": ("Whether the reply holds the log probabilities of its tokens.", True),
    "max_completion_tokens": ("The most tokens of a reply, those of its reasoning included.", 200),
    "max_tokens": ("The most tokens of a reply; the older name, which many servers know alone.", 200),
    "metadata": ("Up to 16 names and texts that the server keeps with the completion.", {"team": "support"}),
    "modalities": ("What a reply may be: text, audio.", ["text"]),
    "moderation": ("Settings of the server's moderation.", {}),
    "parallel_tool_calls": ("Whether one reply may call several tools.", False),
    "prediction": ("A text that the reply is expected to be much like.", {"type": "content", "content": "…"}),
    "presence_penalty": ("From -2 to 2: above 0, what was said at all is said less.", 0.5),
    "prompt_cache_key": ("Requests with the same key are cached together.", "support"),
    "prompt_cache_options": ("Settings of the prompt cache.", {}),
    "prompt_cache_retention": ("How long the prompt cache is kept.", "24h"),
    "reasoning_effort": ("How much a reasoning model thinks: none, minimal, low, medium, high.", "low"),
    "response_format": (
        "The form of the reply: text, any JSON, or JSON by a schema, which may stand in a file.",
        {"type": "json_schema", "json_schema": {"file": "order.json"}},
    ),
    "safety_identifier": ("A stable name, without personal data, of the end user.", "user-1234"),
    "seed": ("Servers that know it reply the same to the same request, as far as they can.", 7),
    "service_tier": ("At which tier the request is served: auto, default, flex, priority.", "flex"),
    "stop": ("A text, or up to four, where the reply ends.", ["\n\n"]),
    "store": ("Whether the server keeps the completion.", False),
    "temperature": ("From 0 to 2: how much chance there is in a reply. Some models take only their default.", 0),
    "tool_choice": ("none, auto, required, or the tool that has to be called.", "auto"),
    "top_logprobs": ("How many of the likeliest tokens are given at each place; wants logprobs.", 5),
    "top_p": ("From 0 to 1: only the likeliest tokens that together have this probability are chosen from.", 0.9),
    "user": ("The older name of safety_identifier.", "user-1234"),
    "verbosity": ("How much is said: low, medium, high.", "low"),
    "web_search_options": ("Settings of the server's search in the web.", {}),
}
PARAMETERS_TABLE: Final = Table(
    "params",
    {
        name: Key(description, {"anyOf": [PARAMETERS[name].schema, {"type": "null"}]}, (example,))
        for name, (description, example) in _ABOUT.items()
    },
)
RESPONSE_SCHEMA: Final = Table(
    "json_schema",
    {
        "name": Key("The schema's name; by default that of the file.", STRING, ("order",)),
        "description": Key("What the reply is, for the model.", STRING, ("An order of the shop.",)),
        "strict": Key("Whether the reply has to fit the schema exactly.", {"type": "boolean"}, (True,)),
        "schema": Key("The JSON Schema itself.", {"type": "object"}, ({"type": "object"},)),
        "file": Key("The path of a file with the schema, relative to this one.", STRING, ("order.json",)),
    },
)


def params_schema() -> JsonObject:
    """Return the schema of `params`."""
    schema = PARAMETERS_TABLE.schema()
    properties = schema["properties"]
    response_format: JsonObject = {
        **PARAMETERS_TABLE.keys["response_format"].property(),
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "type": {"enum": [*RESPONSE_FORMATS]},
                    "json_schema": RESPONSE_SCHEMA.schema(),
                },
            },
            {"type": "null"},
        ],
    }
    return {
        **schema,
        "properties": {**(properties if isinstance(properties, Mapping) else {}), "response_format": response_format},
    }


EXTRA_BODY: Final = Key(
    "What only some servers know: sent beside the parameters as it is.",
    {"type": "object", "additionalProperties": ANYTHING},
    ({"top_k": 20},),
)
