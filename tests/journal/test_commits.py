import asyncio
import threading
from collections.abc import Sequence

import pytest

from dialogs.journal.commits import GroupCommit


class Disk:
    """Takes groups of lines, each when it is let; tells what came."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self._let = threading.Semaphore(0)
        self.groups: list[list[bytes]] = []

    def secure(self, lines: Sequence[bytes]) -> Sequence[bool]:
        self.groups.append(list(lines))
        self._let.acquire()
        if self._error:
            raise self._error
        return [line != b"lost" for line in lines]

    def let(self, groups: int = 1) -> None:
        self._let.release(groups)

    async def began(self, groups: int) -> None:
        while len(self.groups) < groups:  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.001)


def test_what_comes_while_the_disk_is_busy_shares_the_next_group() -> None:
    async def main() -> list[list[bytes]]:
        disk = Disk()
        commits = GroupCommit(disk.secure)
        first = asyncio.ensure_future(commits.commit(b"1"))
        await disk.began(1)
        rest = [asyncio.ensure_future(commits.commit(b"%d" % number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        disk.let(2)
        await asyncio.gather(first, *rest)
        commits.close()
        return disk.groups

    assert asyncio.run(main()) == [[b"1"], [b"2", b"3", b"4"]]


def test_what_comes_at_once_makes_one_group() -> None:
    async def main() -> list[list[bytes]]:
        disk = Disk()
        disk.let(9)
        commits = GroupCommit(disk.secure)
        await asyncio.gather(*(commits.commit(b"%d" % number) for number in range(3)))
        commits.close()
        return disk.groups

    assert asyncio.run(main()) == [[b"0", b"1", b"2"]]


def test_nobody_goes_on_before_the_disk_has_it() -> None:
    async def main() -> tuple[bool, bool]:
        disk = Disk()
        commits = GroupCommit(disk.secure)
        waiting = asyncio.ensure_future(commits.commit(b"1"))
        await disk.began(1)
        before = waiting.done()
        disk.let()
        await waiting
        commits.close()
        return before, waiting.done()

    assert asyncio.run(main()) == (False, True)


def test_each_is_told_whether_the_disk_has_it() -> None:
    async def main() -> list[bool]:
        disk = Disk()
        disk.let()
        commits = GroupCommit(disk.secure)
        told = await asyncio.gather(*(commits.commit(line) for line in (b"1", b"lost", b"2")))
        commits.close()
        return told

    assert asyncio.run(main()) == [True, False, True]


def test_a_failure_reaches_all_of_its_group() -> None:
    async def main() -> list[str]:
        disk = Disk(OSError("full"))
        disk.let(9)
        commits = GroupCommit(disk.secure)
        errors = await asyncio.gather(*(commits.commit(b"x") for _ in range(3)), return_exceptions=True)
        commits.close()
        return [str(error) for error in errors]

    assert asyncio.run(main()) == ["full"] * 3


@pytest.mark.parametrize("error", [None, OSError("full")])
def test_a_cancelled_wait_takes_nothing_back(error: Exception | None) -> None:
    async def main() -> list[list[bytes]]:
        disk = Disk(error)
        commits = GroupCommit(disk.secure)
        waiting = asyncio.ensure_future(commits.commit(b"1"))
        await disk.began(1)
        waiting.cancel()
        await asyncio.sleep(0)
        disk.let(9)
        await asyncio.gather(commits.commit(b"2"), return_exceptions=True)
        commits.close()
        return disk.groups

    assert asyncio.run(main()) == [[b"1"], [b"2"]]


def test_the_end_of_the_loop_ends_no_more_than_the_wait(recwarn: pytest.WarningsRecorder) -> None:
    disk = Disk()
    commits = GroupCommit(disk.secure)

    async def main() -> None:
        waiting = asyncio.ensure_future(commits.commit(b"1"))
        await disk.began(1)
        waiting.cancel()

    asyncio.run(main())
    disk.let()
    commits.close()

    assert (disk.groups, list(recwarn)) == ([[b"1"]], [])
