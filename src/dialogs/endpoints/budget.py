"""A run's budget: what may be sent and spent in all, held before each request and not after it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.configuration import Prices
from dialogs.endpoints.limits import prompt_tokens
from dialogs.prices import cost_usd

_REPLY_TOKENS: Final = 1_000
_MILLION: Final = 1_000_000


class Purse(Protocol):
    """What a request is paid from: a budget, or one that stands in another process."""

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to hold."""

    async def reserve(self, cost: float) -> str | None:
        """Count a request that may cost so many dollars; say why, where it is not to be sent."""

    def settle(self, reserved: float, spent: float, *, is_judge: bool) -> None:
        """Replace what was reserved for a request by what it cost."""


@dataclass(slots=True)
class Budget:
    """Counts what was sent and spent, and what requests on their way may yet cost; None: without a limit.

    `judge_usd` is what of `spent_usd` went to the judge.
    """

    max_requests: int | None = None
    max_cost_usd: float | None = None
    sent: int = 0
    spent_usd: float = 0.0
    judge_usd: float = 0.0
    reserved_usd: float = field(default=0.0, repr=False)

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to hold."""
        return self.max_requests is not None or self.max_cost_usd is not None

    def refusal(self, cost: float) -> str | None:
        """Say why a request that may cost `cost` dollars is not to be sent."""
        if self.max_requests is not None and self.sent >= self.max_requests:
            sent = "1 request was" if self.sent == 1 else f"{self.sent:,} requests were"
            return f"{sent} sent, as many as --max-requests allows"
        if self.max_cost_usd is not None and self.spent_usd + self.reserved_usd + cost > self.max_cost_usd:
            return (
                f"${self.spent_usd:.4f} was spent, and the next request may pass the ${self.max_cost_usd:g} that "
                "--max-cost allows"
            )
        return None

    async def reserve(self, cost: float) -> str | None:
        """Count a request that may cost so many dollars; say why, where it is not to be sent."""
        return self.take(cost)

    def take(self, cost: float) -> str | None:
        """Do what `reserve` does, without waiting."""
        refusal = self.refusal(cost)
        if refusal is None:
            self.sent += 1
            self.reserved_usd += cost
        return refusal

    def settle(self, reserved: float, spent: float, *, is_judge: bool) -> None:
        """Replace what was reserved for a request by what it cost."""
        self.reserved_usd -= reserved
        self.spent_usd += spent
        self.judge_usd += spent if is_judge else 0


class BudgetedEndpoint(EndpointAround):
    """Sends nothing that would pass the budget: the run is stopped instead, and can be resumed with a larger one.

    What a request may cost is its prompt and the limit of tokens that it sets, or 1,000 tokens where it sets none.
    """

    def __init__(self, inner: Endpoint, budget: Purse, prices: Prices | None, stop: Callable[[str], None]) -> None:
        """Ask `inner` for as long as `budget` lasts; `stop` is called with the reason when it does not."""
        super().__init__(inner)
        self._budget = budget
        self._prices = prices or Prices(0, 0)
        self._stop = stop

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, or stop the run."""
        cost = self._may_cost(request)
        is_new = not self._was_sent(request)
        refusal = await self._budget.reserve(cost) if is_new else None
        if refusal is not None:
            self._stop(refusal)
            return Fault(FaultKind.STOPPED, f"not sent: {refusal}", attempts=0)
        spent = self._cost_of_silence(cost)
        try:
            answer = await self.inner.complete(request)
            spent = self._cost_of(answer, cost)
        finally:
            self._budget.settle(cost if is_new else 0.0, spent, is_judge=request.place.arm == "judge")
        return answer

    def _was_sent(self, _request: ChatRequest) -> bool:
        """Say whether a request was sent by an earlier run, whose budget it was."""
        return False

    def _cost_of_silence(self, estimate: float) -> float:
        """Return what a request cost whose answer was not waited for: it may have been billed whole."""
        return estimate

    def _may_cost(self, request: ChatRequest) -> float:
        limit = request.params.get("max_completion_tokens") or request.params.get("max_tokens")
        reply = limit if isinstance(limit, int) else _REPLY_TOKENS
        return (prompt_tokens(request) * self._prices.input_usd + reply * self._prices.output_usd) / _MILLION

    def _cost_of(self, answer: Answer, estimate: float) -> float:
        if isinstance(answer, ChatReply) and answer.usage is not None:
            return cost_usd(answer.usage, self._prices)
        return 0.0 if isinstance(answer, Fault) and answer.billing is Billing.NO else estimate
