"""What a program plays on: a function, an endpoint of its own, or models by name."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.endpoints.faults import one_line
from dialogs.endpoints.function import FunctionEndpoint
from dialogs.endpoints.opening import TIMEOUT_S
from dialogs.errors import WrongUseError

Target: TypeAlias = Callable[..., Any] | Endpoint | str | Iterable[str] | None

_OF_AN_ENDPOINT: Final = ("complete", "identity", "model", "close")
_UNFIT: Final = re.compile(r"[^\w.-]+")
_WANTED: Final = "wanted a function of the messages, an Endpoint, or the name of a model"


@dataclass(frozen=True, slots=True)
class Played:
    """The names of the models that are played on; none: the scenarios' own. `endpoint` is the one that was given."""

    models: tuple[str, ...] = ()
    endpoint: "GivenEndpoint | FunctionEndpoint | None" = None


def played_on(target: Target, timeout_s: float | None = None) -> Played:
    """Say what a target stands for; a function is called by its own name.

    Raises:
        WrongUseError: it is nothing that can be played on.
    """
    if target is None:
        return Played()
    if isinstance(target, str):
        return Played((target,))
    if callable(getattr(target, "complete", None)):
        endpoint = _given(target)
        return Played((endpoint.model,), endpoint)
    if callable(target):
        name = _name(target)
        return Played((name,), FunctionEndpoint(target, name, timeout_s=timeout_s or TIMEOUT_S))
    if isinstance(target, Iterable) and (names := list(target)) and all(isinstance(each, str) for each in names):
        return Played(tuple(dict.fromkeys(map(str, names))))
    raise WrongUseError(f"endpoint is {type(target).__name__}; {_WANTED}")


def _given(target: object) -> "GivenEndpoint":
    missing = [name for name in _OF_AN_ENDPOINT if not hasattr(target, name)]
    if missing:
        raise WrongUseError(f"{type(target).__name__} has no {', '.join(missing)}; {_WANTED}")
    return GivenEndpoint(target)  # type: ignore[arg-type] # it has all that the protocol asks for


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return _UNFIT.sub("", name) or "function"


class GivenEndpoint(EndpointAround):
    """An endpoint of the caller's own: it stays open, and what it raises ends one dialogue only."""

    def __init__(self, inner: Endpoint) -> None:
        """Ask `inner`."""
        super().__init__(inner)
        self.concurrency: int | None = getattr(inner, "concurrency", None)

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask, and make a fault of what is raised."""
        try:
            answer: object = await self.inner.complete(request)
        except Exception as error:  # noqa: BLE001 - the endpoint is the user's, and may raise anything
            return self._fault(f"{type(error).__name__}: {one_line(str(error))}")
        if isinstance(answer, ChatReply | Fault):
            return answer
        return self._fault(f"returned {type(answer).__name__}; wanted a ChatReply or a Fault")

    def _fault(self, message: str) -> Fault:
        return Fault(FaultKind.FUNCTION_FAILED, f"{self.model}: {message}", billing=Billing.PERHAPS)

    async def close(self) -> None:
        """The caller may play on it again, and closes it."""
