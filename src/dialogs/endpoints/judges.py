"""From the configuration's judge to its endpoints."""

from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.configuration import Configuration
from dialogs.endpoints.opening import OpenedEndpoint, open_endpoints, open_similarity

# What a cassette knows the judge's endpoints by, whatever their models are called.
RUBRICS: Final = "(judge)"
SIMILARITIES: Final = "(embeddings)"
JUDGES: Final = frozenset((RUBRICS, SIMILARITIES))


def open_judges(
    kinds: frozenset[str],
    configuration: Configuration,
    environ: Mapping[str, str],
    *,
    concurrency: int,
    timeout_s: float | None = None,
) -> dict[str, OpenedEndpoint]:
    """Open the endpoints that judge the named kinds of expectations; the configuration names a model for each.

    Raises:
        MissingKeyError: an endpoint needs a key, and there is none.
        MissingModelError: weights or packages of the embedded model are not installed.
        WrongUseError: a URL, a key or a header cannot be used, or the endpoint has no embeddings.
    """
    return dict(_opened(kinds, configuration, environ, concurrency, timeout_s))


def _opened(
    kinds: frozenset[str],
    configuration: Configuration,
    environ: Mapping[str, str],
    concurrency: int,
    timeout_s: float | None,
) -> Iterator[tuple[str, OpenedEndpoint]]:
    judge = configuration.judge
    if "rubric" in kinds and judge.model is not None:
        opened = open_endpoints([judge.model], configuration, environ, concurrency=concurrency, timeout_s=timeout_s)
        yield RUBRICS, opened[judge.model]
    if "similar" in kinds and judge.embedding_model is not None:
        yield (
            SIMILARITIES,
            open_similarity(
                judge.embedding_model, configuration, environ, concurrency=concurrency, timeout_s=timeout_s
            ),
        )
