"""The folder that all nodes of a cluster see, where a run's parts lie: files are there whole or not at all."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from dialogs.journal.files import PRIVATE_FILE, make_folder, sync_folder


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
        with replacing_file(self.path / name) as file:
            file.write(data)

    def publish(self, source: Path, name: str) -> None:
        """Copy a file under another name, bring it to the disk, and rename it."""
        with source.open("rb") as read, replacing_file(self.path / name) as file:
            shutil.copyfileobj(read, file, 1 << 20)

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


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[BinaryIO]:
    """Give a new file, which is on the disk and takes the place of `path` at the end, in one step.

    Where an exception ends the writing, `path` stays as it was. No other process, on whatever node, writes to the same.
    """
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
            if path.exists():
                os.fchmod(descriptor, path.stat().st_mode & 0o7777)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)
