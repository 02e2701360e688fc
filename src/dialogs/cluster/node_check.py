"""Looks what a node has of this program. It travels there whole, and imports nothing of it before it looks."""

import socket
import sys
from typing import NamedTuple


class Found(NamedTuple):
    """A node's name, its Python, and the version of the program that it has; None: it has none."""

    host: str
    python: str
    version: str | None

    def described(self) -> str:
        """Say what it has."""
        return f"dialogs-cli {self.version}" if self.version else f"no dialogs-cli in {self.python}"


def look() -> Found:
    """Look on the node where this runs."""
    try:
        from dialogs import __version__  # noqa: PLC0415 - it may not be there, which is the question
    except ImportError:
        return Found(socket.gethostname(), sys.executable, None)
    return Found(socket.gethostname(), sys.executable, __version__)
