"""Flags in, files and an exit code out: the one error boundary."""
