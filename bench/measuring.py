"""Runs whole processes, start included, and says what each took."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Final, Self

_HERE: Final = Path(__file__).parent
_NOT_PASSED_ON: Final = ("OPENAI_", "AZURE_", "PYTHONDONTWRITEBYTECODE", "PYTHONPROFILE")
_TAIL: Final = 2_000


class FailedError(Exception):
    """A measured process did not do what it was to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process took: seconds on the clock, seconds of CPU (user and system), its peak of memory.

    `requests` and `server_cpu_s` are the server's own counts, 0 where it was not asked.
    """

    elapsed_s: float
    cpu_s: float
    peak_mb: float
    requests: int = 0
    server_cpu_s: float = 0.0
    most_in_flight: int = 0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.elapsed_s

    @property
    def cpu_ms(self) -> float:
        """CPU for each request, in milliseconds."""
        return self.cpu_s / self.requests * 1000 if self.requests else float("nan")


def middle(samples: Sequence[Sample]) -> Sample:
    """Return the median of each figure."""
    return Sample(
        elapsed_s=median(sample.elapsed_s for sample in samples),
        cpu_s=median(sample.cpu_s for sample in samples),
        peak_mb=median(sample.peak_mb for sample in samples),
        requests=round(median(sample.requests for sample in samples)),
        server_cpu_s=median(sample.server_cpu_s for sample in samples),
        most_in_flight=round(median(sample.most_in_flight for sample in samples)),
    )


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what a measured process finds: nothing that would send its requests elsewhere or slow its start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **extra}


def take(
    command: Sequence[str], *, folder: Path, extra: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)
) -> Sample:
    """Run a command in `folder` to its end and measure it.

    Raises:
        FailedError: its exit code is none of `codes`; holds the end of what it printed.
    """
    with tempfile.TemporaryFile() as printed:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(extra or {}), stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
        )
        _, status, usage = os.wait4(process.pid, 0)
        elapsed_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            printed.seek(0)
            tail = printed.read().decode(errors="replace")[-_TAIL:]
            raise FailedError(f"exit code {process.returncode} of {' '.join(command)}\n{tail}")
    peak_mb = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Sample(elapsed_s, usage.ru_utime + usage.ru_stime, peak_mb)


class MockServer:
    """The mock in a process of its own, ended with the context."""

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, str(_HERE / "server.py")], stdout=subprocess.PIPE, env=environment({}), text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    @property
    def url(self) -> str:
        """What clients take as their base URL."""
        return f"{self.address}/v1"

    def set(self, *, latency_ms: float, reply: str = "fixed") -> None:
        """Say how long each answer takes, and what it holds."""
        self._ask("/settings", json.dumps({"latency_ms": latency_ms, "reply": reply}).encode())
        self._ask("/stats")

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.address}{path}", data=body) as response:
            answer: dict[str, float] = json.load(response)
        return answer

    def measure(
        self, command: Sequence[str], *, folder: Path, extra: Mapping[str, str] | None = None, requests: int | None
    ) -> Sample:
        """Run a client to its end and measure it, with what the server saw of it.

        Raises:
            FailedError: the client failed, or the server answered another number than `requests`.
        """
        self._ask("/stats")
        sample = take(command, folder=folder, extra=extra)
        stats = self._ask("/stats")
        if requests is not None and stats["answered"] != requests:
            raise FailedError(f"{stats['answered']} requests came, {requests} were wanted, of {' '.join(command)}")
        return Sample(
            sample.elapsed_s,
            sample.cpu_s,
            sample.peak_mb,
            requests=round(stats["answered"]),
            server_cpu_s=stats["cpu_s"],
            most_in_flight=round(stats["most_in_flight"]),
        )
