"""Group commit: many records share one wait for the disk, and the event loop waits for none."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

Secure: TypeAlias = Callable[[Sequence[bytes]], None]
_Waiting: TypeAlias = list[tuple[bytes, asyncio.Future[None]]]


class GroupCommit:
    """Secures lines in groups, one group at a time in a thread; all that comes meanwhile makes up the next.

    So a lone record waits for its own sync only, and under load one sync serves dozens, without a timer.
    """

    def __init__(self, secure: Secure) -> None:
        """Secure groups by calling `secure` in a thread: it returns when the lines are on disk, or raises."""
        self._secure = secure
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._waiting: _Waiting = []
        self._busy = False

    async def commit(self, line: bytes) -> None:
        """Return when `line`, and all that was written before, is secured.

        A cancelled wait takes nothing back.
        """
        loop = asyncio.get_running_loop()
        secured = loop.create_future()
        self._waiting.append((line, secured))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._start, loop)  # what is answered in the same turn of the loop joins the group
        await secured

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        group, self._waiting = self._waiting, []
        job = loop.run_in_executor(self._thread, self._secure, [line for line, _ in group])
        job.add_done_callback(lambda job: self._finish(loop, group, job.exception()))

    def _finish(self, loop: asyncio.AbstractEventLoop, group: _Waiting, error: BaseException | None) -> None:
        for _, secured in group:
            if secured.done():  # its wait was cancelled
                continue
            if error is None:
                secured.set_result(None)
            else:
                secured.set_exception(error)
        self._busy = bool(self._waiting)
        if self._busy:
            loop.call_soon(self._start, loop)

    def close(self) -> None:
        """End the thread, when what it has begun is secured."""
        self._thread.shutdown()
