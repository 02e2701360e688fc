"""The journal of one attempt to play a part, on storage that all nodes see.

Each attempt has a journal of its own name, since an earlier one may still be alive on a node that was lost. On a
mounted folder it is a file there; what earlier attempts have written is taken in, and their files are removed, which
ends the writing of one that lives. An object store knows no appending: the journal is a file of this machine, and each
time it is brought to the disk, what is new in it is put into the store as one object more, a segment.
"""

import os
from dataclasses import replace
from pathlib import Path

from dialogs.clock import Clock
from dialogs.cluster.folders import PosixFolder, SharedFolder
from dialogs.journal.files import FileOperations
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.opening import Beginning, open_journal


def open_part_journal(
    folder: SharedFolder, part: str, attempt: str, options: JournalOptions, *, clock: Clock, scratch: Path
) -> Journal:
    """Open the journal of an `attempt` (unique, and sorted by time) on a part, with all that earlier attempts kept.

    `scratch` is an empty folder of this machine.

    Raises:
        WrongUseError: earlier attempts had another endpoint or `-m`.
        UnreadableJournalError: a record is damaged.
        JournalFailedError: the storage does not take it.
        OSError: the storage cannot be read.
    """
    if isinstance(folder, PosixFolder):
        path = folder.path / f"{part}.journal" / attempt
        earlier = tuple(sorted(each for each in path.parent.glob("*") if _is_kept(each)))
        operations = FileOperations(locks=False)
        return open_journal(path, Beginning.RESUME, replace(options, operations=operations, earlier=earlier), clock)
    path = scratch / f"{part}.journal"
    _fetch(folder, f"{part}.journal/", path)
    upload = _Upload(folder, f"{part}.journal/{attempt}", path.stat().st_size)
    operations = FileOperations(sync=upload.sync, truncate=upload.truncate, locks=False)
    return open_journal(path, Beginning.RESUME, replace(options, operations=operations), clock)


def _is_kept(path: Path) -> bool:
    return path.suffix not in {".torn", ".partial", ".damaged"}


def _fetch(folder: SharedFolder, prefix: str, path: Path) -> None:
    """Put all segments together on this machine, in order."""
    with path.open("wb") as file:
        for name in folder.names(prefix):
            file.write(folder.read(name) or b"")


class _Upload:
    """Puts what a growing file has gained into an object store."""

    def __init__(self, folder: SharedFolder, prefix: str, size: int) -> None:
        self._folder = folder
        self._prefix = prefix
        self._stored = size
        self._number = 0

    def sync(self, descriptor: int) -> None:
        """Store what is new. Runs one at a time."""
        size = os.fstat(descriptor).st_size
        if size <= self._stored:
            return
        self._folder.write(
            f"{self._prefix}-{self._number + 1:08}", os.pread(descriptor, size - self._stored, self._stored)
        )
        self._number += 1
        self._stored = size

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file; segments stay as they are."""
        os.ftruncate(descriptor, size)
        self._stored = min(self._stored, size)
