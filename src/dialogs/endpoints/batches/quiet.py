"""Tells when all that a run asks waits for a batch, so that nothing more can come before one is handed over."""

import asyncio
from typing import Final

# So many turns of the loop in which nothing happens: what a reply sets off needs a few to come to its next request.
_CALM: Final = 32


class Quiet:
    """Counts the requests that are being asked, and those of them that wait for a batch."""

    def __init__(self) -> None:
        """Begin with none."""
        self._asked = 0
        self._waiting = 0
        self._changes = 0
        self._moved = asyncio.Event()

    def change(self, *, asked: int = 0, waiting: int = 0) -> None:
        """Count requests more, or less."""
        self._asked += asked
        self._waiting += waiting
        self._changes += 1
        self._moved.set()

    async def come(self) -> None:
        """Return when every request that is asked waits for a batch, and nothing is about to ask another one."""
        calm = 0
        while calm < _CALM:
            if not self._waiting or self._waiting != self._asked:
                self._moved.clear()
                await self._moved.wait()
            seen = self._changes
            await asyncio.sleep(0)
            calm = calm + 1 if seen == self._changes else 0
