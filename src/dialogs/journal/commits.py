"""Group commit: many records share one wait for the disk, and the event loop waits for none."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Secures items in groups, one group at a time in a thread; all that comes meanwhile makes up the next.

    So a lone record waits for its own sync only, and under load one sync serves dozens, without a timer.
    """

    def __init__(self, secure: Callable[[Sequence[Item]], Sequence[bool]]) -> None:
        """Secure groups by calling `secure` in a thread: it says of each item whether that is on the disk."""
        self._secure = secure
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._waiting: list[tuple[Item, asyncio.Future[bool]]] = []
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
        job = loop.run_in_executor(self._thread, self._secure, [item for item, _ in group])
        job.add_done_callback(lambda job: self._finish(loop, [secured for _, secured in group], job))

    def _finish(
        self,
        loop: asyncio.AbstractEventLoop,
        group: Sequence[asyncio.Future[bool]],
        job: asyncio.Future[Sequence[bool]],
    ) -> None:
        error = job.exception()
        results = [False] * len(group) if error else job.result()
        for secured, result in zip(group, results, strict=True):
            if secured.done():  # its wait was cancelled
                continue
            if error is None:
                secured.set_result(result)
            else:
                secured.set_exception(error)
        self._busy = bool(self._waiting)
        if self._busy:
            loop.call_soon(self._start, loop)

    def close(self) -> None:
        """End the thread, when what it has begun is secured."""
        self._thread.shutdown()
