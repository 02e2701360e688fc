"""`dialogs run --dry-run`: says what a run would ask, and asks nothing."""

import math
import os
from collections.abc import Iterable, Mapping

from dialogs.arms.histories import History
from dialogs.cli.batching import check_batches
from dialogs.cli.output import write_lines
from dialogs.cli.run_flags import Flags
from dialogs.configuration import Configuration, Prices, RateLimits
from dialogs.endpoints.opening import model_named
from dialogs.expansion import Expansion
from dialogs.forecast import forecast
from dialogs.judge_endpoints import check_judge, judged_kinds
from dialogs.prices import in_batches
from dialogs.reports.forecast_text import Terms, forecast_lines
from dialogs.spending import money_for


def say_forecast(flags: Flags, configuration: Configuration, expansion: Expansion, concurrency: int) -> None:
    """Write the plan of a run to stdout: the figures are what was asked for.

    Raises:
        WrongUseError: a judge is needed and none is named, a budget is given and a price is unknown, or a model has no
            batches.
    """
    if flags.is_batched:
        check_batches(expansion.model_names(), configuration)
    kinds = judged_kinds(expansion, expansion.scenarios) if flags.judge else {}
    check_judge(kinds, configuration.judge)
    judge = configuration.judge
    judges = {kind: {"rubric": judge.model, "similar": judge.embedding_model}[kind] or "" for kind in kinds}
    names = dict.fromkeys((*expansion.model_names(), *judges.values()))
    money = money_for(names, configuration, flags.budget)
    arms = flags.arms
    expected = forecast(
        expansion,
        resamples=arms.resamples,
        is_compared=arms.baseline is not None and arms.history is not History.LIVE,
        judged=kinds,
    )
    turns = 1 if arms.history is History.PINNED else expected.longest
    terms = Terms(
        prices=_half_of_batches(money.prices, expansion, judges) if flags.is_batched else money.prices,
        rates={name: RateLimits(flags.rpm or own.rpm, flags.tpm or own.tpm) for name, own in money.rates.items()},
        concurrency=concurrency,
        own_concurrency=_own_concurrency(names, configuration),
        workers=flags.workers,
        judges=judges,
        rounds_of_batches=turns * math.ceil(expected.dialogues / concurrency) if flags.is_batched else None,
    )
    write_lines(forecast_lines(expected, terms))


def _half_of_batches(
    prices: Mapping[str, Prices], expansion: Expansion, judges: Mapping[str, str]
) -> Mapping[str, Prices]:
    """Halve what is asked in batches: all but embeddings."""
    halved = {*expansion.model_names(), judges.get("rubric")}
    return {name: in_batches(each) if name in halved else each for name, each in prices.items()}


def _own_concurrency(names: Iterable[str], configuration: Configuration) -> Mapping[str, int]:
    """Return how many dialogues at a time a model serves, where that is fewer than a run would play."""
    models = [model_named(name, configuration, os.environ) for name in names]
    own = {model.name: 1 if model.kind == "embedded" else model.concurrency for model in models}
    return {name: places for name, places in own.items() if places is not None}
