"""Runs of `dialogs run` that are killed at a chosen moment and resumed, held against an undisturbed one.

The server's reply depends on its request alone, and it counts what it was asked: so it can be told which replies were
lost, which were bought twice, and whether a history was ever another than the true one.
"""

import collections
import contextlib
import hashlib
import itertools
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from servers import Received, Server, Wire, completion, serve

CONCURRENCY = 16
TURNS = 4
_KEY = "sk-test-0123456789"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["dialogs.cli.launching", "dialogs.endpoints.openai", "command"])


def reply(request: Received) -> Wire:
    """Answer with a hash of the whole request, after a moment that depends on it too."""
    digest = hashlib.sha256(request.body).hexdigest()
    return Wire(int(digest[:2], 16) / 25_600, *completion(digest[:16]).pieces)


def _command(arguments: list[str], output: str, base_url: str) -> None:
    """Be the command `dialogs`, in a process that has its modules loaded already."""
    os.environ.update(OPENAI_BASE_URL=base_url, OPENAI_API_KEY=_KEY)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["dialogs", *arguments]
    from dialogs.cli import main  # noqa: PLC0415 - the process that starts this one has it loaded

    main()


@dataclass
class Runs:
    """One output, the runs that write it, and the server that they ask."""

    folder: Path
    server: Server
    dialogues: int
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        """Write the scenarios."""
        self.log = self.folder / "log.txt"
        scenarios = self.folder / "scenarios"
        if not scenarios.exists():
            scenarios.mkdir()
            for number in range(self.dialogues):
                turns = "".join(f"  - turn {turn} of dialogue {number}\n" for turn in range(TURNS))
                (scenarios / f"talk-{number:03}.yaml").write_text(f"turns:\n{turns}")

    @property
    def output(self) -> Path:
        return self.folder / "out.jsonl"

    @property
    def journal(self) -> Path:
        return self.folder / "out.jsonl.journal"

    def arguments(self, *flags: str) -> list[str]:
        """Return the command's arguments."""
        scenarios, output = str(self.folder / "scenarios"), str(self.output)
        return ["run", scenarios, "-m", "m", "-j", str(CONCURRENCY), "--stable", "-o", output, *flags]

    def start(self, *flags: str) -> ForkServerProcess:
        """Start the command."""
        process = _processes.Process(
            target=_command, args=(self.arguments(*flags), str(self.log), self.server.base_url)
        )
        process.start()
        return process

    def finish(self, *flags: str) -> int:
        """Run the command to its end, and return its exit code."""
        process = self.start(*flags)
        process.join(120)
        assert process.exitcode is not None, "the run hangs"
        return process.exitcode

    def kill_at(self, requests: int, pause_s: float, *flags: str) -> None:
        """Start the command, and kill it a moment after the server has got so many requests in all."""
        process = self.start(*flags)
        while process.is_alive() and len(self.server.requests) < requests:
            time.sleep(0.0005)
        time.sleep(pause_s)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()


@dataclass(frozen=True)
class Damage:
    """What a kill did: finished turns that were asked again, requests that were sent twice, and more that is wrong."""

    lost: int
    repeated: int
    wrong: tuple[str, ...]


@contextlib.contextmanager
def undisturbed(folder: Path, dialogues: int) -> Iterator[bytes]:
    """Give the output of a run that nobody disturbs."""
    with serve(reply) as server:
        folder.mkdir()
        runs = Runs(folder, server, dialogues)
        assert runs.finish() == 0, runs.log.read_text()
        assert len(server.requests) == dialogues * TURNS
        yield runs.output.read_bytes()


def crash(
    folder: Path, dialogues: int, expected: bytes, *, seed: int, kills: int = 1, workers: Sequence[int] = (1,)
) -> Damage:
    """Kill a run, and its resumes, at random moments; resume it to its end, and say what the damage is.

    `workers` are the numbers of processes that play one time after the other.
    """
    processes = itertools.cycle(workers)
    chance = random.Random(seed)  # noqa: S311 - to be repeatable
    folder.mkdir()
    with serve(reply) as server:
        runs = Runs(folder, server, dialogues)
        finished: set[bytes] = set()
        lost = 0
        for number in range(kills):
            before = len(server.requests)
            moment = before + chance.randrange(dialogues * TURNS - before % (dialogues * TURNS))
            flags = ["--workers", str(next(processes)), *(["--resume"] if number else [])]
            runs.kill_at(moment, chance.random() * 0.006, *flags)
            lost += sum(request.body in finished for request in server.requests[before:])
            finished |= followed(server.requests)
        before = len(server.requests)
        code = runs.finish("--resume", "--workers", str(next(processes)))
        lost += sum(request.body in finished for request in server.requests[before:])
        return Damage(lost, len(server.requests) - dialogues * TURNS, tuple(_wrong(runs, code, expected)))


def followed(requests: list[Received]) -> set[bytes]:
    """Return the requests whose reply was on disk, since the next turn of their dialogue was asked with it."""
    histories = {_history(request, drop=2) for request in requests}
    return {request.body for request in requests if _history(request) in histories}


def _history(request: Received, drop: int = 0) -> str:
    messages = request.messages
    return repr(messages[: len(messages) - drop])


def _wrong(runs: Runs, code: int, expected: bytes) -> Iterator[str]:
    if code != 0:
        yield f"exit code {code}: {runs.log.read_text()}"
    if not runs.output.exists() or runs.output.read_bytes() != expected:
        yield "the output is not that of an undisturbed run"
    if runs.journal.exists() or runs.journal.with_suffix(".parts").exists():
        yield "the journal of a finished run stays behind"
    most = max(collections.Counter(request.body for request in runs.server.requests).values(), default=0)
    if most > 1 + len(runs.server.requests) - runs.dialogues * TURNS:
        yield f"one request was sent {most} times"
