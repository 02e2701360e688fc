"""Long output on a terminal goes through the reader's pager, as git's does."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Final

from dialogs.cli.output import write_lines

if TYPE_CHECKING:
    import subprocess

# Quit where all fits on the screen, show colours, and leave the text there at the end.
_LESS: Final = "FRX"
_NONE: Final = frozenset({"", "cat"})


def write_paged(lines: Iterable[str], *, no_pager: bool = False) -> None:
    """Write lines for people to stdout, through a pager where that is a terminal on which they do not fit.

    PAGER names the pager, `less` where it is not set; LESS holds the options of `less`, FRX where it is not set.

    Raises:
        IncompleteError: the disk is full.
    """
    command = None if no_pager else _command()
    if command is None:
        write_lines(lines)
        return
    rest = iter(lines)
    first = list(_screenful(rest))
    pager = _start(command) if len(first) >= shutil.get_terminal_size().lines else None
    if pager is None or pager.stdin is None:
        write_lines(chain(first, rest))
        return
    try:
        _feed(pager.stdin, chain(first, rest))
    finally:
        _wait(pager)


def _command() -> list[str] | None:
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    words = shlex.split(os.environ.get("PAGER", "less").strip())
    return None if not words or words[0] in _NONE or shutil.which(words[0]) is None else words


def _screenful(lines: Iterator[str]) -> Iterator[str]:
    """Give as many lines as there are rows; one that is wider than the screen is one still, and the pager knows."""
    return islice(lines, shutil.get_terminal_size().lines)


def _start(command: list[str]) -> "subprocess.Popen[str] | None":
    import subprocess  # noqa: PLC0415 - slow to import, and for a terminal alone

    environment = {"LESS": _LESS, **os.environ}
    try:
        return subprocess.Popen(  # noqa: S603 - the reader's own pager
            command,
            stdin=subprocess.PIPE,
            env=environment,
            encoding=sys.stdout.encoding,
            errors="backslashreplace",
        )
    except OSError:
        return None


def _feed(pager: IO[str], lines: Iterable[str]) -> None:
    try:
        with pager:
            pager.writelines(f"{line}\n" for line in lines)
    except BrokenPipeError:
        pass  # the reader has seen enough


def _wait(pager: "subprocess.Popen[str]") -> None:
    """Wait until the reader leaves; Ctrl-C is for the pager, which stops a search at it."""
    while True:
        try:
            pager.wait()
        except KeyboardInterrupt:
            continue
        return
