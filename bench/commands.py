"""Benchmarks of what needs no endpoint: start-up, checking, comparing, reading and writing."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import jsonl
import ways
from measuring import MockServer, Sample, environment, middle, take
from results import Goal, Section
from workload import MODEL, scenario_yaml, write_scenarios

_PYTHON: Final = sys.executable


def start(server: MockServer, *, rounds: int) -> Section:
    """The commands that need no endpoint, beside the import of the library that reads their flags."""
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        folder = Path(name)
        transcripts = _record(server, folder)
        commands = {
            '`python -c "import typer"`': [_PYTHON, "-c", "import typer"],
            "`dialogs --help`": ways.dialogs_command("--help"),
            "`dialogs check` of one file": ways.dialogs_command("check", "talk.yaml"),
            "`dialogs diff` of two small files": ways.dialogs_command("diff", transcripts, transcripts),
        }
        taken = _interleave(commands, folder, rounds)
    first = taken.pop('`python -c "import typer"`')
    section = Section("Start-up", "Whole processes.", ("command", "ms", "of importing typer"))
    section.rows.append(['`python -c "import typer"`', f"{first.elapsed_s * 1000:.0f}", "1"])
    for command, sample in taken.items():
        ratio = sample.elapsed_s / first.elapsed_s
        section.rows.append([command, f"{sample.elapsed_s * 1000:.0f}", f"{ratio:.1f}"])
        section.goals.append(Goal(f"{command}, of importing typer", ratio, 3, "at most"))
    return section


def _record(server: MockServer, folder: Path) -> str:
    """Play one short dialogue, and return the name of its transcript."""
    server.set(latency_ms=0)
    (folder / "talk.yaml").write_text(scenario_yaml(0, 2), encoding="utf-8")
    command = ways.dialogs_command("run", "-m", MODEL, "talk.yaml", "-o", "talk.jsonl")
    take(command, folder=folder, extra=ways.endpoint(server.url))
    return "talk.jsonl"


def _interleave(commands: dict[str, list[str]], folder: Path, rounds: int) -> dict[str, Sample]:
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            samples[name].append(take(command, folder=folder))
    return {name: middle(each[1:]) for name, each in samples.items()}  # the first round compiled and warmed


def replay(server: MockServer, *, rounds: int) -> Section:
    """One turn from a cassette."""
    section = Section("Replay", "One dialogue of one turn from a cassette, as a whole process.", ("command", "ms"))
    found = subprocess.run(
        ways.dialogs_command("run", "--help"), capture_output=True, text=True, check=True, env=environment({})
    )
    if "--replay" not in found.stdout:
        section.notes.append("Not measured: this version has no `--replay`.")
        return section
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        folder = Path(name)
        (folder / "talk.yaml").write_text(scenario_yaml(0, 1), encoding="utf-8")
        server.set(latency_ms=0)
        words = ("run", "-m", MODEL, "talk.yaml", "-o", "talk.jsonl")
        recording = ways.dialogs_command(*words, "--record", "cassette.jsonl")
        take(recording, folder=folder, extra=ways.endpoint(server.url))
        command = ways.dialogs_command(*words, "--replay", "cassette.jsonl")
        sample = _interleave({"replay": command}, folder, rounds)["replay"]
    section.rows.append(["`dialogs run --replay`", f"{sample.elapsed_s * 1000:.0f}"])
    section.goals.append(Goal("a replay of one turn", sample.elapsed_s, 0.5, "at most", " s"))
    return section


def check(*, rounds: int, quick: bool) -> Section:
    """Many small scenario files."""
    files = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        folder = Path(name)
        write_scenarios(folder / "scenarios", files, 4, padding=400)
        size = (folder / "scenarios/talk-00000.yaml").stat().st_size
        sample = _interleave({"check": ways.dialogs_command("check", "scenarios")}, folder, rounds)["check"]
    words = f"`dialogs check` of {files:,} files of {size} bytes."
    section = Section("Checking", words, ("files", "s", "ms a file", "memory, MB"))
    figures = [f"{sample.elapsed_s:.2f}", f"{sample.elapsed_s / files * 1000:.2f}", f"{sample.peak_mb:.0f}"]
    section.rows.append([f"{files:,}", *figures])
    section.goals.append(Goal("10,000 files", sample.elapsed_s / files * 10_000, 4, "at most", " s"))
    return section


def reading_and_writing(*, rounds: int, quick: bool) -> Section:
    """Transcript files beside the same bytes through orjson and the standard json."""
    rates = jsonl.measure(lines=1_000 if quick else 10_000, rounds=rounds)
    section = Section(
        "Transcript files",
        f"Lines a second, {rates.line_bytes:,} bytes each, CPU only. Ours are read into checked, typed transcripts, "
        "whose parts are made where they are looked at.",
        ("", "ours", "orjson alone", "standard json alone"),
    )
    section.rows.append(["read", *(f"{rate:,.0f}" for rate in rates.read)])
    section.rows.append(["written", *(f"{rate:,.0f}" for rate in rates.written)])
    section.goals.append(Goal("read, of orjson's rate", rates.read[0] / rates.read[1], 0.5, "at least"))
    section.goals.append(Goal("written, of json's rate", rates.written[0] / rates.written[2], 1, "at least"))
    return section
