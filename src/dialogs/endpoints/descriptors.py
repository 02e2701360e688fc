"""How many connections the system lets this process have."""

import asyncio
import sys
from typing import Final

_FOR_OTHERS: Final = 64  # files, pipes, the event loop, look-ups of names


def places_for(connections: int) -> asyncio.Semaphore:
    """Return a semaphore with as many places as connections can be open at the same time, at most `connections`.

    The soft limit of open files is raised for them as far as the hard one allows; beyond it requests wait.
    """
    return asyncio.Semaphore(max(1, min(connections, _open_files(connections + _FOR_OTHERS) - _FOR_OTHERS)))


def _open_files(wanted: int) -> int:
    if sys.platform == "win32":
        return wanted  # sockets are no files there
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (ValueError, OSError):  # macOS has a limit below the one it names
        return soft
    return raised
