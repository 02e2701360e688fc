"""Reports on disk: whole or not at all, and read back before they take their name."""

import os
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from dialogs.errors import IncompleteError, WrongUseError
from dialogs.opened_files import compressing

_KEPT: Final = (".yaml", ".yml", ".jsonl", ".journal")


def refuse_to_replace(path: Path) -> None:
    """Keep a report from taking the place of scenarios, transcripts or recordings, whose names these endings are.

    Raises:
        WrongUseError: it would.
    """
    if path.name.removesuffix(".zst").endswith(_KEPT) and path.is_file():
        raise WrongUseError(f"{path} is there, and its name is none of a report; wanted another name to write to")


def _nothing(_path: Path) -> None:
    pass


def write_whole(path: Path, lines: Iterable[str], *, check: Callable[[Path], None] = _nothing) -> None:
    """Write lines to a file in UTF-8; `check` reads it back, and raises where it is not what it should be.

    What is named `.zst` is compressed. What is no regular file, such as /dev/stdout, is written to as it is.

    Raises:
        WrongUseError: there is no place for the file.
        IncompleteError: it could not be written; what was there before is as it was.
    """
    if path.is_dir():
        raise WrongUseError(f"{path} is a folder; wanted the name of a file to write")
    refuse_to_replace(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            _write(path, lines, path)
        else:
            _replace(path.resolve(), lines, check)
    except OSError as error:
        raise IncompleteError(f"{path}: the report could not be written: {error.strerror}") from None


def _replace(path: Path, lines: Iterable[str], check: Callable[[Path], None]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        _write(partial, lines, path)
        check(partial)
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o7777)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write(path: Path, lines: Iterable[str], name: Path) -> None:
    with path.open("wb") as file:
        with compressing(file, name) as data:
            text = TextIOWrapper(data, encoding="utf-8", errors="strict", newline="\n")
            text.writelines(f"{line}\n" for line in lines)
            text.detach()
        file.flush()
        if path.is_file():
            os.fsync(file.fileno())
