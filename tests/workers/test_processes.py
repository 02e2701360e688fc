import asyncio
import os
import signal
import socket

import pytest

from dialogs.workers.processes import end_of, part_with


def how_ends(main: object) -> str:
    process = part_with(main, ())  # type: ignore[arg-type]
    process.end.recv(1)
    process.end.close()
    return asyncio.run(end_of(process))


def killed(_line: socket.socket) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted(_line: socket.socket) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)


def leaving(_line: socket.socket) -> None:
    raise SystemExit(7)


@pytest.mark.parametrize(
    ("main", "how"),
    [
        (lambda _line: None, "ended with 0"),
        (interrupted, "ended with 0"),
        (leaving, "ended with 1"),
        (killed, "was ended by SIGKILL"),
    ],
)
def test_it_is_known_how_a_process_ended(main: object, how: str) -> None:
    assert how_ends(main) == how


def test_a_process_may_part_from_one_that_runs_a_loop() -> None:
    async def nothing() -> None:
        await asyncio.sleep(0)

    async def main() -> str:
        process = part_with(lambda _line: asyncio.run(nothing()), ())
        process.end.close()
        return await end_of(process)

    assert asyncio.run(main()) == "ended with 0"
