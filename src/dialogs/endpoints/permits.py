"""What stands between a request and its endpoint: leave to send it, given back with what came of it."""

import asyncio
from typing import NamedTuple, Protocol, TypeAlias

from dialogs.chat import Answer, ChatReply, ChatRequest, Fault
from dialogs.endpoints.limits import Permit


class Replied(NamedTuple):
    """What a gate needs to know of a reply: the tokens that the server counted, where it says so."""

    total_tokens: int | None


Ended: TypeAlias = Replied | Fault | None  # None: no answer came


def ended(answer: Answer | None) -> Ended:
    """Return of an answer what a gate needs to know."""
    if isinstance(answer, ChatReply):
        return Replied(answer.usage.total_tokens if answer.usage else None)
    return answer


class Pacing(Protocol):
    """What paces requests: a gate, or one that stands in another process."""

    def now(self) -> float:
        """Return the time by its clock, in seconds."""

    def stop(self, fault: Fault) -> None:
        """Let nothing through any more; all that wait get `fault`."""

    async def enter(self, request: ChatRequest, *, refusals: int = 0) -> Permit | Fault:
        """Wait until the request may be sent; a fault: it may not be sent at all."""

    def leave(self, permit: Permit, answer: Answer | None) -> None:
        """Give a permit back, with the answer that the request got: None where it got none."""

    async def pause(self, seconds: float) -> None:
        """Wait outside; until the deadline, or until it stops, at most."""


class Pauses:
    """Waits outside of a gate, which all end when it stops."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._pausing: set[asyncio.Future[None]] = set()

    async def wait(self, seconds: float) -> None:
        """Wait for so long, or until `end`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _wake, future)
        self._pausing.add(future)
        try:
            await future
        finally:
            timer.cancel()
            self._pausing.discard(future)

    def end(self) -> None:
        """Let all go on now."""
        for pause in self._pausing:
            _wake(pause)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
