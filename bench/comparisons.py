"""The rate at which two transcript files are compared, beside orjson parsing the lines of both."""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

import orjson

import jsonl
import ways
from dialogs.comparing import compare_files
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.reports.terminal import Terminal
from dialogs.transcript import Transcript
from dialogs.transcript_files import write_transcripts
from measuring import take
from results import Goal, Section

_TURNS: Final = 4
_SHARES: Final = (0, 5, 20, 100)
_WANTED: Final = 0.5


def compare(*, rounds: int, quick: bool) -> Section:
    """Two files of which a share of the dialogues differs in the last two replies."""
    dialogues = 1_000 if quick else 4_000
    section = Section(
        "Comparing",
        f"Two files of {dialogues:,} dialogues x {_TURNS} turns; what differs does in two replies. CPU only, in one "
        "process, as the rate of parsing the lines of both with orjson is. Memory is that of `dialogs diff`.",
        ("dialogues that differ", "µs a pair", "of orjson's rate", "with the text report", "memory, MB"),
    )
    with tempfile.TemporaryDirectory(prefix="dialogs-bench-") as name:
        before, after = Path(name) / "before.jsonl", Path(name) / "after.jsonl"
        write_transcripts(before, map(_played, range(dialogues)))
        for share in _SHARES:
            write_transcripts(after, (_played_again(number, share) for number in range(dialogues)))
            parsed_s, compared_s, reported_s = _taken(before, after, rounds)
            sample = take(ways.dialogs_command("diff", str(before), str(after)), folder=Path(name), codes=(0, 1))
            ratio = parsed_s / compared_s
            figures = [f"{compared_s / dialogues * 1e6:.0f}", f"{ratio:.2f}", f"{parsed_s / reported_s:.2f}"]
            section.rows.append([f"{share} %", *figures, f"{sample.peak_mb:.0f}"])
            section.goals.append(Goal(f"compared, {share} % differing, of orjson's rate", ratio, _WANTED, "at least"))
    return section


def _played(number: int) -> Transcript:
    two = jsonl.transcript(number)
    _system, *said = two.messages
    again = (replace(turn, turn=turn.turn + 2, completions=_moved(turn.completions, by=4)) for turn in two.turns)
    return replace(two, messages=(*two.messages, *said), turns=(*two.turns, *again))


def _moved(completions: jsonl.Completions, *, by: int) -> jsonl.Completions:
    return tuple(replace(each, reply=each.reply + by) for each in completions)


def _played_again(number: int, share: int) -> Transcript:
    """Return what another run would have recorded; `share` in a hundred differ."""
    before = replace(_played(number), started_at="2026-11-24T05:00:00.000+00:00", elapsed_ms=99.0 + number % 7)
    if number * 37 % 100 >= share:
        return before
    messages = list(before.messages)
    for place in (6, 8):
        words = str(messages[place]["content"]).split()
        words[number % len(words)] = f"other-{number}"
        messages[place] = {**messages[place], "content": " ".join(words)}
    return replace(before, messages=tuple(messages))


def _taken(before: Path, after: Path, rounds: int) -> tuple[float, float, float]:
    """Return the CPU seconds of parsing both, of comparing them, and of comparing them with a report."""
    works = (
        lambda: _parse(before, after),
        lambda: _compare(before, after, reported=False),
        lambda: _compare(before, after, reported=True),
    )
    _compare(before, after, reported=True)  # imports what there is to import
    taken = [[_cpu_s(work) for work in works] for _ in range(rounds)]
    parsed_s, compared_s, reported_s = (median(each) for each in zip(*taken, strict=True))
    return parsed_s, compared_s, reported_s


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _parse(*paths: Path) -> None:
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)


def _compare(*paths: Path, reported: bool) -> None:
    with ExitStack() as files:
        before, after = (IndexedTranscripts(open_transcripts(path, files), str(path)) for path in paths)
        comparison = compare_files(before, after)
        if reported:
            for _ in draw(comparison_parts(comparison), Terminal()):
                pass
