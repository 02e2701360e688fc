"""Group commit: many records share one wait for the disk, and the event loop waits for none."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

Item = TypeVar("Item")

_Group: TypeAlias = list[tuple[Item, "asyncio.Future[bool]"]]


class GroupCommit(Generic[Item]):
    """Secures items in groups, one group at a time in a thread; all that comes meanwhile makes up the next.

    So a lone record waits for its own sync only, and under load one sync serves dozens, without a timer.
    """

    def __init__(self, secure: Callable[[Sequence[Item]], Sequence[bool]]) -> None:
        """Secure groups by calling `secure` in a thread: it says of each item whether that is on the disk."""
        self._secure = secure
        self._thread: threading.Thread | None = None
        self._groups: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, _Group[Item]] | None] = queue.SimpleQueue()
        self._waiting: _Group[Item] = []
        self._busy = False

    async def commit(self, item: Item) -> bool:
        """Return when `item`, and all that was written before it, is on the disk; False where that failed.

        A cancelled wait takes nothing back.
        """
        loop = asyncio.get_running_loop()
        secured: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((item, secured))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._start, loop)  # what is answered in the same turn of the loop joins the group
        return await secured

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        group, self._waiting = self._waiting, []
        if self._thread is None:
            # No executor: its futures, of two kinds, and their locks cost more than the rest of a small group.
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._groups.put((loop, group))

    def _work(self) -> None:
        """Secure groups as they come. Runs in the thread."""
        while (job := self._groups.get()) is not None:
            loop, group = job
            results: Sequence[bool] | BaseException
            try:
                results = self._secure([item for item, _ in group])
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
                results = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits any more
                loop.call_soon_threadsafe(self._finish, loop, group, results)

    def _finish(
        self, loop: asyncio.AbstractEventLoop, group: _Group[Item], results: Sequence[bool] | BaseException
    ) -> None:
        for number, (_, secured) in enumerate(group):
            if secured.done():  # its wait was cancelled
                continue
            if isinstance(results, BaseException):
                secured.set_exception(results)
            else:
                secured.set_result(results[number])
        self._busy = bool(self._waiting)
        if self._busy:
            self._start(loop)

    def close(self) -> None:
        """End the thread, when what it has begun is secured."""
        if self._thread is not None:
            self._groups.put(None)
            self._thread.join()
            self._thread = None
