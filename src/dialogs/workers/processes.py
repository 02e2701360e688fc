"""Processes that part from this one, with all that it has loaded."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from dialogs.errors import WrongUseError

_HEEDED: Final = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)
_POLL_S: Final = 0.005
_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has parted from this one, and this one's end of the line to it."""

    pid: int
    end: socket.socket


def part_with(main: Callable[[socket.socket], None], open_ends: Iterable[socket.socket]) -> Process:
    """Start a process that does `main`, with its end of a line to this one, and ends.

    It leaves the signals that end a run to this process, and closes the `open_ends` of the lines to other processes.

    Raises:
        WrongUseError: the system cannot do that, or not once more.
    """
    if not hasattr(os, "fork"):
        raise WrongUseError("--workers: this system cannot divide a process; wanted Linux, macOS or WSL")
    ours, theirs = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    with _signals_held():
        try:
            pid = os.fork()
        except OSError as error:
            raise WrongUseError(
                f"--workers: no more processes can be started: {error.strerror}; wanted fewer"
            ) from None
        if pid == 0:
            _live(main, theirs, (ours, *open_ends))
    theirs.close()
    return Process(pid, ours)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let no signal come between a process's start and its leaving them to the first one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _live(main: Callable[[socket.socket], None], line: socket.socket, foreign: Iterable[socket.socket]) -> NoReturn:
    """Be the new process: nothing of what the first one was about to do is done here."""
    code = 1
    try:
        asyncio._set_running_loop(None)  # noqa: SLF001 - documented for makers of loops: the loop that may run in the first process is none of this one
        signal.set_wakeup_fd(-1)
        for number in _HEEDED:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEEDED)
        for end in foreign:
            end.close()
        main(line)
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def end_of(process: Process) -> str:
    """Wait for the end of a process whose line is closed, and say how it ended."""
    patience = time.monotonic() + _PATIENCE_S
    while True:
        code = _exit_code(process.pid)
        if code is not None:
            return _said(code)
        if time.monotonic() > patience:
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.sleep(_POLL_S)


def _exit_code(pid: int) -> int | None:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # SIGCHLD is ignored: it has ended, and the system has forgotten how
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def _said(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
