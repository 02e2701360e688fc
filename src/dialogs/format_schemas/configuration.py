"""dialogs.yaml."""

from typing import Final

from dialogs.encoding import JsonObject
from dialogs.format_schemas.building import (
    POSITIVE_INTEGER,
    POSITIVE_NUMBER,
    STRING,
    TEXT,
    TEXTS,
    Key,
    Table,
    any_of,
    document,
    mapping_to,
    ref,
)
from dialogs.format_schemas.parameters import EXTRA_BODY, params_schema

_TIMEOUT: Final = "The most seconds that one attempt may take."
_CONCURRENCY: Final = "How many dialogues are played at the same time"

_DOLLARS: Final[JsonObject] = {"type": "number", "minimum": 0}
PRICES: Final = Table(
    "prices",
    {
        "input": Key("Dollars for a million tokens of prompts.", _DOLLARS, (2.5,)),
        "cached_input": Key("The same for those that the server had in its cache.", _DOLLARS, (1.25,)),
        "output": Key("Dollars for a million tokens of replies.", _DOLLARS, (10,)),
    },
    ("input", "output"),
)
LIMITS: Final = Table(
    "limits",
    {
        "rpm": Key("The most requests a minute.", POSITIVE_NUMBER, (500,)),
        "tpm": Key("The most tokens a minute.", POSITIVE_NUMBER, (200000,)),
    },
)
MODEL: Final = Table(
    "a model",
    {
        "endpoint": Key("What answers.", {"enum": ["openai", "azure", "embedded", "function"]}, ("openai",)),
        "model": Key(
            "The model's name at its endpoint (Azure: the deployment); by default the name above.",
            TEXT,
            ("gpt-4o-mini",),
        ),
        "base_url": Key("Where the server is, up to /v1.", STRING, ("https://api.example.com/v1",)),
        "key_env": Key("The environment variable that holds the key; never the key itself.", STRING, ("EXAMPLE_KEY",)),
        "organization": Key("OpenAI's organization.", STRING, ("org-1",)),
        "project": Key("OpenAI's project.", STRING, ("proj-1",)),
        "api_version": Key("Azure's API version; without one its v1 URL is used.", TEXT, ("2024-10-21",)),
        "headers": Key(
            "Headers that go with every request; none that hold a key.", mapping_to(TEXT), ({"X-Team": "support"},)
        ),
        "client_cert": Key("The path of a client certificate (PEM).", STRING, ("client.pem",)),
        "client_key": Key(
            "The path of the certificate's key, where it is not in the same file.", STRING, ("client.key",)
        ),
        "timeout_s": Key(_TIMEOUT, POSITIVE_NUMBER, (60,)),
        "threads": Key("Of the embedded model: on how many threads it runs.", POSITIVE_INTEGER, (2,)),
        "weights": Key("Of the embedded model: the path of a GGUF file.", STRING, ("models/small.gguf",)),
        "function": Key("A Python function that answers, as package.module:name.", STRING, ("my_bot.chat:reply",)),
        "params": Key("Request parameters of ChatCompletions for this model.", ref("params"), ({"temperature": 0},)),
        "extra_body": EXTRA_BODY,
        "concurrency": Key(f"{_CONCURRENCY} on this model.", POSITIVE_INTEGER, (4,)),
        "prices": Key("What its tokens cost, for --max-cost.", PRICES.schema(), ({"input": 2.5, "output": 10},)),
        "limits": Key("How fast it may be asked.", LIMITS.schema(), ({"rpm": 500},)),
    },
)
JUDGE: Final = Table(
    "judge",
    {
        "model": Key("The model that judges rubrics.", TEXT, ("gpt-4o",)),
        "embedding_model": Key("The model of embeddings that `similar` uses.", TEXT, ("text-embedding-3-small",)),
        "params": Key(
            "Request parameters of the judge's requests; null leaves one out.", ref("params"), ({"seed": 1},)
        ),
    },
)
CONFIGURATION: Final = Table(
    "the configuration",
    {
        "model": Key("The model of dialogues that name none.", TEXT, ("gpt-4o-mini",)),
        "models": Key(
            "Models by the names that scenarios and -m use.",
            mapping_to(MODEL.schema()),
            ({"local": {"base_url": "http://127.0.0.1:8080/v1"}},),
        ),
        "params": Key(
            "Request parameters of ChatCompletions under every scenario's own.", ref("params"), ({"temperature": 0},)
        ),
        "concurrency": Key(f"{_CONCURRENCY}.", POSITIVE_INTEGER, (8,)),
        "timeout_s": Key(_TIMEOUT, POSITIVE_NUMBER, (60,)),
        "secrets": Key("Environment variables whose values are written to no file.", TEXTS, (["CUSTOMER_TOKEN"],)),
        "redact": Key("Expressions (RE2) for what is cut out of what servers say.", TEXTS, ([r"\b\d{16}\b"],)),
        "judge": Key(
            "Who judges what no check can: the name of a model, or more.",
            any_of(TEXT, JUDGE.schema()),
            ("gpt-4o", {"model": "gpt-4o", "embedding_model": "text-embedding-3-small"}),
        ),
        "ignore": Key(
            "Expressions (RE2) and JSON paths for what a comparison leaves out of replies.",
            TEXTS,
            ([r"\d{4}-\d\d-\d\d"],),
        ),
    },
)


def configuration_schema() -> JsonObject:
    """Return the schema of dialogs.yaml."""
    return document(
        "The configuration of dialogs",
        "What a team shares: models, defaults, judge. It stands in dialogs.yaml, beside or above the scenarios.",
        CONFIGURATION.schema(),
        (("params", params_schema()),),
    )
