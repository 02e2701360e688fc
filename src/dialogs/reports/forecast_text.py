"""What a run would ask, as a person reads it before asking."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.configuration import Prices, RateLimits
from dialogs.forecast import Forecast, ModelForecast
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line

_GUESSED_LATENCY_S: Final = 2
_SHARD_S: Final = 600
_MINUTE: Final = 60
_HOUR: Final = 3600
_CENT: Final = 0.01


def forecast_lines(
    forecast: Forecast,
    prices: Mapping[str, Prices],
    rates: Mapping[str, RateLimits],
    concurrency: int,
    *,
    rounds_of_batches: int | None = None,
) -> Iterator[str]:
    """Give the lines of a plan: sizes, then each model's tokens and dollars, the time, and the shards.

    `rounds_of_batches` is how many rounds one after another are asked in batches; None: all is asked live.
    """
    beside = ", and what is asked beside where replies differ from the baseline" if forecast.is_compared else ""
    yield (
        f"{count(forecast.dialogues, 'dialogue')} of {count(forecast.scenarios, 'scenario')}: "
        f"{count(forecast.requests, 'request')}, without rounds of tools, repeated attempts and judges{beside}"
    )
    for name, model in forecast.models.items():
        yield f"{harmless_line(name)}: {_model(model, prices.get(name))}"
    known = [model.cost_usd(prices[name]) for name, model in forecast.models.items() if name in prices]
    if len(known) > 1:
        more = "" if len(known) == len(forecast.models) else ", and what the models without prices cost"
        yield f"in all about {_dollars(sum(known))}{more}"
    if rounds_of_batches is None:
        yield from _time(forecast, rates, concurrency)
    else:
        rounds = count(rounds_of_batches, "round")
        yield f"in {rounds} of batches one after another, each answered within 24 hours, at half the price"
    yield "tokens are estimates: four bytes each, replies at their limit of tokens or 250"


def _model(model: ModelForecast, prices: Prices | None) -> str:
    cost = "cost unknown" if prices is None else f"about {_dollars(model.cost_usd(prices))}"
    tokens = f"about {model.prompt_tokens:,} tokens in and {model.completion_tokens:,} out"
    return f"{count(model.requests, 'request')}, {tokens}, {cost}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= _CENT or amount == 0 else f"${amount:.4f}"


def _time(forecast: Forecast, rates: Mapping[str, RateLimits], concurrency: int) -> Iterator[str]:
    limited = max((model.least_s(rates[name]) for name, model in forecast.models.items() if name in rates), default=0.0)
    rounds = max(math.ceil(forecast.requests / concurrency), forecast.longest)
    guessed = rounds * _GUESSED_LATENCY_S
    longest = max(limited, guessed)
    yield f"about {_duration(guessed)} at -j {concurrency} and {_GUESSED_LATENCY_S} s a reply"
    if limited:
        yield f"at least {_duration(limited)} by the limits of requests and tokens a minute"
    if longest > _SHARD_S and longest > limited:
        shards = math.ceil(longest / _SHARD_S)
        yield f"in {count(shards, 'shard')} (--shard 1/{shards} to {shards}/{shards}) about 10 min each"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
