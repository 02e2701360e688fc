import asyncio
from collections.abc import Callable

import pytest

from builders import reply, request
from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Fault, FaultKind, Usage
from dialogs.configuration import Prices
from dialogs.endpoints.budget import Budget, BudgetedEndpoint
from dialogs.endpoints.scripted import ScriptedEndpoint

DEAR = Prices(input_usd=1_000_000, output_usd=1_000_000)  # a dollar a token


def ask(budget: Budget, script: Callable[[ChatRequest], Answer], times: int, **params: object) -> list[object]:
    """Ask so often, and return the answers and what stopped the run."""
    stopped: list[object] = []
    endpoint = BudgetedEndpoint(ScriptedEndpoint(script), budget, DEAR, stopped.append)

    async def all_of_them() -> list[object]:
        return [await endpoint.complete(request("Hi.", params=params)) for _ in range(times)]

    return asyncio.run(all_of_them()) + stopped


def costing(tokens: int) -> ChatReply:
    answer = reply("yes")
    return ChatReply(answer.message, "stop", usage=Usage(0, tokens, {}))


def test_no_more_requests_are_sent_than_allowed() -> None:
    *answers, stopped = ask(Budget(max_requests=2), lambda _: costing(1), 3)

    assert [type(answer) for answer in answers] == [ChatReply, ChatReply, Fault]
    assert stopped == "2 requests were sent, as many as --max-requests allows"


def test_a_budget_of_nothing_sends_nothing() -> None:
    fault, _stopped = ask(Budget(max_requests=0), lambda _: costing(1), 1)

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.attempts) == (FaultKind.STOPPED, 0)


def test_a_request_that_might_pass_the_limit_of_dollars_is_not_sent() -> None:
    budget = Budget(max_cost_usd=100)
    found = ask(budget, lambda _: costing(30), 3, max_completion_tokens=40)

    assert [type(each) for each in found] == [ChatReply, ChatReply, Fault, str]
    assert budget.spent_usd == 60


@pytest.mark.parametrize(("billing", "kept"), [(Billing.NO, 0.0), (Billing.PERHAPS, True), (Billing.YES, True)])
def test_what_may_have_been_billed_counts_as_spent(billing: Billing, kept: float) -> None:
    budget = Budget(max_cost_usd=1_000)
    ask(budget, lambda _: Fault(FaultKind.CONNECTION, "lost", billing=billing), 1, max_tokens=10)

    assert bool(budget.spent_usd) == bool(kept)


def test_requests_on_their_way_count_before_they_are_answered() -> None:
    budget = Budget(max_cost_usd=100)
    stopped: list[str] = []
    endpoint = BudgetedEndpoint(ScriptedEndpoint(lambda _: costing(1)), budget, DEAR, stopped.append)

    async def at_the_same_time() -> list[Answer]:
        asked = [request("Hi.", params={"max_tokens": 60}) for _ in range(2)]
        return list(await asyncio.gather(*map(endpoint.complete, asked)))

    first, second = asyncio.run(at_the_same_time())

    assert isinstance(first, ChatReply)
    assert isinstance(second, Fault)
    assert len(stopped) == 1
