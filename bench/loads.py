"""Benchmarks of whole runs: many dialogues on a server that answers after a while."""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import ways
from measuring import FailedError, MockServer, Sample, middle
from peers import UnavailableError
from results import Goal, Section
from server import digest
from ways import Load, Way

_HERE: Final = Path(__file__).parent
_HEADS: Final = ("way", "requests/s", "of the bare loop", "CPU a request, ms", "of the bare loop", "memory, MB")
_ENOUGH_FOR_ONE: Final = 64
_OF_WORKERS: Final = "With workers, the CPU is that of all processes, and the memory that of the largest."

Measured = dict[Way, Sample]


def play(way: Way, load: Load, server: MockServer) -> Sample:
    """Play a load once, in a folder of its own.

    Raises:
        FailedError: the way did not play it whole.
        UnavailableError: the way's program cannot be had.
    """
    part = way.part(load)
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        command = way.prepare(part, server.url, Path(name))
        server.set(latency_ms=load.latency_ms)
        return server.measure(command.words, folder=Path(name), extra=command.extra, requests=part.requests)


def compare(ways_compared: Sequence[Way], load: Load, server: MockServer, rounds: int) -> tuple[Measured, list[str]]:
    """Play a load in each way, all ways once in each round; return the medians, and what could not be measured."""
    samples: dict[Way, list[Sample]] = {way: [] for way in ways_compared}
    notes: list[str] = []
    for number in range(rounds):
        for way in list(samples):
            sys.stderr.write(f"round {number + 1} of {rounds}: {way.name}\n")
            try:
                samples[way].append(play(way, load, server))
            except (FailedError, UnavailableError) as error:
                sys.stderr.write(f"{error}\n")
                notes.append(f"Not measured: {way.name}: {str(error).splitlines()[0]}")
                del samples[way]
    return {way: middle(each) for way, each in samples.items()}, notes


def _section(title: str, words: str, measured: Measured, notes: list[str]) -> Section:
    bare = measured.get(ways.BARE)
    section = Section(title, words, _HEADS, notes=notes)
    for way, sample in measured.items():
        rate = f"{sample.rate / bare.rate:.2f}" if bare else "?"
        cpu = f"{sample.cpu_ms / bare.cpu_ms:.2f}" if bare else "?"
        figures = [f"{sample.rate:.0f}", rate, f"{sample.cpu_ms:.2f}", cpu, f"{sample.peak_mb:.0f}"]
        section.rows.append([way.name, *figures])
        section.bars.append((way.name, sample.rate))
    return section


def _rate(name: str, measured: Measured, other: Way, wanted: float, *, ours: Way = ways.DIALOGS) -> list[Goal]:
    if ours not in measured or other not in measured:
        return []
    return [Goal(f"rate, of {name}", measured[ours].rate / measured[other].rate, wanted, "at least")]


def _cpu(name: str, measured: Measured, other: Way, wanted: float) -> list[Goal]:
    if ways.DIALOGS not in measured or other not in measured:
        return []
    return [Goal(f"CPU a turn, of {name}", measured[ways.DIALOGS].cpu_ms / measured[other].cpu_ms, wanted, "at most")]


def throughput(server: MockServer, *, rounds: int, quick: bool, with_peers: bool) -> Section:
    """500 dialogues of 4 turns, all ways."""
    load = Load(100 if quick else 500, 4, 50, 64)
    all_ways = [ways.DIALOGS, ways.MORE, ways.BARE, ways.POST, ways.GATHER, ways.THREADS, ways.SEQUENTIAL]
    measured, notes = compare([*all_ways, *(ways.PEER_WAYS if with_peers else ())], load, server, rounds)
    section = _section("Beside others", _words(load), measured, notes)
    section.goals += _rate("promptfoo with written histories", measured, ways.PROMPTFOO, 4, ours=ways.MORE)
    section.goals += _rate("promptfoo's own conversations", measured, ways.CONVERSATIONS, 40, ours=ways.MORE)
    section.goals += _rate("Inspect AI", measured, ways.INSPECT, 10, ours=ways.MORE)
    section.goals += _rate("the sequential loop", measured, ways.SEQUENTIAL, 35, ours=ways.MORE)
    return section


def many(server: MockServer, *, rounds: int, quick: bool) -> Section:
    """2,000 dialogues of 4 turns: where the start counts little."""
    load = Load(500 if quick else 2_000, 4, 50, 64)
    measured, notes = compare([ways.DIALOGS, ways.WORKERS, ways.BARE, ways.POST, ways.GATHER], load, server, rounds)
    section = _section(f"{load.dialogues:,} dialogues", f"{_words(load)} {_OF_WORKERS}", measured, notes)
    section.goals += _rate("the bare loop", measured, ways.BARE, 0.75)
    section.goals += _cpu("the bare loop", measured, ways.BARE, 2.5)
    section.goals += _rate("the gather", measured, ways.GATHER, 2.2)
    section.goals += _cpu("the gather", measured, ways.GATHER, 0.4)
    return section


def waiting(server: MockServer, *, rounds: int, quick: bool, concurrency: int) -> Section:
    """An endpoint that takes 500 ms: it should be the bound, not the client."""
    load = Load(2 * concurrency if quick else max(768, 4 * concurrency), 4, 500, concurrency)
    compared, words = [ways.DIALOGS, ways.BARE, ways.GATHER], _words(load)
    if concurrency > _ENOUGH_FOR_ONE:
        compared.insert(1, ways.WORKERS)
        words = f"{words} {_OF_WORKERS}"
    measured, notes = compare(compared, load, server, rounds)
    section = _section(f"A slow endpoint, {concurrency} at a time", words, measured, notes)
    section.goals += _rate("the bare loop", measured, ways.BARE, 0.95)
    return section


def _words(load: Load) -> str:
    return (
        f"{load.dialogues:,} dialogues x {load.turns} turns, {load.concurrency} at a time, each answer after "
        f"{load.latency_ms:.0f} ms; whole processes, start included."
    )


def mock(server: MockServer, *, quick: bool) -> Section:
    """How much faster the server is than anything that asks it."""
    requests = 4_000 if quick else 20_000
    server.set(latency_ms=0)
    words = [sys.executable, str(_HERE / "raw.py"), server.url, "--requests", str(requests)]
    with tempfile.TemporaryDirectory() as name:
        raw = server.measure(words, folder=Path(name), requests=requests)
    bare = play(ways.BARE, Load(requests // 8, 4, 0, 64), server)
    section = Section(
        "The server that answers",
        "The mock without any latency, asked by a client that sends one request, encoded beforehand, again and again, "
        "and by a bare aiohttp loop: it is no bottleneck.",
        ("client", "requests/s", "the server's CPU a request, ms", "the client's, ms"),
    )
    for name, sample in (("raw sockets", raw), ("a bare aiohttp loop", bare)):
        server_ms = sample.server_cpu_s / sample.requests * 1000
        section.rows.append([name, f"{sample.rate:.0f}", f"{server_ms:.3f}", f"{sample.cpu_ms:.3f}"])
    return section


def memory(server: MockServer, *, quick: bool) -> Section:
    """Memory in the number of dialogues and in flight."""
    scenarios, cases = (200, 10) if quick else (1_000, 100)
    each = f"{scenarios:,} scenarios x"
    loads = {
        f"{each} 2 turns, -j 16": Load(scenarios, 2, 0, 16),
        f"{each} {cases} cases x 2 turns, -j 16": Load(scenarios * cases, 2, 0, 16, cases),
        f"{each} 2 turns, -j 256, 100 ms": Load(scenarios, 2, 100, 256),
    }
    section = Section("Memory", "The peak of `dialogs run`.", ("run", "memory, MB", "requests/s", "CPU a turn, ms"))
    peaks = []
    for name, load in loads.items():
        sys.stderr.write(f"{name}\n")
        sample = play(ways.DIALOGS, load, server)
        peaks.append(sample.peak_mb)
        section.rows.append([name, f"{sample.peak_mb:.0f}", f"{sample.rate:.0f}", f"{sample.cpu_ms:.2f}"])
    section.goals.append(Goal(f"{cases} cases against none", peaks[1], 1.3 * peaks[0] + 100, "at most", " MB"))
    section.goals.append(Goal("at -j 256", peaks[2], 150, "at most", " MB"))
    return section


def long(server: MockServer, *, rounds: int, quick: bool) -> Section:
    """One dialogue of many turns: the CPU should grow with the turns, not with their square."""
    turns = 100 if quick else 400
    section = Section(
        "Long dialogues",
        f"One dialogue, no latency; CPU in seconds. What one turn takes is counted as the start and taken away before "
        f"the ratio; {turns // 4} turns to {turns} would be 4 if it grew linearly, 16 if quadratically.",
        ("way", "1 turn", f"{turns // 4} turns", f"{turns} turns", "ratio"),
    )
    compared = [ways.DIALOGS, ways.BARE, ways.POST]
    taken = {number: compare(compared, Load(1, number, 0, 1), server, rounds) for number in (1, turns // 4, turns)}
    for way in compared:
        if all(way in measured for measured, _ in taken.values()):
            one, few, all_turns = (measured[way].cpu_s for measured, _ in taken.values())
            ratio = (all_turns - one) / (few - one)
            section.rows.append([way.name, f"{one:.2f}", f"{few:.2f}", f"{all_turns:.2f}", f"{ratio:.1f}"])
    section.notes = [note for _, notes in taken.values() for note in notes]
    return section


def histories(server: MockServer, *, quick: bool) -> Section:
    """Whether each request carried the true history: the reply is a hash of what was sent."""
    load = Load(100 if quick else 1_000, 4, 5, 64)
    with tempfile.TemporaryDirectory() as name:
        command = ways.DIALOGS.prepare(load, server.url, Path(name))
        server.set(latency_ms=load.latency_ms, reply="digest")
        server.measure(command.words, folder=Path(name), extra=command.extra, requests=load.requests)
        with (Path(name) / "out.jsonl").open(encoding="utf-8") as lines:
            wrong = sum(_wrong_replies(json.loads(line)["messages"]) for line in lines)
    words = (
        f"{load.dialogues:,} dialogues x {load.turns} turns at {load.concurrency} at a time; each reply is a hash of "
        "the messages that were sent, held against the transcript."
    )
    return Section("True histories", words, (), goals=[Goal("replies to another history", wrong, 0, "at most")])


def _wrong_replies(messages: list[dict[str, str]]) -> int:
    return sum(
        message["content"] != digest(messages[:index])
        for index, message in enumerate(messages)
        if message["role"] == "assistant"
    )


def profile(server: MockServer, *, quick: bool) -> Section:
    """Which parts of the program the CPU of a turn goes to."""
    load = Load(100 if quick else 1_000, 4, 50, 64)
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        command = ways.DIALOGS.prepare(load, server.url, Path(name))
        words = [sys.executable, str(_HERE / "sampling.py"), "counts.json", *command.words[3:]]
        server.set(latency_ms=load.latency_ms)
        sample = server.measure(words, folder=Path(name), extra=command.extra, requests=load.requests)
        counts: dict[str, int] = json.loads((Path(name) / "counts.json").read_text(encoding="utf-8"))
    section = Section("Where the CPU goes", _words(load), ("part", "share", "ms a turn"))
    total = sum(counts.values())
    for part, count in sorted(counts.items(), key=lambda item: -item[1]):
        if count >= total / 200:
            section.rows.append([f"`{part}`", f"{count / total:.1%}", f"{count / total * sample.cpu_ms:.3f}"])
    return section
