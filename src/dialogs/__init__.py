"""Replay scripted conversations against any ChatCompletions endpoint, and see what changed."""

__version__ = "0.1.0"
