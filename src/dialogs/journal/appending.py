"""Appends sealed lines to an open journal, and stops at the first failure: nothing is written to a file in doubt."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dialogs.errors import JournalFailedError
from dialogs.journal.commits import GroupCommit
from dialogs.journal.files import FileOperations, sync_folder, write_whole
from dialogs.journal.locking import is_at
from dialogs.journal.spilling import Spill


class _RemovedError(OSError):
    """The file has no name any more, or another file has it."""


class _Record(NamedTuple):
    line: bytes
    is_written: bool


class Appender:
    """The writing end of a journal.

    After a failed write or sync, or where the file was removed or replaced, `failure` says why, and nothing is appended
    any more. Later records go to the spill; where the sync failed, also those that it was to bring to the disk.
    """

    def __init__(self, path: Path, descriptor: int, operations: FileOperations) -> None:
        """Append to the file that is open and locked as `descriptor`; its last line is whole."""
        self._path = path
        self._descriptor = descriptor
        self._operations = operations
        self._size = os.fstat(descriptor).st_size
        self._commits = GroupCommit(self._secure)
        self._spill = Spill(path, operations)
        self._is_trusted = True
        self.failure: str | None = None

    @property
    def failure_report(self) -> str | None:
        """What went wrong, where the replies are, and what to do; None where all is well."""
        if self.failure is None:
            return None
        kept = " and ".join(str(path) for path in self._spill.paths)
        lines = [f"{self._path}: {self.failure}; nothing more was sent"]
        if kept:
            lines.append(f"Replies that were on their way are in {kept}")
        if self._spill.lost:
            lines.append(f"{self._spill.lost} replies could not be written anywhere, and are lost")
        lines.append(
            f"When that is mended, the same command with --resume goes on{' and takes them in' if kept else ''}"
        )
        return ". ".join(lines)

    def append(self, line: bytes) -> None:
        """Write a record, in one operation, without waiting for the disk.

        Raises:
            JournalFailedError: the journal takes no records any more.
        """
        if self.failure is None:
            try:
                write_whole(self._operations, self._descriptor, line)
            except OSError as error:
                self._fail(error)
                with contextlib.suppress(OSError):  # else the torn line is set aside at the next opening
                    self._operations.truncate(self._descriptor, self._size)
            else:
                self._size += len(line)
                return
        raise JournalFailedError(f"{self._path}: {self.failure}")

    async def keep(self, line: bytes) -> None:
        """Write a record, and return when it is on the disk: in the journal, or in the spill where that has failed.

        Raises:
            JournalFailedError: it could be written to neither.
        """
        try:
            self.append(line)
        except JournalFailedError:
            record = _Record(line, is_written=False)
        else:
            record = _Record(line, is_written=True)
        if not await self._commits.commit(record):
            raise JournalFailedError(f"{self._path}: {self.failure}, and no other place takes the reply")

    def _secure(self, records: Sequence[_Record]) -> Sequence[bool]:
        """Bring the file to the disk, and to the spill what it does not hold. Runs in the group commit's thread."""
        if self._is_trusted:
            self._sync()
        kept = [record.is_written and self._is_trusted for record in records]
        doubtful = [record.line for record, is_kept in zip(records, kept, strict=True) if not is_kept and record.line]
        taken = self._spill.add(doubtful)
        spilled = iter([True] * taken + [False] * (len(doubtful) - taken))
        return [is_kept or not record.line or next(spilled) for record, is_kept in zip(records, kept, strict=True)]

    def _sync(self) -> None:
        try:
            self._operations.sync(self._descriptor)
            self._check_name()
        except OSError as error:
            self._fail(error)
            self._is_trusted = False
            if isinstance(error, _RemovedError):
                self._spill.add_all_of(self._descriptor)

    def _check_name(self) -> None:
        if not is_at(self._descriptor, self._path):
            raise _RemovedError("it was removed or replaced by another program")

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failure = error.strerror or str(error)

    async def finish(self) -> None:
        """Bring what was written last to the disk."""
        await self._commits.commit(_Record(b"", is_written=True))

    def remove(self) -> None:
        """Remove the file's name, if it is still the file's own."""
        if is_at(self._descriptor, self._path):
            self._path.unlink()
            sync_folder(self._path.parent)

    def close(self) -> None:
        """Close the file, which frees its lock."""
        self._commits.close()
        self._spill.close()
        os.close(self._descriptor)
