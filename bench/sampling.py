"""Where the CPU of `dialogs run` goes: a sample for each millisecond of CPU, counted by the part it was in.

    python bench/sampling.py COUNTS.json run -m mock scenarios …

runs `dialogs` with these words and writes the counts. A sample belongs to the innermost frame that lies in a part that
is told apart; what C code does counts for the Python line that called it.
"""

import atexit
import json
import signal
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final

import dialogs

_INTERVAL_S: Final = 0.001
_PACKAGES: Final = (
    "openai",
    "aiohttp",
    "httpx2",
    "httpcore2",
    "pydantic",
    "yaml",
    "tqdm",
    "jsonlines",
    "yarl",
    "asyncio",
)
_ROOT: Final = Path(dialogs.__file__).parent
_START: Final = "starting: imports"


@cache
def part_of(filename: str) -> str | None:
    """Name the part that a source file belongs to; None where its caller should be asked."""
    path = Path(filename)
    if path.is_relative_to(_ROOT):
        return f"dialogs/{path.relative_to(_ROOT)}"
    if "importlib" in filename:
        return _START
    return next((package for package in _PACKAGES if package in path.parts), None)


def _part(frame: FrameType | None) -> str:
    parts = []
    while frame is not None:
        parts.append(part_of(frame.f_code.co_filename))
        frame = frame.f_back
    if _START in parts:
        return _START
    return next((part for part in parts if part is not None), "other")


def main() -> None:
    """Run `dialogs` under the sampler."""
    counts: Counter[str] = Counter()

    def take(_signal: int, frame: FrameType | None) -> None:
        counts[_part(frame)] += 1

    output = Path(sys.argv[1])

    def write() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)  # a signal after the interpreter's end would end it with an error
        output.write_text(json.dumps(counts), encoding="utf-8")

    atexit.register(write)
    signal.signal(signal.SIGPROF, take)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL_S, _INTERVAL_S)
    sys.argv[:2] = ["dialogs"]
    from dialogs.cli import main as run  # noqa: PLC0415 - the import is a part of what is measured

    run()


if __name__ == "__main__":
    main()
