"""Repairs what a crash left of a journal: the torn last line, and replies that went to a spill file."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from dialogs.journal.contents import Contents, whole_lines
from dialogs.journal.files import FileOperations, sync_folder, write_whole
from dialogs.journal.recordings import identity_in, is_completion

_CHUNK: Final = 1 << 20


def set_aside_torn(descriptor: int, path: Path, contents: Contents, operations: FileOperations) -> Path | None:
    """Move the bytes behind the last whole line to a file beside the journal, and return that file's path.

    Zeros at the end, as a power cut leaves them, are dropped; None where there is nothing else.
    """
    if not contents.torn:
        return None
    aside = path.with_name(f"{path.name}.torn")
    end = _last_text(descriptor, contents.end)
    if end > contents.end:
        copy_aside(descriptor, contents.end, end, aside, operations)
    operations.truncate(descriptor, contents.end)
    operations.sync(descriptor)
    contents.torn = 0
    return aside if end > contents.end else None


def _chunks(descriptor: int, start: int) -> Iterator[tuple[int, bytes]]:
    while chunk := os.pread(descriptor, _CHUNK, start):
        yield start, chunk
        start += len(chunk)


def _last_text(descriptor: int, start: int) -> int:
    """Return the offset behind the last byte that is not zero."""
    texts = ((offset, chunk.rstrip(b"\0")) for offset, chunk in _chunks(descriptor, start))
    return max((offset + len(text) for offset, text in texts if text), default=start)


def copy_aside(descriptor: int, start: int, end: int, target: Path, operations: FileOperations) -> None:
    """Append a part of an open file, and a newline, to the file `target`, and bring that to the disk."""
    to = operations.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        for offset, chunk in _chunks(descriptor, start):
            if offset < end:
                write_whole(operations, to, chunk[: end - offset])
        write_whole(operations, to, b"\n")
        operations.sync(to)
    finally:
        os.close(to)
    sync_folder(target.parent)


def read_others(others: Iterable[Path]) -> Contents:
    """Return what other files of records hold together; the offsets lead nowhere."""
    contents = Contents()
    for other in others:
        with other.open("rb") as file:
            for line in whole_lines(file, other):
                contents.take(line, other)
    return contents


def take_in(others: Iterable[Path], descriptor: int, contents: Contents, operations: FileOperations) -> int:
    """Append what other files of records hold to the journal, remove them, and return how many replies came in."""
    before = contents.recorded
    for other in others:
        with other.open("rb") as file:
            for line in whole_lines(file, other):
                if is_completion(line.data) and hash(identity_in(line.data)) in contents.index:
                    continue
                write_whole(operations, descriptor, line.data)
                contents.take(line._replace(offset=contents.end), other)
        operations.sync(descriptor)
        other.unlink()
        sync_folder(other.parent)
    return contents.recorded - before
