"""Runs of `dialogs run` in which the n-th call on its files fails, as strace makes it: a full or a broken disk."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from command import environment
from crashing import Runs, followed, reply
from servers import serve

STRACE = shutil.which("strace")
DIALOGUES = 4
CALLS = ("openat", "write", "fdatasync", "fsync", "rename", "ftruncate")


@dataclass(frozen=True)
class Failure:
    """The n-th `call` on a file of the run fails with `error`; each one from there on, if it lasts."""

    call: str
    error: str
    nth: int
    lasts: bool

    def __str__(self) -> str:
        return f"{self.call} {self.nth}{'+' if self.lasts else ''} {self.error}"


@dataclass(frozen=True)
class Aftermath:
    """How the run ended and what it said; whether the call was reached at all; and what went wrong that must not."""

    code: int
    stderr: str
    wrong: tuple[str, ...]


def fail(folder: Path, expected: bytes, failure: Failure) -> Aftermath:
    """Run with a failing call, resume without one, and hold the output against the expected one."""
    folder.mkdir()
    with serve(reply) as server:
        runs = Runs(folder, server, DIALOGUES)
        ended = _traced(runs, failure)
        before = len(server.requests)
        finished = followed(server.requests)
        code = runs.finish("--resume")
        lost = sum(request.body in finished for request in server.requests[before:])
        wrong = tuple(_wrong(runs, ended.returncode, code, lost, expected))
        return Aftermath(ended.returncode, ended.stderr, wrong)


def _traced(runs: Runs, failure: Failure) -> "subprocess.CompletedProcess[str]":
    inject = f"inject={failure.call}:error={failure.error}:when={failure.nth}{'+' if failure.lasts else ''}"
    names = ("out.jsonl", "out.jsonl.partial", "out.jsonl.journal")
    paths = [part for name in names for part in ("-P", str(runs.folder / name))]
    variables = {
        "OPENAI_BASE_URL": runs.server.base_url,
        "OPENAI_API_KEY": "sk-test-0123456789",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with tempfile.TemporaryFile() as trace:
        strace = (STRACE or "strace", "-f", "-qq", "-o", f"/dev/fd/{trace.fileno()}")
        return subprocess.run(
            [*strace, *paths, "-e", inject, sys.executable, "-m", "dialogs", *runs.arguments()],
            env=environment(variables),
            pass_fds=[trace.fileno()],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def _wrong(runs: Runs, first: int, second: int, lost: int, expected: bytes) -> Iterator[str]:
    if first not in {0, 3}:
        yield f"exit code {first}"
    if second != 0:
        yield f"exit code of the resume {second}: {runs.log.read_text()}"
    if lost:
        yield f"{lost} finished turns were asked again"
    if not runs.output.exists() or runs.output.read_bytes() != expected:
        yield "the output is not that of an undisturbed run"
