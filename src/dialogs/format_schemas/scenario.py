"""Scenario files."""

from typing import Final

from dialogs.encoding import JsonObject
from dialogs.format_schemas.building import (
    ANYTHING,
    BOOLEAN,
    OBJECT,
    STRING,
    TEXT,
    TEXTS,
    Key,
    Table,
    any_of,
    document,
    file_of,
    list_of,
    mapping_to,
    ref,
)
from dialogs.format_schemas.expectations import EXPECTATION, expectations_schema
from dialogs.format_schemas.parameters import EXTRA_BODY, params_schema

_PARAMS: Final = "Request parameters of ChatCompletions, checked by name"
_EXPECT: Final = "Checks that the reply is held against"

SYSTEM_FILE: Final = file_of("system", "a text", "prompts/support.md")
CASES_FILE: Final = file_of("cases", "a table of cases, .csv or .jsonl, be it compressed (.zst)", "cases.csv")
TOOLS_FILE: Final = file_of("tools", "a JSON list of tools", "tools.json")
ENVIRONMENT: Final = Table(
    "a variable of the environment",
    {"env": Key("The environment variable that holds the value, which is written to no file.", STRING, ("TOKEN",))},
    ("env",),
)
CAPTURE: Final = Table(
    "a capture",
    {
        "regex": Key(
            "An expression of RE2: its first group, or the one with the capture's name.", STRING, (r"(\d+) days",)
        ),
        "json_path": Key("A JSON path (RFC 9535) into a reply that is JSON.", STRING, ("$.order.id",)),
    },
    exactly_one=True,
)
PART: Final = Table(
    "a content part",
    {
        "text": Key("Text beside what is shown.", TEXT, ("What is wrong with this one?",)),
        "image": Key("A picture: a path, relative to this file, or an https URL.", STRING, ("pictures/lamp.png",)),
        "file": Key("A document: a path, relative to this file.", STRING, ("manual.pdf",)),
        "audio": Key("A sound: a path, relative to this file.", STRING, ("question.mp3",)),
        "detail": Key("How closely the picture is looked at.", {"enum": ["auto", "low", "high"]}, ("low",)),
    },
)
_RETURN: Final = Key("What the tool gives: text, or a value that is sent as JSON.", ANYTHING, ({"status": "shipped"},))
_ERROR: Final = Key("What went wrong in the tool: text, or a value that is sent as JSON.", ANYTHING, ("not found",))
ANSWER: Final = Table("an answer of a sequence", {"return": _RETURN, "error": _ERROR}, exactly_one=True)
TOOL_RESULT: Final = Table(
    "a tool result",
    {
        "when": Key("Arguments and the values that they must have.", OBJECT, ({"order_id": "17"},)),
        "when_regex": Key(
            "Arguments and expressions (RE2) that must match in them.", mapping_to(STRING), ({"order_id": "^1"},)
        ),
        "when_schema": Key(
            "A JSON Schema that all arguments together must fit.", OBJECT, ({"required": ["order_id"]},)
        ),
        "malformed": Key("Takes the calls whose arguments are no JSON object.", {"const": True}, (True,)),
        "return": _RETURN,
        "error": _ERROR,
        "sequence": Key(
            "Each call gets the next of these answers, and then the last.",
            list_of(ANSWER.schema(), at_least=1),
            ([{"error": "busy"}, {"return": {"status": "shipped"}}],),
        ),
    },
)
_FUNCTION: Final = {
    "name": Key("The function's name.", STRING, ("lookup_order",)),
    "description": Key("What it does, for the model.", TEXT, ("Finds an order by its number.",)),
    "parameters": Key(
        "Its arguments as a JSON Schema.", OBJECT, ({"type": "object", "properties": {"order_id": {"type": "string"}}},)
    ),
    "strict": Key("Whether calls have to fit the schema exactly.", BOOLEAN, (True,)),
}
_TYPE: Final = Key("The only type of a tool.", {"const": "function"}, ("function",))
FUNCTION: Final = Table("a function", _FUNCTION, ("name",))
SHORT_TOOL: Final = Table("a tool", {**_FUNCTION, "type": _TYPE}, ("name",))
TOOL: Final = Table(
    "a tool",
    {"type": _TYPE, "function": Key("The function.", FUNCTION.schema(), ({"name": "lookup_order"},))},
    ("function",),
)

TURN: Final = Table(
    "a turn",
    {
        "user": Key(
            "What the user says: text, or content parts with pictures and files.",
            any_of(TEXT, list_of(PART.schema(), at_least=1)),
            ("When can I return a lamp?", [{"text": "What is this?"}, {"image": "lamp.png"}]),
        ),
        "assistant": Key(
            "A scripted reply: it enters the history as it is, and nothing is asked.", TEXT, ("At 8 pm.",)
        ),
        "system": Key("A system message in mid-conversation.", TEXT, ("From now on, answer in French.",)),
        "developer": Key("A developer message in mid-conversation.", TEXT, ("From now on, answer in French.",)),
        "params": Key(f"{_PARAMS}, for this turn only.", ref("params"), ({"temperature": 0.7},)),
        "extra_body": Key(f"{EXTRA_BODY.description} For this turn only.", EXTRA_BODY.schema, EXTRA_BODY.examples),
        "expect": Key(f"{_EXPECT} in this turn.", ref("expectations"), ([{"contains": ["receipt", "30 days"]}],)),
        "capture": Key(
            "Parts of this reply that later texts use as variables, each by an expression (RE2) or a JSON path.",
            mapping_to(any_of(STRING, CAPTURE.schema())),
            ({"days": r"(\d+) days"},),
        ),
    },
)
SCENARIO: Final = Table(
    "a scenario",
    {
        "id": Key(
            "The scenario's name, unique in a run; by default that of the file.",
            {"type": ["string", "integer"], "pattern": "^[A-Za-z0-9._-]{1,100}$"},
            ("refund-policy",),
        ),
        "description": Key("What the scenario is about, for people.", TEXT, ("Asks about a refund.",)),
        "tags": Key("Names to choose scenarios by, with --tag.", TEXTS, (["smoke", "refunds"],)),
        "model": Key("A model's name, or a list of them; -m goes before it.", any_of(TEXT, TEXTS), ("gpt-4o",)),
        "system": Key(
            "The system prompt: text, or the path of a file with it.",
            any_of(TEXT, SYSTEM_FILE.schema()),
            ("You are a support agent of {{ shop }}.", {"file": "prompts/support.md"}),
        ),
        "params": Key(
            f"{_PARAMS}, for every turn.", ref("params"), ({"temperature": 0, "max_completion_tokens": 200},)
        ),
        "extra_body": EXTRA_BODY,
        "send_back": Key(
            "Keys of a reply that go back to the server beside role, content, refusal and tool_calls.",
            TEXTS,
            (["reasoning_content"],),
        ),
        "vars": Key(
            "Variables and their values, for {{ name }} in texts; {env: NAME} takes one from the environment.",
            mapping_to(any_of(ENVIRONMENT.schema(), ANYTHING)),
            ({"shop": "Acme", "token": {"env": "TOKEN"}},),
        ),
        "cases": Key(
            "One dialogue for each row of values, or for each of a .csv or .jsonl file, be it compressed (.zst).",
            any_of(list_of(OBJECT, at_least=1), CASES_FILE.schema()),
            ([{"id": "acme", "shop": "Acme"}], {"file": "cases.csv"}),
        ),
        "matrix": Key(
            "One dialogue for each combination of values, but for those that fit an item of exclude.",
            {
                "type": "object",
                "properties": {
                    "exclude": {"description": "Combinations that are left out.", **list_of(OBJECT)},
                },
                "additionalProperties": list_of(ANYTHING, at_least=1),
            },
            ({"shop": ["Acme", "Globex"], "lang": ["en", "de"]},),
        ),
        "tools": Key(
            "The functions that the model may call, here or in a JSON file.",
            any_of(list_of(any_of(SHORT_TOOL.schema(), TOOL.schema()), at_least=1), TOOLS_FILE.schema()),
            ([{"name": "lookup_order", "parameters": {"type": "object"}}], {"file": "tools.json"}),
        ),
        "tool_results": Key(
            "The scripted results of each function's calls: the first that fits a call is given.",
            mapping_to(any_of(TOOL_RESULT.schema(), list_of(TOOL_RESULT.schema(), at_least=1))),
            ({"lookup_order": [{"when": {"order_id": "17"}, "return": {"status": "shipped"}}]},),
        ),
        "expect": Key(f"{_EXPECT} in every turn.", ref("expectations"), ([{"not_contains": "As an AI"}],)),
        "turns": Key(
            "What is said, in order. A text is a user's message that waits for its reply.",
            list_of(any_of(TEXT, ref("turn")), at_least=1),
            (["When can I return a lamp?", {"user": "And a broken one?", "expect": [{"contains": "receipt"}]}],),
        ),
    },
    ("turns",),
)


def scenario_schema() -> JsonObject:
    """Return the schema of a scenario."""
    return document(
        "A scenario of dialogs",
        "One scripted conversation. A file may hold several, with --- between them and an id in each.",
        SCENARIO.schema(),
        (
            ("turn", TURN.schema()),
            ("params", params_schema()),
            ("expectations", expectations_schema()),
            ("expectation", EXPECTATION.schema()),
        ),
    )
