"""Grades a transcript file: reads it, plays it again on its own replies, and says what is unmet."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from dialogs.chat import Fault
from dialogs.cli.options import CONCURRENCY
from dialogs.cli.output import write_lines
from dialogs.clock import SystemClock
from dialogs.configuration import Configuration
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES
from dialogs.endpoints.pacing import Gate
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy
from dialogs.errors import IncompleteError, NothingSelectedError, WrongUseError
from dialogs.grading import Grading, Scenarios, Unfit, regraded, unmet_in
from dialogs.judge_endpoints import judged_kinds, open_judge
from dialogs.judging import EndpointJudge, put_to_judge
from dialogs.loading import load, parse_assignments
from dialogs.replaying import JudgeEndpoints
from dialogs.reports.expectation_text import counted, unmet_line
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts, write_transcripts

_UNMET = 1
_INCOMPLETE = 3


@dataclass(frozen=True, slots=True)
class GradeFlags:
    """One field a flag; what `dialogs grade --help` says of it holds here."""

    file: Path
    paths: tuple[str, ...]
    output: Path | None
    judge: bool
    stable: bool
    variables: tuple[str, ...]
    configuration: str | None
    max_file_bytes: int


def grade_file(flags: GradeFlags) -> int:
    """Grade, print what is unmet and what no longer fits, and return the exit code.

    Raises:
        NothingSelectedError: the file holds no dialogue.
        WrongUseError: there is a file already where the graded transcripts should go, or no scenario is known.
    """
    if flags.output is not None and flags.output.exists():
        raise WrongUseError(f"{flags.output} is there already; wanted the name of a new file")
    transcripts = list(read_transcripts(flags.file))
    if not transcripts:
        raise NothingSelectedError(f"{flags.file}: no dialogue in this file")
    scenarios, configuration = load(
        flags.paths or _places(transcripts, flags.file),
        flags.configuration,
        max_bytes=flags.max_file_bytes,
        variables=parse_assignments(flags.variables),
        environ=None,  # what was sent stands in no transcript
    )
    known = Scenarios(scenarios)
    results = [regraded(transcript, known) for transcript in transcripts]
    tally = Tally()
    if flags.judge:
        asyncio.run(_judge([each for each in results if isinstance(each, Grading)], configuration, tally))
    graded = [each.graded() if isinstance(each, Grading) else each.transcript for each in results]
    unfit = [each for each in results if isinstance(each, Unfit)]
    if flags.output is not None:
        _write(flags.output, graded, stable=flags.stable)
    write_lines(_report(results, graded, tally))
    if unfit:
        return _INCOMPLETE
    return _UNMET if any(True for transcript in graded for _ in unmet_in(transcript)) else 0


def _places(transcripts: Sequence[Transcript], file: Path) -> tuple[str, ...]:
    """Return the scenario files that the transcripts were played from."""
    places = dict.fromkeys(transcript.place.rsplit(":", 2)[0] for transcript in transcripts if transcript.place)
    if not places:
        raise WrongUseError(f"{file} does not say where its scenarios are; wanted them behind it: {file} scenarios")
    return tuple(places)


def _write(path: Path, transcripts: Sequence[Transcript], *, stable: bool) -> None:
    try:
        write_transcripts(path, transcripts, stable=stable)
    except OSError as error:
        raise IncompleteError(f"{path}: the transcripts could not be written: {error.strerror}") from None


def _report(results: Sequence[Grading | Unfit], graded: Sequence[Transcript], tally: Tally) -> Iterator[str]:
    for result, transcript in zip(results, graded, strict=True):
        if isinstance(result, Unfit):
            yield harmless_line(f"{transcript.id}: not graded: {result.reason}")
            continue
        tally.played(transcript)
        for turn, record in unmet_in(transcript):
            yield harmless_line(f"{record.place}: unmet in {transcript.id}, turn {turn}: {unmet_line(record)}")
    unfit = sum(isinstance(result, Unfit) for result in results)
    rest = [f"{count(unfit, 'dialogue')} not graded"] if unfit else []
    yield "; ".join([count(len(graded), "dialogue"), *counted(tally.expectations, tally.slow), *rest])
    if tally.judged:
        tokens = f"{tally.judge_prompt_tokens:,} prompt and {tally.judge_completion_tokens:,} completion tokens"
        yield f"{count(tally.judged, 'verdict')} of the judge: {tokens}"


async def _judge(gradings: Sequence[Grading], configuration: Configuration, tally: Tally) -> None:
    dialogues = [grading.talk.dialogue for grading in gradings]
    kinds = judged_kinds(dialogues, [dialogue.scenario for dialogue in dialogues])
    opened = open_judge(kinds, configuration, concurrency=CONCURRENCY)
    if opened is None:
        return
    places = asyncio.Semaphore(CONCURRENCY)
    async with AsyncExitStack() as stack:
        for endpoint in opened.endpoints.values():
            stack.push_async_callback(endpoint.close)
        judge = _patient(opened, tally)

        async def settle(grading: Grading) -> None:
            async with places:
                await put_to_judge(grading.talk, judge)

        await asyncio.gather(*map(settle, gradings))
    faults = [grading.talk.fault for grading in gradings if isinstance(grading.talk.fault, Fault)]
    if faults:
        raise IncompleteError(f"{count(len(faults), 'dialogue')} could not be judged, the first: {faults[0].message}")


def _patient(opened: JudgeEndpoints, tally: Tally) -> EndpointJudge:
    """Ask again where that may help, at the pace that the endpoints can take."""
    clock = SystemClock()
    chance = random.Random()  # noqa: S311 - it spreads waits, and keeps no secret
    retrying = {
        name: RetryingEndpoint(
            endpoint, RetryPolicy(), Gate(clock, concurrency=endpoint.concurrency or CONCURRENCY), chance=chance
        )
        for name, endpoint in opened.endpoints.items()
    }
    return EndpointJudge(retrying.get(RUBRICS), retrying.get(SIMILARITIES), opened.params, tally.answered)
