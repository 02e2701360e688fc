"""The rates at which transcripts are read and written, beside the JSON libraries alone on the same lines."""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias

import orjson

from dialogs.chat import Usage
from dialogs.transcript import CompletionRecord, Outcome, Transcript, TurnRecord
from dialogs.transcript_files import read_transcripts, write_transcripts
from workload import SYSTEM, user_text

Completions: TypeAlias = tuple[CompletionRecord, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """Lines a second: ours, orjson, the standard json."""

    line_bytes: int
    read: tuple[float, float, float]
    written: tuple[float, float, float]


def transcript(number: int) -> Transcript:
    """Make a transcript of about 2 KB: two turns, with all that a run records."""
    texts = [
        user_text(number, 1),
        "Within thirty days. " * 15,
        user_text(number, 2),
        "At 8 pm, and not on Sundays. " * 10,
    ]
    roles = ["user", "assistant"] * 2
    said = [{"role": role, "content": text} for role, text in zip(roles, texts, strict=True)]
    usage = Usage(100, 20, {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120})
    completions = [
        CompletionRecord(
            reply=reply,
            history_sha256=f"{number:064x}",
            finish_reason="stop",
            served_model="mock-1",
            latency_ms=50.1,
            usage=usage,
            request_id="req_1",
            attempts=1,
            source="endpoint",
        )
        for reply in (2, 4)
    ]
    return Transcript(
        id=f"talk-{number}@mock#0",
        scenario=f"talk-{number}",
        model="mock",
        outcome=Outcome.COMPLETED,
        messages=({"role": "system", "content": SYSTEM}, *said),
        turns=tuple(TurnRecord(turn, (completion,)) for turn, completion in enumerate(completions, 1)),
        params={"temperature": 0},
        place="talk.yaml:1:1",
        started_at="2026-11-23T05:00:00.000+00:00",
        elapsed_ms=101.5,
    )


def measure(*, lines: int, rounds: int) -> Rates:
    """Read and write a file of `lines` transcripts in each way, interleaved; return the medians."""
    transcripts = [transcript(number) for number in range(lines)]
    records = [each.record() for each in transcripts]
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        path, other = Path(name) / "ours.jsonl", Path(name) / "other.jsonl"
        write_transcripts(path, transcripts)

        def read(loads: Callable[[bytes], object]) -> None:
            with path.open("rb") as file:
                for line in file:
                    loads(line)

        def write(dumps: Callable[[object], bytes]) -> None:
            with other.open("wb") as file:
                for record in records:
                    file.write(dumps(record) + b"\n")

        readers = (lambda: list(map(id, read_transcripts(path))), lambda: read(orjson.loads), lambda: read(json.loads))
        writers = (
            lambda: write_transcripts(other, transcripts),
            lambda: write(orjson.dumps),
            lambda: write(lambda record: json.dumps(record).encode()),
        )
        read_s, written_s = _interleave(readers, rounds), _interleave(writers, rounds)
        size = path.stat().st_size // lines
    return Rates(size, _rates(lines, read_s), _rates(lines, written_s))


def _interleave(works: tuple[Callable[[], object], ...], rounds: int) -> list[float]:
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, taken, strict=True):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return [median(times) for times in taken]


def _rates(lines: int, taken_s: list[float]) -> tuple[float, float, float]:
    ours, fast, standard = (lines / each for each in taken_s)
    return ours, fast, standard
