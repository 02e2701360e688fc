"""Makes a run ask in batches."""

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from dialogs.configuration import Configuration
from dialogs.endpoints.batches.batches import Batches
from dialogs.endpoints.batches.endpoint import BatchedEndpoint
from dialogs.endpoints.batches.official import OfficialProvider
from dialogs.endpoints.judges import RUBRICS
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import model_named
from dialogs.endpoints.verdicts import VerdictEndpoint
from dialogs.errors import WrongUseError
from dialogs.prices import in_batches
from dialogs.replaying import JudgeEndpoints, Replay

# What the lines of a batch name; Azure's have no version in it.
_URLS: Final = {"openai": "/v1/chat/completions", "azure": "/chat/completions"}


def check_batches(names: Iterable[str], configuration: Configuration) -> None:
    """Refuse models whose endpoint has no batches.

    Raises:
        WrongUseError: a model has such an endpoint.
    """
    for name in names:
        kind = model_named(name, configuration, os.environ).kind
        if kind not in _URLS:
            raise WrongUseError(
                f"--executor batch: {name} has the endpoint {kind}, which knows no batches; wanted a model of OpenAI, "
                "of a server with its Batch API, or of Azure"
            )


def asking_in_batches(job: Replay, configuration: Configuration, *, waits: bool) -> Replay:
    """Return the run with its requests, and those about rubrics, asked in batches at half the price.

    Embeddings are asked live, and so is a judge whose endpoint has no batches.
    """
    batches = Batches(job.output.parent, waits=waits)
    endpoints = {
        name: _batched(batches, name, name, endpoint, configuration) or endpoint
        for name, endpoint in job.endpoints.items()
    }
    judge = None if job.judge is None else _judge(batches, job.judge, configuration)
    prices = {name: in_batches(each) if name in batches.names else each for name, each in job.money.prices.items()}
    return replace(
        job,
        endpoints=endpoints,
        judge=judge,
        batches=batches,
        money=replace(job.money, prices=prices),
        concurrency=max(sum(1 for _ in islice(job.dialogues, job.concurrency)), 1),  # no place without a dialogue
    )


def _batched(
    batches: Batches, name: str, model: str, endpoint: object, configuration: Configuration
) -> BatchedEndpoint | None:
    if not isinstance(endpoint, OpenAIEndpoint):
        return None
    url = _URLS[model_named(model, configuration, os.environ).kind]
    return batches.batched(name, endpoint, partial(OfficialProvider, endpoint, url=url), url=url)


def _judge(batches: Batches, judge: JudgeEndpoints, configuration: Configuration) -> JudgeEndpoints:
    rubrics, model = judge.endpoints.get(RUBRICS), configuration.judge.model
    if not isinstance(rubrics, VerdictEndpoint) or model is None:
        return judge
    batched = _batched(batches, RUBRICS, model, rubrics.inner, configuration)
    if batched is None:
        return judge
    return replace(judge, endpoints={**judge.endpoints, RUBRICS: VerdictEndpoint(batched)})
