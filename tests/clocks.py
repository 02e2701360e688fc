"""Virtual time for tests: an event loop whose idle waits take no time, and the clock that goes with it."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from dialogs.clock import Clock

Result = TypeVar("Result")
START = datetime(2026, 1, 1, tzinfo=UTC)


class DeadlockError(Exception):
    """Every task waits for something that no timer will bring."""


class _Selector(selectors.SelectSelector):
    """Jumps to the next timer where a real selector would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise DeadlockError("nothing is ready and no timer is set")
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time begins at 0 and advances only when nothing else can run."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


class VirtualClock(Clock):
    """The clock of the virtual loop that runs; now() begins with the year 2026."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))


def run_virtually(main: Callable[[VirtualClock], Coroutine[Any, Any, Result]]) -> Result:
    """Run `main` in virtual time, as `asyncio.run` would in real time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main(VirtualClock()))
