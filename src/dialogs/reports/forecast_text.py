"""What a run would ask, as a person reads it before asking."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.configuration import Prices, RateLimits
from dialogs.forecast import Forecast, ModelForecast
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line

_GUESSED_LATENCY_S: Final = 2
_SHARD_S: Final = 600
_CPU_S: Final = 0.001  # of a request, as measured by bench/
_MOST_BUSY: Final = 0.5  # of a core, at which requests begin to wait for it
_MINUTE: Final = 60
_HOUR: Final = 3600
_CENT: Final = 0.01
_JUDGED: Final = {"rubric": "by rubrics", "similar": "likeness"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is played under: prices and limits by model, and how many requests at a time.

    `own_concurrency` is how many of them a model takes from each of the `workers`, which are processes. `judges` are
    the models that judge, by the kind of what they judge. `rounds_of_batches` is how many rounds one after another are
    asked in batches; None: all is asked live.
    """

    prices: Mapping[str, Prices] = field(default_factory=dict)
    rates: Mapping[str, RateLimits] = field(default_factory=dict)
    concurrency: int = 1
    own_concurrency: Mapping[str, int] = field(default_factory=dict)
    workers: int = 1
    judges: Mapping[str, str] = field(default_factory=dict)
    rounds_of_batches: int | None = None


def forecast_lines(forecast: Forecast, terms: Terms) -> Iterator[str]:
    """Give the lines of a plan: sizes, then each model's tokens and dollars, the time, and the shards."""
    beside = ", and what is asked beside where replies differ from the baseline" if forecast.is_compared else ""
    yield (
        f"{count(forecast.dialogues, 'dialogue')} of {count(forecast.scenarios, 'scenario')}: "
        f"{count(forecast.requests, 'request')}, without rounds of tools and repeated attempts{beside}"
    )
    loads = _loads(forecast, terms)
    for name, model in forecast.models.items():
        yield f"{harmless_line(name)}: {_model(model, terms.prices.get(name))}"
    for kind, model in forecast.judges.items():
        name = terms.judges[kind]
        yield f"{harmless_line(name)}, which judges {_JUDGED[kind]}: {_model(model, terms.prices.get(name))}"
    known = [load.cost_usd(terms.prices[name]) for name, load in loads.items() if name in terms.prices]
    if sum(name in terms.prices for name in (*forecast.models, *map(terms.judges.get, forecast.judges))) > 1:
        more = "" if len(known) == len(loads) else ", and what the models without prices cost"
        yield f"in all about {_dollars(sum(known))}{more}"
    if terms.rounds_of_batches is None:
        yield from _time(forecast, loads, terms)
    else:
        rounds = count(terms.rounds_of_batches, "round")
        yield f"in {rounds} of batches one after another, each answered within 24 hours, at half the price"
    yield "tokens are estimates: four bytes each, replies at their limit of tokens or 250"


def _loads(forecast: Forecast, terms: Terms) -> dict[str, ModelForecast]:
    """Add up what each model is asked, be it played or judging."""
    loads: dict[str, ModelForecast] = {}
    for name, model in (
        *forecast.models.items(),
        *((terms.judges[kind], model) for kind, model in forecast.judges.items()),
    ):
        loads.setdefault(name, ModelForecast()).add(model)
    return loads


def _model(model: ModelForecast, prices: Prices | None) -> str:
    cost = "cost unknown" if prices is None else f"about {_dollars(model.cost_usd(prices))}"
    tokens = f"about {model.prompt_tokens:,} tokens in and {model.completion_tokens:,} out"
    return f"{count(model.requests, 'request')}, {tokens}, {cost}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= _CENT or amount == 0 else f"${amount:.4f}"


def _time(forecast: Forecast, loads: Mapping[str, ModelForecast], terms: Terms) -> Iterator[str]:
    limited = max((load.least_s(terms.rates[name]) for name, load in loads.items() if name in terms.rates), default=0.0)
    requests = sum(load.requests for load in loads.values())
    rounds = max(math.ceil(requests / terms.concurrency), forecast.longest)
    at_most = {name: places * terms.workers for name, places in terms.own_concurrency.items()}
    own = {name: math.ceil(load.requests / at_most.get(name, math.inf)) for name, load in loads.items()}
    slowest = max(own, key=own.__getitem__, default="")
    pace = f"-j {terms.concurrency} and {_GUESSED_LATENCY_S} s a reply"
    if slowest and own[slowest] > rounds:
        rounds = own[slowest]
        places = at_most[slowest]
        pace = f"{_GUESSED_LATENCY_S} s a reply, {places} at a time, which is all that {harmless_line(slowest)} takes"
    guessed = rounds * _GUESSED_LATENCY_S
    longest = max(limited, guessed)
    yield f"about {_duration(guessed)} at {pace}"
    if limited:
        yield f"at least {_duration(limited)} by the limits of requests and tokens a minute"
    if requests * _CPU_S / terms.workers > longest * _MOST_BUSY:
        workers = math.ceil(requests * _CPU_S / (longest * _MOST_BUSY))
        yield f"with --workers {workers}, since a process sends about {1 / _CPU_S:,.0f} requests a second at most"
    if longest > _SHARD_S and longest > limited:
        shards = math.ceil(longest / _SHARD_S)
        yield f"in {count(shards, 'shard')} (--shard 1/{shards} to {shards}/{shards}) about 10 min each"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
