"""Flags in, files and an exit code out: the one error boundary."""

from dialogs.cli.app import main

__all__ = ["main"]
