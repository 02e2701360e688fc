"""From the names of models to endpoints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.descriptors import places_for
from dialogs.endpoints.listing import Offer, list_models
from dialogs.endpoints.sites import Site, configured_kind, site_of
from dialogs.errors import WrongUseError
from dialogs.redaction import Secret, secrets_of

if TYPE_CHECKING:
    import asyncio

    from dialogs.endpoints.client import Client
    from dialogs.endpoints.embedded.endpoint import EmbeddedEndpoint
    from dialogs.endpoints.embeddings import SimilarityEndpoint
    from dialogs.endpoints.function import FunctionEndpoint
    from dialogs.endpoints.openai import OpenAIEndpoint

OpenedEndpoint: TypeAlias = "OpenAIEndpoint | EmbeddedEndpoint | FunctionEndpoint"

EMBEDDED: Final = "embedded"
FUNCTION: Final = "function"
TIMEOUT_S: Final = 600.0

_SHOWN: Final = 20
_HOW_TO_NAME: Final = "name one with -m, as model in the scenario or as model in dialogs.yaml"


def resolve_default_model(
    configuration: Configuration, environ: Mapping[str, str], *, notice: Callable[[str], None]
) -> str:
    """Return the model of dialogues that name none.

    It is the configuration's default; where no endpoint is configured at all, it is the embedded model, which is said
    through `notice`.

    Raises:
        WrongUseError: an endpoint is configured, and no model is named; the message lists those it offers.
    """
    if configuration.default_model:
        return configuration.default_model
    offer = list_models(environ)
    if offer is None and not configuration.models:
        notice("no model is named and no endpoint is configured: playing on the embedded model")
        return EMBEDDED
    offers = [f"{configuration.path} has {_some(tuple(configuration.models))}"] if configuration.models else []
    raise WrongUseError(
        "; ".join([f"no model is named; {_HOW_TO_NAME}", *offers, *([_offered(offer)] if offer else [])])
    )


def _offered(offer: Offer) -> str:
    if offer.problem:
        return f"{offer.address} could not be asked for its models: {offer.problem}"
    return f"{offer.address} offers {_some(offer.models) or 'none'}"


def _some(names: tuple[str, ...]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def open_endpoints(
    names: Sequence[str],
    configuration: Configuration,
    environ: Mapping[str, str],
    *,
    concurrency: int,
    timeout_s: float | None = None,
    stream: bool = False,
) -> dict[str, OpenedEndpoint]:
    """Open the endpoint of each named model; no connection is made before the first request.

    A name is one of the configuration's models, `embedded`, `embedded:PATH` of a GGUF file, `function:MODULE:NAME` of
    a Python function, or else a model of the endpoint that the environment configures. `concurrency` is how many
    requests each may have on their way; `timeout_s` is the deadline of an attempt, before the configuration's own. With
    `stream` replies are asked for token by token, and are the same as without.

    Raises:
        MissingKeyError: an endpoint needs a key, and there is none.
        MissingModelError: weights or packages of the embedded model are not installed.
        WrongUseError: a URL, a key or a header cannot be used.
    """
    opening = _Opening(configuration, environ, concurrency * len(names), stream=stream)
    return {name: opening.open(model_named(name, configuration, environ), timeout_s) for name in names}


def open_similarity(
    name: str,
    configuration: Configuration,
    environ: Mapping[str, str],
    *,
    concurrency: int,
    timeout_s: float | None = None,
) -> "SimilarityEndpoint":
    """Open the endpoint that says how similar two texts are, by the named model of embeddings.

    Raises:
        MissingKeyError: the endpoint needs a key, and there is none.
        WrongUseError: a URL, a key or a header cannot be used, or the endpoint has no embeddings.
    """
    opening = _Opening(configuration, environ, concurrency, stream=False)
    return opening.open_similarity(model_named(name, configuration, environ), timeout_s)


def model_named(name: str, configuration: Configuration, environ: Mapping[str, str]) -> ModelConfiguration:
    """Return what a model's name stands for, as `open_endpoints` takes it."""
    if name in configuration.models:
        return configuration.models[name]
    kind, _, path = name.partition(":")
    if kind == EMBEDDED:
        return ModelConfiguration(name, kind="embedded", weights=path or None)
    if kind == FUNCTION and path:
        return ModelConfiguration(name, kind="function", function=path)
    return ModelConfiguration(name, kind=configured_kind(environ) or "openai")


class _Opening:
    """Opens endpoints, one client for all models of the same site."""

    def __init__(
        self, configuration: Configuration, environ: Mapping[str, str], connections: int, *, stream: bool
    ) -> None:
        self._stream = stream
        self._timeout_s = configuration.timeout_s
        self._folders = (".", str(configuration.path.parent)) if configuration.path else (".",)
        self._environ = environ
        self._secrets = secrets_of(configuration.models.values(), environ)
        self._places = places_for(connections)
        self._clients: dict[tuple[str, Site], Client] = {}

    def open(self, model: ModelConfiguration, timeout_s: float | None) -> OpenedEndpoint:
        seconds = timeout_s or model.timeout_s or self._timeout_s or TIMEOUT_S
        if model.kind == "embedded":
            from dialogs.endpoints.embedded.endpoint import open_embedded  # noqa: PLC0415 - slow to import

            return open_embedded(model.weights, threads=model.threads, timeout_s=seconds, stream=self._stream)
        if model.kind == "function":
            from dialogs.endpoints.function import open_function  # noqa: PLC0415 - the module may be absent

            return open_function(
                model.function or model.name, timeout_s=seconds, concurrency=model.concurrency, folders=self._folders
            )
        client = self._client(model, replace(site_of(model, self._environ, seconds), stream=self._stream))
        wire_name = model.model or model.name
        if model.kind == "azure":
            from dialogs.endpoints.azure import azure_endpoint  # noqa: PLC0415 - slow to import

            return azure_endpoint(client, wire_name, concurrency=model.concurrency)
        from dialogs.endpoints.openai import openai_endpoint  # noqa: PLC0415 - slow to import

        return openai_endpoint(client, wire_name, concurrency=model.concurrency)

    def open_similarity(self, model: ModelConfiguration, timeout_s: float | None) -> "SimilarityEndpoint":
        from dialogs.endpoints.azure import azure_url  # noqa: PLC0415 - slow to import
        from dialogs.endpoints.embeddings import SimilarityEndpoint  # noqa: PLC0415 - slow to import

        if model.kind == "embedded":
            raise WrongUseError(
                f"{model.name}: the embedded model has no embeddings; wanted a model of embeddings, as "
                "text-embedding-3-small, as embedding_model under judge in dialogs.yaml, or --no-judge"
            )
        site = site_of(model, self._environ, timeout_s or model.timeout_s or self._timeout_s or TIMEOUT_S)
        wire_name = model.model or model.name
        if model.kind == "azure":
            url, identity = azure_url(site, wire_name, "embeddings")
        else:
            url, identity = site.base.to("/embeddings"), site.base.address
        client = self._client(model, site)
        return SimilarityEndpoint(
            client, url, model=wire_name, identity=f"{identity} (embeddings)", concurrency=model.concurrency
        )

    def _client(self, model: ModelConfiguration, site: Site) -> "Client":
        if (model.kind, site) not in self._clients:
            self._clients[model.kind, site] = _client_maker(model.kind)(site, self._places, self._secrets)
        return self._clients[model.kind, site]


def _client_maker(kind: str) -> "Callable[[Site, asyncio.Semaphore, tuple[Secret, ...]], Client]":
    if kind == "azure":
        from dialogs.endpoints.azure import open_azure_client  # noqa: PLC0415 - slow to import

        return open_azure_client
    from dialogs.endpoints.openai import open_client  # noqa: PLC0415 - slow to import

    return open_client
