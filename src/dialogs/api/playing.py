"""Plays scenarios for a program, and returns their transcripts."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, TypeVar

from dialogs.api.jobs import Wish, settle
from dialogs.api.limits import budget_of, check_counts, limits_of
from dialogs.api.scenarios import PathOf, Scenarios, loaded
from dialogs.api.targets import Target, played_on
from dialogs.clock import SystemClock
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.journal.journal import Journal
from dialogs.journal.rewriting import CassetteWriter
from dialogs.replaying import Replay, Tracer, replay
from dialogs.resuming import FINISHED
from dialogs.running import Stop
from dialogs.selection import Selection
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts

_LOG: Final = logging.getLogger("dialogs")

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


async def play_async(
    scenarios: Scenarios,
    endpoint: Target = None,
    *,
    samples: int = 1,
    concurrency: int = 16,
    variables: Mapping[str, str] | None = None,
    select: str | Iterable[str] = (),
    tags: str | Iterable[str] = (),
    baseline: PathOf | None = None,
    history: Literal["live", "pinned", "both"] | None = None,
    confirm: int = 1,
    resamples: int = 0,
    output: PathOf | None = None,
    stable: bool = False,
    resume: bool = False,
    fresh: bool = False,
    record: PathOf | None = None,
    replay: PathOf | None = None,
    stream: bool = False,
    timeout_s: float | None = None,
    max_attempts: int = 6,
    max_billed_attempts: int = 2,
    max_retry_after_s: float = 600.0,
    rpm: float | None = None,
    tpm: float | None = None,
    deadline_s: float | None = None,
    max_failures: int | None = None,
    max_requests: int | None = None,
    max_cost_usd: float | None = None,
    judge: bool = True,
    configuration: PathOf | None = None,
    on_played: Callable[[Transcript], None] | None = None,
) -> tuple[Transcript, ...]:
    """Play scenarios, and return a transcript for each dialogue, in the order of scenario, case, model, sample.

    `scenarios` are paths of files, folders and globs, or loaded scenarios. `endpoint` is a function of the messages
    (with `params`, `dialogue` and `turn` by name, if it takes them), async or not; an Endpoint; or the name of one or
    several models, as `dialogs run -m` takes them. Without one, scenarios are played on their own models.

    The keywords mean what the flags of `dialogs run` do. Without `output`, nothing is left on disk. With both `record`
    and `replay`, what the second does not hold is asked for and added to the first. `on_played` is told of each
    dialogue as it ends. A run that one of its limits stops returns the dialogues that it had begun, and logs a warning.

    Raises:
        DialogsError: nothing could be played, or what was paid for could not be kept. A dialogue that could not be
            completed raises nothing: its transcript's `outcome` and `error` say so.
    """
    check_counts(samples=samples, concurrency=concurrency, confirm=confirm, resamples=resamples, timeout_s=timeout_s)
    wish = Wish(
        loaded(scenarios, variables, configuration),
        played_on(endpoint, timeout_s),
        Selection(_several(select), _several(tags)),
        samples=samples,
        concurrency=concurrency,
        baseline=_path(baseline),
        history=history,
        confirm=confirm,
        resamples=resamples,
        output=_path(output),
        stable=stable,
        record=_path(record),
        replay=_path(replay),
        stream=stream,
        timeout_s=timeout_s,
        limits=limits_of(
            max_attempts=max_attempts,
            max_billed_attempts=max_billed_attempts,
            max_retry_after_s=max_retry_after_s,
            rpm=rpm,
            tpm=tpm,
            deadline_s=deadline_s,
            max_failures=max_failures,
        ),
        budget=budget_of(max_requests, max_cost_usd),
        judge=judge,
        resume=resume,
        fresh=fresh,
    )
    return await fulfil(wish, on_played)


def _several(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _path(given: PathOf | None) -> Path | None:
    return None if given is None else Path(given)


def _synchronous(function: Callable[_Given, Coroutine[Any, Any, _Result]]) -> Callable[_Given, _Result]:
    """Make a function that returns when the coroutine is done."""

    @wraps(function)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # there is none, as it should be
            return asyncio.run(function(*args, **kwargs))
        raise WrongUseError("play() cannot wait where an event loop runs; wanted: await play_async()")

    run.__name__ = run.__qualname__ = "play"
    return run


play = _synchronous(play_async)


async def fulfil(wish: Wish, on_played: Callable[[Transcript], None] | None = None) -> tuple[Transcript, ...]:
    """Play what is wished, keep what is to be kept, and return the transcripts.

    Raises:
        DialogsError: nothing could be played, or what was paid for could not be kept.
    """
    transcripts: tuple[Transcript, ...] = ()
    with ExitStack() as stack:
        job = settle(wish, stack)
        try:
            await _replay(job, on_played)
            transcripts = tuple(read_transcripts(job.output))
        finally:  # also where the run is cancelled: what was paid for is kept
            if job.journal is not None:
                await _settle(job.journal, wish.record, transcripts)
    return transcripts


async def _settle(journal: Journal, record: Path | None, transcripts: Sequence[Transcript]) -> None:
    """Record what was asked, and let the journal go where all is finished."""
    if record is not None and journal.failure is None and journal.ledger.recorded:
        with closing(CassetteWriter(record, wait=True)) as writer:
            writer.add(journal.path)
    if journal.failure is not None:
        await journal.close()
        raise IncompleteError(journal.failure)
    if transcripts and all(transcript.outcome in FINISHED for transcript in transcripts):
        journal.remove()
    else:
        await journal.close()


def _tracer() -> Tracer | None:
    """Return what traces the run, where the program has set up OpenTelemetry."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from dialogs.tracing import Tracing  # noqa: PLC0415 - few programs do

    return Tracing()


async def _replay(job: Replay, on_played: Callable[[Transcript], None] | None) -> None:
    stop = Stop()
    try:
        await replay(replace(job, tracer=_tracer()), clock=SystemClock(), observer=_Watch(on_played), stop=stop)
    except OSError as error:
        raise IncompleteError(f"{job.output}: the transcripts could not be written: {error.strerror}") from None
    if stop.reason:
        _LOG.warning("stopped early: %s", stop.reason)


class _Watch(Tally):
    """Tells a program what was played."""

    __slots__ = ("_on_played",)

    def __init__(self, on_played: Callable[[Transcript], None] | None) -> None:
        super().__init__()
        self._on_played = on_played

    def played(self, transcript: Transcript) -> None:
        super().played(transcript)
        if self._on_played is not None:
            self._on_played(transcript)
