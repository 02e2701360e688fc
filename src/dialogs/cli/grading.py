"""Grades a transcript file: reads it, plays it again on its own replies, and says what is unmet."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import typer

from dialogs.chat import Endpoint, Fault
from dialogs.cli.keeping import kept
from dialogs.cli.options import CONCURRENCY
from dialogs.cli.output import write_lines
from dialogs.configuration import Configuration
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES
from dialogs.errors import IncompleteError, NothingSelectedError, WrongUseError
from dialogs.grading import Grading, Scenarios, Unfit, regraded, unmet_in
from dialogs.journal.cassette import Cassette
from dialogs.judge_endpoints import judge_from, judged_kinds, open_judge
from dialogs.judging import EndpointJudge, put_to_judge
from dialogs.loading import load, parse_assignments
from dialogs.reports.expectation_text import counted, unmet_line
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.scenario import Expectation
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts, write_transcripts

_UNMET = 1
_INCOMPLETE = 3
_STDIN: Final = Path("-")
_WITHOUT: Final = "no --judge"


@dataclass(frozen=True, slots=True)
class GradeFlags:
    """One field a flag; what `dialogs grade --help` says of it holds here."""

    file: Path
    paths: tuple[str, ...]
    output: Path | None
    judge: bool
    record: Path | None
    replay: Path | None
    stable: bool
    variables: tuple[str, ...]
    configuration: str | None
    max_file_bytes: int

    @property
    def kept_in(self) -> Path | None:
        """The cassette that keeps the verdicts: the one that is asked for, else one for as long as they are needed."""
        beside = self.output or (None if self.file == _STDIN else self.file)
        return self.record or (None if beside is None else beside.with_name(f"{beside.name}.verdicts"))

    def check(self) -> None:
        """Refuse flags that mean nothing together.

        Raises:
            WrongUseError: they do not, or there is a file already where the graded transcripts should go.
        """
        if self.record and self.replay:
            raise WrongUseError("--record and --replay exclude each other; choose one of them")
        if (self.record or self.replay) and not self.judge:
            raise WrongUseError("--record and --replay are about the judge's verdicts; wanted --judge too")
        if self.output is not None and self.output.exists():
            raise WrongUseError(f"{self.output} is there already; wanted the name of a new file")


def grade_file(flags: GradeFlags) -> int:
    """Grade, print what is unmet and what no longer fits, and return the exit code.

    Raises:
        NothingSelectedError: the file holds no dialogue.
        WrongUseError: the flags mean nothing together, or no scenario is known.
        IncompleteError: a verdict could not be had; those that could are kept.
    """
    flags.check()
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
        asyncio.run(_judge([each for each in results if isinstance(each, Grading)], flags, configuration, tally))
    graded = [each.graded() if isinstance(each, Grading) else each.transcript for each in results]
    unfit = [each for each in results if isinstance(each, Unfit)]
    if flags.output is not None:
        _write(flags.output, graded, stable=flags.stable)
    if flags.judge and flags.record is None and flags.kept_in is not None:
        flags.kept_in.unlink(missing_ok=True)
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


async def _judge(gradings: Sequence[Grading], flags: GradeFlags, configuration: Configuration, tally: Tally) -> None:
    """Have judged what only a judge can tell.

    Raises:
        IncompleteError: a verdict could not be had.
    """
    dialogues = [grading.talk.dialogue for grading in gradings]
    kinds = judged_kinds(dialogues, [dialogue.scenario for dialogue in dialogues])
    if not kinds:
        return
    async with _judging(kinds, flags, configuration, tally) as judge:
        places = asyncio.Semaphore(CONCURRENCY)

        async def settle(grading: Grading) -> None:
            async with places:
                await put_to_judge(grading.talk, judge)

        await asyncio.gather(*map(settle, gradings))
    faults = [grading.talk.fault for grading in gradings if isinstance(grading.talk.fault, Fault)]
    if faults:
        hint = "" if flags.replay or flags.kept_in is None else f"; {_kept(flags.kept_in)}"
        raise IncompleteError(
            f"{count(len(faults), 'dialogue')} could not be judged, the first: {faults[0].message}{hint}"
        )


@asynccontextmanager
async def _judging(
    kinds: Mapping[str, Expectation], flags: GradeFlags, configuration: Configuration, tally: Tally
) -> AsyncIterator[EndpointJudge]:
    """Give a judge whose verdicts are kept, or come from a cassette alone."""
    if flags.replay is not None:
        with closing(Cassette(flags.replay)) as cassette:
            opened = judge_from(cassette, kinds, configuration.judge, without=_WITHOUT)
            yield _judge_of(opened.endpoints if opened else {}, configuration, tally)
        return
    opened = open_judge(kinds, configuration, concurrency=CONCURRENCY, without=_WITHOUT)
    endpoints = opened.endpoints if opened else {}
    with TemporaryDirectory(prefix="dialogs-") as nowhere:
        record = flags.kept_in or Path(nowhere, "verdicts")
        try:
            async with kept(endpoints, record, configuration) as asking:
                yield _judge_of(asking, configuration, tally)
        except asyncio.CancelledError:
            if flags.kept_in is not None:
                typer.echo(f"interrupted; {_kept(flags.kept_in)}", err=True)
            raise


def _kept(path: Path) -> str:
    return f"{path} keeps the verdicts that came, and the same command asks for the rest"


def _judge_of(endpoints: Mapping[str, Endpoint], configuration: Configuration, tally: Tally) -> EndpointJudge:
    return EndpointJudge(
        endpoints.get(RUBRICS), endpoints.get(SIMILARITIES), configuration.judge.params, tally.answered
    )
