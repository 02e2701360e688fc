"""Writing to stdout: for a terminal or a program, and quietly into a pipe that has been closed."""

import os
import shutil
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from dialogs.errors import IncompleteError
from dialogs.reports.hyperlinks import LinkBase, wants_links
from dialogs.reports.terminal import Terminal, is_log_of_ci, unheeded, wants_colour


def stdout_terminal() -> Terminal:
    """Find out how to write to stdout: wrapped to the terminal's width; elsewhere only where COLUMNS asks for it."""
    return _terminal(sys.stdout)


def stderr_terminal() -> Terminal:
    """Find out how to write to stderr, as for stdout."""
    return _terminal(sys.stderr)


def _terminal(stream: TextIO) -> Terminal:
    is_terminal = stream.isatty()
    columns = shutil.get_terminal_size().columns if is_terminal or os.environ.get("COLUMNS", "").isdigit() else None
    return Terminal(columns or None, wants_colour(os.environ, is_terminal=is_terminal), _links(is_terminal=is_terminal))


def _links(*, is_terminal: bool) -> LinkBase | None:
    if not wants_links(os.environ, is_terminal=is_terminal):
        return None
    import socket  # noqa: PLC0415 - slow to import, and rarely wanted

    return LinkBase(socket.gethostname(), str(Path.cwd()))


def write_lines(lines: Iterable[str], *, is_data: bool = False) -> None:
    """Write lines to stdout, in UTF-8 whatever the locale where they are data that a program reads.

    In the log of a CI system no line that is for people is taken for a command. Where the reader has gone (`| head`),
    stop in silence; the exit code stays as it is.

    Raises:
        IncompleteError: the disk is full.
    """
    if is_data:
        _reconfigure(sys.stdout, encoding="utf-8", errors="strict")
    else:
        never_refuse(sys.stdout)
        lines = map(unheeded, lines) if is_log_of_ci(os.environ) else lines
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()
    except OSError as error:
        drop_stdout()
        raise IncompleteError(f"standard output could not be written: {error.strerror}") from None


def drop_stdout() -> None:
    """Let what is still buffered go nowhere, so that the interpreter's own flush at its end has nothing to say."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def never_refuse(stream: TextIO) -> None:
    r"""Let a sink that is not UTF-8 show `\xXX` for what it cannot hold."""
    _reconfigure(stream, errors="backslashreplace")


def _reconfigure(stream: TextIO, *, errors: str, encoding: str | None = None) -> None:
    if isinstance(stream, TextIOWrapper):  # a program that captures stdout may have put something else in its place
        stream.reconfigure(encoding=encoding, errors=errors)
