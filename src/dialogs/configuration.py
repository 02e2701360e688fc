"""What a team shares in `dialogs.yaml`: named models and defaults, parsed and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from dialogs.encoding import JsonObject
from dialogs.errors import Place

EndpointKind: TypeAlias = Literal["openai", "azure", "embedded", "function"]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in dollars; None: tokens from the server's cache cost what all input does."""

    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How much may be sent in a minute; None: without a limit."""

    rpm: float | None = None
    tpm: float | None = None


@dataclass(frozen=True, slots=True)
class ModelConfiguration:
    """One named model: where it answers, and what is sent with each of its requests.

    `model` is the name on the wire, None where it is `name` itself; `key_env` names the environment variable that holds
    the key; `client_cert` and `client_key` are the paths of PEM files, from the working directory, the key None
    where it stands beside the certificate; `weights` is such a path too; `function` names a Python function, as
    `package.module:name`; `place` is where the model's entry stands, if in a file.
    """

    name: str
    kind: EndpointKind = "openai"
    model: str | None = None
    base_url: str | None = None
    key_env: str | None = None
    organization: str | None = None
    project: str | None = None
    api_version: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    client_cert: str | None = None
    client_key: str | None = None
    timeout_s: float | None = None
    threads: int | None = None
    weights: str | None = None
    function: str | None = None
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    concurrency: int | None = None
    prices: Prices | None = None
    limits: RateLimits = field(default_factory=RateLimits)
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class JudgeConfiguration:
    """Who judges what no check can: a model for rubrics, one of embeddings for similarities, by their names.

    `params` go over the model's own.
    """

    model: str | None = None
    embedding_model: str | None = None
    params: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration of a run; `path` is None where there is no file. `models` keeps the file's order.

    `secrets` names environment variables whose values may stand in no file; `redact` are RE2 expressions for what may
    not stand in what servers say. `ignore` are rules of what comparisons overlook: RE2 expressions and, where they
    begin with $, JSON paths.
    """

    path: Path | None = None
    models: Mapping[str, ModelConfiguration] = field(default_factory=dict)
    default_model: str | None = None
    params: JsonObject = field(default_factory=dict)
    concurrency: int | None = None
    timeout_s: float | None = None
    secrets: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()
    judge: JudgeConfiguration = field(default_factory=JudgeConfiguration)
    ignore: tuple[str, ...] = ()
