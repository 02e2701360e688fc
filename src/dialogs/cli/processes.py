"""`dialogs run --workers`: how many processes play a run."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from typing import Final

from dialogs.errors import WrongUseError
from dialogs.replaying import Tracer
from dialogs.scenario import Dialogue

_AUTO: Final = "auto"
_MOST: Final = 1_000


def parse_workers(text: str | None) -> int:
    """Read the value of `--workers`: a number of processes, or `auto` for as many as there are processors.

    Raises:
        WrongUseError: it is neither.
    """
    if text is None:
        return 1
    if text == _AUTO:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST:
        return int(text)
    raise WrongUseError(f"--workers {text}: wanted a number of processes from 1 to {_MOST:,}, or auto")


def processes_for(workers: int, dialogues: Iterable[Dialogue], concurrency: int) -> int:
    """Return how many processes play a run: no more than there are dialogues, and places for them."""
    return max(1, sum(1 for _ in islice(dialogues, min(workers, concurrency))))


def flushed(tracer: Tracer | None, stack: ExitStack) -> Tracer | None:
    """Have the spans of a process exported before it ends, which ends without what Python does at exit."""
    if tracer is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415 - few runs are traced

    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None:
        stack.callback(flush)
    return tracer
