"""Where replies go that their journal could not take: a file beside it, or one in the folder for temporary files."""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from dialogs.journal.files import FileOperations, write_whole

_CHUNK: Final = 1 << 20
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


def spill_paths(journal: Path) -> tuple[Path, Path]:
    """Return the places of a journal's spill file, the first choice first."""
    digest = hashlib.sha256(os.fsencode(journal.absolute())).hexdigest()[:16]
    return journal.with_name(f"{journal.name}.spill"), Path(tempfile.gettempdir(), f"dialogs-{digest}.spill")


def spills_of(journal: Path) -> Iterator[Path]:
    """Give the spill files that an earlier run left for a journal; another user's are not believed."""
    for path in spill_paths(journal):
        try:
            status = path.lstat()
        except OSError:
            continue
        if _is_ours(status):
            yield path


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and (not hasattr(os, "geteuid") or status.st_uid == os.geteuid())


class Spill:
    """Takes records whole and onto the disk, at the first of its places that works.

    `paths` are the places that took any, `lost` counts the records that no place would take.
    """

    def __init__(self, journal: Path, operations: FileOperations) -> None:
        """Stand by for `journal`; nothing is made before it is needed."""
        self._places = iter(spill_paths(journal))
        self._operations = operations
        self._descriptor: int | None = None
        self.paths: list[Path] = []
        self.lost = 0

    def add(self, records: Sequence[bytes]) -> int:
        """Bring records onto the disk, in order; return how many were taken."""
        taken = 0
        while taken < len(records) and (self._descriptor is not None or self._open_next()):
            taken += self._write(records[taken:])
        self.lost += len(records) - taken
        return taken

    def add_all_of(self, descriptor: int) -> None:
        """Copy the records of an open file, which may have no name any more."""
        offset = 0
        while end := (chunk := os.pread(descriptor, _CHUNK, offset)).rfind(b"\n") + 1 or len(chunk):
            if not self.add([chunk[:end]]):
                return
            offset += end

    def _open_next(self) -> bool:
        for path in self._places:
            with contextlib.suppress(OSError):
                self._descriptor = self._operations.open(path, _FLAGS)
                if _is_ours(os.fstat(self._descriptor)):
                    self.paths.append(path)
                    return True
                self.close()
        return False

    def _write(self, records: Sequence[bytes]) -> int:
        """Write to the present place; return how many records it took. Where it takes no more, leave it."""
        descriptor = self._descriptor
        if descriptor is None:
            return 0
        size = os.fstat(descriptor).st_size
        taken = 0
        with contextlib.suppress(OSError):
            for record in records:
                write_whole(self._operations, descriptor, record)
                taken += 1
        try:
            self._operations.sync(descriptor)
        except OSError:
            taken = 0
        if taken < len(records):
            self._leave(used=bool(size or taken))
        return taken

    def _leave(self, *, used: bool) -> None:
        if not used:
            with contextlib.suppress(OSError):
                self.paths.pop().unlink()
        self.close()

    def close(self) -> None:
        """Give the file back; what it holds stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
