"""`expect`: the checks of replies."""

from collections.abc import Mapping
from typing import Final

from dialogs.encoding import JsonObject
from dialogs.expectation_kinds import NEGATABLE, TEXT_KINDS
from dialogs.format_schemas.building import (
    ANYTHING,
    BOOLEAN,
    OBJECT,
    POSITIVE_INTEGER,
    POSITIVE_NUMBER,
    STRING,
    TEXT,
    TEXT_OR_TEXTS,
    Key,
    Table,
    any_of,
    file_of,
    list_of,
    ref,
)

CALL: Final = Table(
    "tool_call",
    {
        "name": Key("The tool's name.", STRING, ("lookup_order",)),
        "arguments": Key(
            "Arguments that the call must hold; it may have more, at any depth.", OBJECT, ({"order_id": "17"},)
        ),
    },
    ("name",),
)
SIMILAR: Final = Table(
    "similar",
    {
        "to": Key("The text that the reply should be like.", TEXT, ("You can return it within 30 days.",)),
        "threshold": Key(
            "How similar at least: the cosine of the two embeddings. 0.8 where nothing is said.",
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            (0.8,),
        ),
    },
    ("to",),
)
SCHEMA_FILE: Final = file_of("json_schema", "a JSON Schema", "order.schema.json")

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "contains": ("The reply contains this text, or all of a list.", "receipt"),
    "icontains": ("The same, whatever the case of the letters.", "receipt"),
    "equals": ("The reply is this text, to the last character.", "Yes."),
    "starts_with": ("The reply begins with this text.", "Dear"),
    "regex": (
        "The expression (of RE2) matches anywhere in the reply; (?i) leaves out the case of letters.",
        "(?i)\\b30 days\\b",
    ),
}
_NOT_TEXTS: Final[Mapping[str, str]] = {
    "contains": "The reply does not contain this text, or any of a list.",
    "icontains": "The same, whatever the case of the letters.",
    "equals": "The reply is not this text.",
    "starts_with": "The reply does not begin with this text.",
    "regex": "The expression (of RE2) matches nowhere in the reply.",
}


def _path_checks() -> dict[str, Key]:
    checks: dict[str, Key] = {
        "path": Key("The JSON path (RFC 9535).", STRING, ("$.orders[0].id",)),
        "exists": Key("Whether anything stands at the path.", BOOLEAN, (True,)),
    }
    for kind in TEXT_KINDS:
        schema = ANYTHING if kind == "equals" else TEXT_OR_TEXTS
        example = (_TEXTS[kind][1],)
        checks[kind] = Key(f"One of the values at the path meets this: see `{kind}` of a reply.", schema, example)
        checks[f"not_{kind}"] = Key(f"None of the values at the path meets this: see `{kind}`.", schema, example)
    return checks


PATH: Final = Table("json_path", _path_checks(), ("path",))


def _tool_call(description: str) -> Key:
    return Key(
        description,
        any_of(STRING, {"const": True}, CALL.schema()),
        ("lookup_order", {"name": "lookup_order", "arguments": {"order_id": "17"}}),
    )


def _similar(description: str) -> Key:
    return Key(description, SIMILAR.schema(), ({"to": "You can return it within 30 days.", "threshold": 0.8},))


_OTHERS: Final[Mapping[str, Key]] = {
    "json": Key("The reply is JSON, and nothing else.", {"const": True}, (True,)),
    "json_schema": Key(
        "The reply is JSON that fits this schema, given here or as {file: ...}. Nothing is fetched from elsewhere.",
        any_of(OBJECT, SCHEMA_FILE.schema()),
        ({"type": "object", "required": ["id"]}, {"file": "order.schema.json"}),
    ),
    "json_path": Key(
        "The reply is JSON with something at this path (RFC 9535), or with what the other keys say.",
        any_of(STRING, PATH.schema()),
        ("$.orders[0]", {"path": "$.orders[0].state", "equals": "shipped"}),
    ),
    "tool_call": _tool_call("A tool is called in any round of the turn: by name, with arguments, or (true) any tool."),
    "finish_reason": Key("Why the reply ends.", STRING, ("stop", "length", "tool_calls")),
    "max_tokens": Key("The most completion tokens of the turn, as the server counts them.", POSITIVE_INTEGER, (200,)),
    "max_latency_s": Key(
        "The most seconds that the turn may take. It is reported, and does not set the outcome.", POSITIVE_NUMBER, (5,)
    ),
    "similar": _similar("The reply is like this text, by embeddings of the judge's embedding_model."),
    "rubric": Key(
        "What the reply should be, judged by the model that `judge` in dialogs.yaml names.",
        TEXT,
        ("Names the term of 30 days, and is friendly.",),
    ),
    "any_of": Key(
        "At least one of these checks is met.",
        list_of(ref("expectation"), at_least=2),
        ([{"contains": "refund"}, {"contains": "money back"}],),
    ),
    "not_tool_call": _tool_call("No such tool is called in any round of the turn."),
    "not_finish_reason": Key("The reply does not end for this reason.", STRING, ("length",)),
    "not_similar": _similar("The reply is not like this text."),
}


def _table() -> Table:
    keys: dict[str, Key] = {}
    for kind, (description, example) in _TEXTS.items():
        keys[kind] = Key(description, TEXT_OR_TEXTS, (example,))
    for kind in NEGATABLE:
        if kind in TEXT_KINDS:
            keys[f"not_{kind}"] = Key(_NOT_TEXTS[kind], TEXT_OR_TEXTS, (_TEXTS[kind][1],))
    return Table("an expectation", {**keys, **_OTHERS}, exactly_one=True)


EXPECTATION: Final = _table()


def expectations_schema() -> JsonObject:
    """Return the schema of `expect`: a list of checks, or a mapping of them."""
    several = {key: value for key, value in EXPECTATION.schema().items() if key != "maxProperties"}
    return any_of(list_of(ref("expectation"), at_least=1), several)
