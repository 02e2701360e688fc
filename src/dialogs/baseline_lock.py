"""One writer of a baseline at a time, and none over what another has changed."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

# File systems without locks; what changed meanwhile is then found by the file's state alone.
_NO_LOCKS: Final = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}

State: TypeAlias = tuple[int, int, int] | None


@contextlib.contextmanager
def locked_folder(folder: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock on a folder, whose files are then written by this process alone; wait where another one has it.

    The lock is on the folder itself, so that nothing is left in it; the system frees it however the process ends.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, on_wait)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, on_wait: Callable[[], None]) -> None:
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def state_of(path: Path) -> State:
    """Return what tells whether a file was changed: its inode, size and time; None where it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
