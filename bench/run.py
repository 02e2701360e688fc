"""The benchmarks: `make bench`, or `python bench/run.py NAME… [--quick] [--peers] [--write]`.

Every figure is of a whole process with its start, measured beside the others in turn; read the ratios, since the
absolute figures are those of one machine at one hour.
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import commands
import comparisons
import loads
import processes
from chart import bars
from measuring import FailedError, MockServer
from results import Section
from ways import DIALOGS

_DOCS: Final = Path(__file__).parent.parent / "docs"
_PAGE: Final = _DOCS / "performance.md"

Benchmark = Callable[[MockServer, argparse.Namespace], Section]

BENCHMARKS: Final[dict[str, Benchmark]] = {
    "server": lambda server, flags: loads.mock(server, quick=flags.quick),
    "throughput": lambda server, flags: loads.throughput(
        server, rounds=flags.rounds, quick=flags.quick, with_peers=flags.peers
    ),
    "many": lambda server, flags: loads.many(server, rounds=flags.rounds, quick=flags.quick),
    "slow-64": lambda server, flags: loads.waiting(server, rounds=flags.rounds, quick=flags.quick, concurrency=64),
    "slow-512": lambda server, flags: loads.waiting(server, rounds=flags.rounds, quick=flags.quick, concurrency=512),
    "long": lambda server, flags: loads.long(server, rounds=flags.rounds, quick=flags.quick),
    "memory": lambda server, flags: loads.memory(server, quick=flags.quick),
    "histories": lambda server, flags: loads.histories(server, quick=flags.quick),
    "profile": lambda server, flags: loads.profile(server, quick=flags.quick),
    "start": lambda server, flags: commands.start(server, rounds=max(5, flags.rounds)),
    "replay": lambda server, flags: commands.replay(server, rounds=max(5, flags.rounds)),
    "workers": lambda server, flags: processes.workers(server, rounds=flags.rounds, quick=flags.quick),
    "check": lambda _server, flags: commands.check(rounds=flags.rounds, quick=flags.quick),
    "compare": lambda _server, flags: comparisons.compare(rounds=flags.rounds, quick=flags.quick),
    "jsonl": lambda _server, flags: commands.reading_and_writing(rounds=max(5, flags.rounds), quick=flags.quick),
}


def machine() -> str:
    """Say in one line what this was measured on."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    packages = ", ".join(f"{name} {version(name)}" for name in ("openai", "aiohttp", "orjson"))
    return f"{system}; Python {platform.python_version()}, {packages}"


def run(names: list[str], flags: argparse.Namespace) -> Iterator[tuple[str, Section]]:
    """Run benchmarks, each with its name; one that fails says so and stops no other."""
    with MockServer() as server:
        for name in names:
            sys.stderr.write(f"== {name}\n")
            try:
                yield name, BENCHMARKS[name](server, flags)
            except FailedError as error:
                sys.stderr.write(f"{error}\n")
                yield name, Section(name, f"Not measured: {str(error).splitlines()[0]}", ())


def write(name: str, section: Section) -> None:
    """Put a section in the place that the results page has for it, and a plot beside the page."""
    page = _replace(_PAGE.read_text(encoding="utf-8"), name, section.markdown())
    _PAGE.write_text(_replace(page, "machine", f"{machine()}."), encoding="utf-8")
    if name == "throughput" and section.bars:
        plot = bars("Requests a second, start included", "/s", section.bars, DIALOGS.name)
        _PAGE.with_suffix(".svg").write_text(plot, encoding="utf-8")


def _replace(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n\n{text}\n\n{end}", page, count=1, flags=re.DOTALL)


def main() -> None:
    """Read the flags, run, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description="Benchmarks of dialogs, beside others.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="smaller loads, one round: a look, no measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is measured")
    parser.add_argument("--peers", action="store_true", help="promptfoo and Inspect AI too, installed into .peers/")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    flags = parser.parse_args()
    if unknown := set(flags.names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    if flags.quick:
        flags.rounds = 1
    sys.stdout.write(f"{machine()}\n")
    for name, section in run(flags.names or list(BENCHMARKS), flags):
        sys.stdout.write(f"\n{section.markdown()}\n")
        sys.stdout.flush()
        if flags.write:
            write(name, section)


if __name__ == "__main__":
    main()
