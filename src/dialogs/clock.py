"""Time, as it is passed to what waits: monotonic for waiting and measuring, wall time for timestamps only."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time. Waits and durations go by `monotonic`, so a wall clock that is set changes nothing."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never goes back."""

    def now(self) -> datetime:
        """Return the date and time in UTC, for people and files."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at the loop's next turn where they are not positive."""


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the machine's date and time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Sleep by the event loop, which goes by monotonic time."""
        await asyncio.sleep(max(seconds, 0.0))
