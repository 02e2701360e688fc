"""Puts around the endpoints of a run that asks in batches what keeps, counts and repeats their requests."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from dialogs.chat import Endpoint
from dialogs.configuration import Prices
from dialogs.endpoints.batches.batches import Batches
from dialogs.endpoints.batches.endpoint import (
    AskingAgainEndpoint,
    AttemptNotingEndpoint,
    BatchBudgetedEndpoint,
    QuietEndpoint,
)
from dialogs.endpoints.budget import Purse
from dialogs.endpoints.journaling import JournalingEndpoint
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.journal.journal import Journal
from dialogs.running import Stop, StoppableAttempts, StoppableEndpoint

_Opened = TypeVar("_Opened", bound=Endpoint)


def guarded_in_batches(
    opened: Mapping[str, _Opened],
    batches: Batches,
    journal: Journal,
    stop: Stop,
    *,
    policy: RetryPolicy,
    budget: Purse,
    prices: Mapping[str, Prices],
    otherwise: Callable[[str, _Opened, Journal], Endpoint],
) -> dict[str, Endpoint]:
    """Return the endpoints as they are asked; `otherwise` guards those that are asked live, as a judge's may be."""

    def guarded(name: str, endpoint: Endpoint) -> Endpoint:
        noting = AttemptNotingEndpoint(endpoint, journal)
        budgeted = BatchBudgetedEndpoint(noting, budget, prices.get(name), batches.hand_over_the_rest, journal)
        again = AskingAgainEndpoint(StoppableAttempts(budgeted, stop), policy)
        return StoppableEndpoint(JournalingEndpoint(again, journal), stop)

    every = {
        name: guarded(name, endpoint) if name in batches.names else otherwise(name, endpoint, journal)
        for name, endpoint in opened.items()
    }
    return {name: QuietEndpoint(endpoint, batches.quiet) for name, endpoint in every.items()}
