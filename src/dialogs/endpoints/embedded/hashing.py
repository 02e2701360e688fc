"""The hash of a large file, computed once for as long as the file stays as it is."""

import hashlib
import json
import os
import tempfile
from pathlib import Path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cached_sha256(path: Path, directory: Path) -> str:
    """Return the SHA-256 of a file's content, from `directory` where the file has not changed since.

    A changed size, inode, or time of change makes the file another one. What cannot be kept is computed each time.
    """
    stamp = _stamp(path)
    entry = directory / f"{hashlib.sha256(os.fsencode(path)).hexdigest()}.json"
    try:
        kept = json.loads(entry.read_bytes())
        if kept["stamp"] == stamp:
            return str(kept["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # absent or damaged: a cache may be either
    sha256 = file_sha256(path)
    if _stamp(path) == stamp:
        _keep(entry, {"path": os.fsdecode(path), "stamp": stamp, "sha256": sha256})
    return sha256


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    # The time of change too: a copy that keeps the modification time would pass for the original.
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def _keep(entry: Path, content: dict[str, object]) -> None:
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=entry.parent, delete=False, encoding="utf-8", suffix=".tmp") as file:
            json.dump(content, file)
        Path(file.name).replace(entry)
    except OSError:
        pass  # a read-only or full cache costs time at the next start, no more
