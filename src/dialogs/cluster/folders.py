"""The folder that all nodes of a cluster see, where a run's parts lie: files are there whole or not at all."""

import os
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO, Protocol

from dialogs.journal.files import make_folder, sync_folder


class SharedFolder(Protocol):
    """Files by name in one place; `name`s may hold slashes. Whatever goes wrong with the storage is an OSError."""

    @property
    def url(self) -> str:
        """The place, as people write it."""

    def names(self, within: str = "") -> list[str]:
        """Return the names of all files, or of those whose names begin with the folder `within/`, sorted."""

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in one step."""

    def publish(self, source: Path, name: str) -> None:
        """Copy a file of this machine here, in one step."""

    def open(self, name: str) -> BinaryIO:
        """Open a file to be read from its start."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def clear(self) -> None:
        """Remove all files, and the folder where it is one."""


class PosixFolder:
    """A folder that is mounted on every node at the same path: one machine's own, or of a network file system."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`, which is made when something is written."""
        self.path = path

    @property
    def url(self) -> str:
        """The path."""
        return str(self.path)

    def names(self, within: str = "") -> list[str]:
        """Return the names of all files, or of those whose names begin with the folder `within/`, sorted."""
        files = (path for path in (self.path / within).rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.path)) for path in files)

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        try:
            return (self.path / name).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file under another name, bring it to the disk, and rename it."""
        with self._new(name) as (partial, file):
            file.write(data)
            self._name(partial, file, name)

    def publish(self, source: Path, name: str) -> None:
        """Copy a file under another name, bring it to the disk, and rename it."""
        with source.open("rb") as read, self._new(name) as (partial, file):
            shutil.copyfileobj(read, file, 1 << 20)
            self._name(partial, file, name)

    def _new(self, name: str) -> "_Partial":
        make_folder((self.path / name).parent)
        # No other attempt, on whatever node, writes a file of this name.
        return _Partial(self.path / f"{name}.{secrets.token_hex(4)}.partial")

    def _name(self, partial: Path, file: BinaryIO, name: str) -> None:
        file.flush()
        os.fsync(file.fileno())
        partial.replace(self.path / name)
        sync_folder((self.path / name).parent)

    def open(self, name: str) -> BinaryIO:
        """Open a file to be read from its start."""
        return (self.path / name).open("rb")

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the folder with all that is in it."""
        if self.path.exists():
            shutil.rmtree(self.path)


class _Partial:
    """A new file of its own, which is gone at the end of the context where it has not got another name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> tuple[Path, BinaryIO]:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        return self._path, self._file

    def __exit__(self, *_error: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
