"""The operating system's files, as the journal uses them: one seam through which a test can make any of them fail."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialogs.opened_files import compressing

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


def _to_disk(descriptor: int) -> None:
    """Return when what was written is on the disk, with as much of the file's metadata as reading it back needs."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - there is none on every system

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves it in the disk's own cache there
    elif hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_CLOEXEC", 0), PRIVATE_FILE)


@dataclass(frozen=True, slots=True)
class FileOperations:
    """What is done to files; each raises OSError. `locks` is False where no other process knows the files' names."""

    open: Callable[[Path, int], int] = _open
    write: Callable[[int, bytes], int] = os.write
    sync: Callable[[int], None] = _to_disk
    truncate: Callable[[int, int], None] = os.ftruncate
    replace: Callable[[Path, Path], None] = os.replace
    locks: bool = True


SYSTEM: Final = FileOperations()


class ShortWriteError(OSError):
    """Only the first part of a record could be written."""


def write_whole(operations: FileOperations, descriptor: int, data: bytes) -> None:
    """Write `data` in one operation.

    Raises:
        OSError: it could not be written, or only a part of it.
    """
    written = operations.write(descriptor, data)
    if written != len(data):
        raise ShortWriteError(f"only {written} of {len(data)} bytes could be written (is the disk full?)")


def make_folder(folder: Path) -> None:
    """Make a folder, for its owner only, where it is missing."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk: the names of files that were made, renamed or removed in it."""
    if sys.platform == "win32":
        return  # folders cannot be opened there
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def replacing(path: Path, operations: FileOperations = SYSTEM) -> Iterator[Callable[[bytes], None]]:
    """Give a function that writes to a new file, which takes the place of `path` in one step at the end.

    What is named `.zst` is compressed.

    Where an exception ends the writing, `path` stays as it was.
    """
    partial = path.with_name(f"{path.name}.partial")
    descriptor = operations.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 16) as file:
            if path.exists():
                os.fchmod(descriptor, path.stat().st_mode & 0o7777)
            with compressing(file, path) as lines:
                yield lines.write  # type: ignore[misc]
            file.flush()
            operations.sync(descriptor)
        operations.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
