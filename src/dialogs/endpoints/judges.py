"""From the configuration's judge to its endpoints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from dialogs.configuration import Configuration
from dialogs.endpoints.opening import open_endpoints, open_similarity
from dialogs.endpoints.verdicts import VerdictEndpoint

if TYPE_CHECKING:
    from dialogs.endpoints.opening import OpenedEndpoint

JudgeEndpoint: TypeAlias = "OpenedEndpoint | VerdictEndpoint"

# What a cassette knows the judge's endpoints by, whatever their models are called.
RUBRICS: Final = "(judge)"
SIMILARITIES: Final = "(embeddings)"


def open_judges(
    kinds: frozenset[str],
    configuration: Configuration,
    environ: Mapping[str, str],
    *,
    concurrency: int,
    timeout_s: float | None = None,
    opened: Mapping[str, "OpenedEndpoint"] | None = None,
) -> dict[str, JudgeEndpoint]:
    """Open the endpoints that judge the named kinds of expectations; the configuration names a model for each.

    `opened` are endpoints by their models' names: one of them that is the judge's too is not opened twice.

    Raises:
        MissingKeyError: an endpoint needs a key, and there is none.
        MissingModelError: weights or packages of the embedded model are not installed.
        WrongUseError: a URL, a key or a header cannot be used, or the endpoint has no embeddings.
    """
    judge = configuration.judge
    judges: dict[str, JudgeEndpoint] = {}
    if "rubric" in kinds and judge.model is not None:
        endpoint = (opened or {}).get(judge.model) or open_endpoints(
            [judge.model], configuration, environ, concurrency=concurrency, timeout_s=timeout_s
        )[judge.model]
        judges[RUBRICS] = VerdictEndpoint(endpoint, endpoint.concurrency)
    if "similar" in kinds and judge.embedding_model is not None:
        judges[SIMILARITIES] = open_similarity(
            judge.embedding_model, configuration, environ, concurrency=concurrency, timeout_s=timeout_s
        )
    return judges
