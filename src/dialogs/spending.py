"""What a run may send and spend: its budget, and the prices and limits of its models."""

import os
from collections.abc import Iterable, Mapping
from typing import Final

from dialogs.configuration import Configuration, Prices
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.opening import model_named
from dialogs.endpoints.sites import address_of
from dialogs.errors import WrongUseError
from dialogs.prices import prices_of
from dialogs.replaying import Money

_HOW_TO_SET: Final = (
    "set prices: {input: …, output: …} on the model in dialogs.yaml, or pip install 'dialogs-cli[prices]'"
)


def money_for(
    names: Iterable[str], configuration: Configuration, budget: Budget, judges: Mapping[str, str] | None = None
) -> Money:
    """Return a budget with the prices and limits of a run on the named models; `judges` are models by other names.

    Raises:
        WrongUseError: the budget is of dollars, and the price of a model is unknown.
    """
    named = {**{name: name for name in names}, **(judges or {})}
    models = {name: model_named(model, configuration, os.environ) for name, model in named.items()}
    prices: dict[str, Prices] = {}
    for name, model in models.items():
        found = prices_of(model, address_of(model, os.environ))
        if found is not None:
            prices[name] = found
        elif budget.max_cost_usd is not None:
            raise WrongUseError(f"--max-cost: what {named[name]} costs is not known; {_HOW_TO_SET}")
    rates = {name: model.limits for name, model in models.items()}
    return Money(budget, prices, rates)
