"""Benchmarks of runs that several processes play."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ways
from measuring import MockServer, Sample, middle
from results import Goal, Section
from workload import MODEL, write_scenarios

_PROCESSES: Final = (1, 2)


def workers(server: MockServer, *, rounds: int, quick: bool) -> Section:
    """The same run in one process and in two: from a cassette, and against the mock."""
    section = Section(
        "One process and two",
        "`--workers 1` and `--workers 2` in turn; the CPU is that of all processes together. From a cassette there is "
        "nothing but our own work; against the mock there is also its own CPU, on the same two cores.",
        ("run", "workers", "s", "turns/s", "CPU s"),
    )
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        folder = Path(name)
        samples = 10 if quick else 100
        write_scenarios(folder / "scenarios", 200, 2)
        recording = _command("recorded.jsonl", samples, "--record", "cassette.jsonl", "-j", "64")
        server.set(latency_ms=0)
        server.measure(recording, folder=folder, extra=ways.endpoint(server.url), requests=400 * samples)
        pair = _Pair(section, server, folder, rounds)
        replaying = _command("replayed.jsonl", samples, "--replay", "cassette.jsonl")
        ratio = pair.compare(f"{400 * samples:,} turns from a cassette", replaying, 400 * samples)
        for latency_ms in (0, 50):
            server.set(latency_ms=latency_ms)
            asked = _command("asked.jsonl", samples // 5, "-j", "64")
            what = f"{80 * samples:,} turns asked, {latency_ms} ms each, 64 at a time"
            pair.compare(what, asked, 80 * samples)
    section.goals.append(Goal("turns a second from a cassette, of those of one process", ratio, 1.7, "at least"))
    return section


def _command(output: str, samples: int, *flags: str) -> list[str]:
    return ways.dialogs_command("run", "-m", MODEL, "scenarios", "-o", output, "--samples", str(samples), *flags)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Measures a command with one process and with two, and adds the rows to a section."""

    section: Section
    server: MockServer
    folder: Path
    rounds: int

    def compare(self, what: str, command: list[str], turns: int) -> float:
        """Return the ratio of the two rates."""
        taken: dict[int, list[Sample]] = {processes: [] for processes in _PROCESSES}
        for _ in range(self.rounds):
            for processes in _PROCESSES:
                taken[processes].append(self._take([*command, "--workers", str(processes)]))
        one, two = (middle(taken[processes]) for processes in _PROCESSES)
        for processes, sample in zip(_PROCESSES, (one, two), strict=True):
            rate = f"{turns / sample.elapsed_s:,.0f}"
            self.section.rows.append([what, str(processes), f"{sample.elapsed_s:.1f}", rate, f"{sample.cpu_s:.1f}"])
        return one.elapsed_s / two.elapsed_s

    def _take(self, command: list[str]) -> Sample:
        return self.server.measure(command, folder=self.folder, extra=ways.endpoint(self.server.url), requests=None)
