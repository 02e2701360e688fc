"""The garbage collector kept away from what lives as long as the program."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SELDOM: Final = (20_000, 50, 100)


@contextmanager
def collector_off() -> Iterator[None]:
    """Collect nothing within the context, and from its end on look no more at what is alive then, and seldom at all.

    It is for imports and for all that a run is set up with. Hundreds of thousands of objects, of which none would go,
    were looked through while they were made, and again and again in the run: a tenth of its CPU. Nor is what hundreds
    of requests hold that are on their way garbage, and looking through that after each 700 new objects took a sixth.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_SELDOM)
        if was_on:
            gc.enable()
