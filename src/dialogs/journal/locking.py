"""One writer at a time: a lock that the system holds for the process, and frees when it ends, however it ends."""

import errno
import os
import re
import sys
from pathlib import Path
from typing import Final, NoReturn

from dialogs.errors import DialogsError, JournalFailedError, UnreadableJournalError, WrongUseError
from dialogs.journal.contents import read_contents
from dialogs.journal.files import FileOperations, make_folder, sync_folder

_OUTSIDE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
_NO_LOCKS: Final = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def lock(descriptor: int, path: Path, *, wait: bool = False) -> bool:
    """Take the lock of an open file; False where another process holds it, unless `wait` is for that to end.

    Raises:
        WrongUseError: the system or the file system knows no such locks.
    """
    if sys.platform == "win32":
        raise WrongUseError(
            f"{path}: a journal needs POSIX file locks, which Windows lacks; run dialogs under WSL, on a Linux path"
        )
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        raise WrongUseError(
            f"{path}: its file system has no file locks ({error.strerror}); choose a folder on a local disk"
        ) from None
    return True


def holder(descriptor: int) -> int | None:
    """Return the process that holds the lock of an open file, where the system tells (Linux)."""
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii")
    except OSError:
        return None
    inode = os.fstat(descriptor).st_ino
    found = re.search(rf"FLOCK .* WRITE (\d+) [0-9a-f]+:[0-9a-f]+:{inode} ", locks)
    return int(found.group(1)) if found and found.group(1) != "0" else None


def is_at(descriptor: int, path: Path) -> bool:
    """Say whether an open file is still the one that `path` names."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def unwritable(path: Path, error: OSError) -> DialogsError:
    """Return the error for a journal that cannot be opened or repaired."""
    if error.errno in _OUTSIDE:
        return JournalFailedError(
            f"{path}: {error.strerror}; nothing was sent. Make room there, or choose another place"
        )
    return WrongUseError(f"{path}: {error.strerror or error}; wanted a file to write; choose another place")


def open_locked(path: Path, operations: FileOperations, *, wait: bool = False) -> int:
    """Open a journal to read and append, making it where it is missing, and take its lock, but for `operations.locks`.

    Raises:
        WrongUseError: another process writes it, and its end is not to be waited for.
        JournalFailedError: the disk does not allow it.
    """
    try:
        make_folder(path.parent)
        while True:
            descriptor = operations.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            if operations.locks and not lock(descriptor, path, wait=wait):
                _refuse(descriptor, path)
            if is_at(descriptor, path):
                sync_folder(path.parent)
                return descriptor
            os.close(descriptor)  # it was removed or replaced before the lock was ours
    except OSError as error:
        raise unwritable(path, error) from None


def _refuse(descriptor: int, path: Path) -> NoReturn:
    pid = holder(descriptor)
    process = f"process {pid}" if pid is not None else _last_writer(descriptor, path)
    os.close(descriptor)
    raise WrongUseError(
        f"{path}: {process} is writing it; nothing was sent. Wait for it, or choose another place (-o, --record)"
    )


def _last_writer(descriptor: int, path: Path) -> str:
    """Name the process by the journal's own last run, where the system does not tell who holds the lock."""
    try:
        with open(descriptor, "rb", closefd=False) as file:
            runs = read_contents(file, path).runs
    except UnreadableJournalError:
        return "another process"
    return f"process {runs[-1].pid} on {runs[-1].host}" if runs and runs[-1].pid else "another process"
