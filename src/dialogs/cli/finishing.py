"""Plays a run to its end, says what came of it, and settles what stays on disk."""

import sys
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import typer

from dialogs.arms.histories import History
from dialogs.cli.output import write_lines
from dialogs.cli.progress import Progress
from dialogs.cli.report_flags import ReportFlags
from dialogs.cli.signals import Interruption
from dialogs.clock import SystemClock
from dialogs.coordination import CentralStop
from dialogs.errors import IncompleteError
from dialogs.expansion import Expansion
from dialogs.journal.cassette import Cassette
from dialogs.journal.journal import Journal
from dialogs.journal.ledger import Ledger
from dialogs.journal.rewriting import CassetteWriter
from dialogs.labels import Label
from dialogs.replaying import Replay, replay
from dialogs.reports.summary import count, summary
from dialogs.reports.terminal import harmless_line
from dialogs.running import Stop
from dialogs.tally import Tally
from dialogs.transcript import Outcome
from dialogs.workers.crew import Crew
from dialogs.workers.journals import RunJournals

_UNMET: Final = 1
_DIFFERS: Final = 1
_INCOMPLETE: Final = 3
_BATCHES_S: Final = 600.0
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Store:
    """Where a run's replies are kept, and where they come from."""

    journal: Journal | RunJournals | None = None
    cassette: Cassette | None = None
    recording_to: CassetteWriter | None = None

    @property
    def ledger(self) -> Ledger | None:
        """What became of the requests, where any are sent."""
        return self.journal.ledger if self.journal else None


async def play_to_the_end(
    job: Replay,
    store: Store,
    reports: ReportFlags,
    *,
    grace_s: float,
    names_output: bool = True,
    crew: Crew | None = None,
) -> int:
    """Play with the live display and signals, and return the exit code; `names_output` puts the file's path to stdout.

    With a `crew`, other processes play, which have been started.

    Raises:
        IncompleteError: the transcripts or the journal could not be written; what was paid for is where it says.
    """
    stop, began = Stop() if crew is None else CentralStop(), time.monotonic()
    dialogues, turns = _size(job)
    every_s = None if job.batches is None else _BATCHES_S
    with Progress(tally_of(job), turns=turns, dialogues=dialogues, every_s=every_s) as progress:
        if job.batches is not None:
            job.batches.notice = lambda text: progress.notice(harmless_line(text))
            grace_s = 0  # what is at the provider goes on there
        interruption = Interruption(stop, progress.notice, grace_s=grace_s)
        with interruption.watching():
            await _replay(job, store, progress, stop, crew)
    tally = progress.tally
    budget, elapsed_s = job.money.budget, time.monotonic() - began
    say(
        summary(
            tally,
            planned=dialogues,
            elapsed_s=elapsed_s,
            ledger=store.ledger,
            spent_usd=budget.spent_usd,
            judge_usd=budget.judge_usd,
            in_batches=job.batches is not None,
        )
    )
    if stop.reason:
        say(f"stopped early: {stop.reason}")
    await _settle(job, store, tally, planned=dialogues)
    differs = report(job, reports)
    say(f"transcripts: {job.output}")
    if names_output and not sys.stdout.isatty():
        write_lines([str(job.output)])
    if interruption.exit_code is not None:
        return interruption.exit_code
    if differs is not None and is_finished(tally, dialogues):
        return _DIFFERS if differs else 0
    return exit_code_of(tally, reports.fail_on, planned=dialogues)


def report(job: Replay, reports: ReportFlags) -> bool | None:
    """Write the reports, those of the comparison where there is a baseline; say whether that fails, if so."""
    if job.plan is None and not reports.any:
        return None
    # Imported here, since most runs need neither comparisons nor reports.
    from dialogs.cli.closing import compared_with_baseline, print_comparison  # noqa: PLC0415
    from dialogs.cli.reporting import write_reports  # noqa: PLC0415

    with ExitStack() as files:
        compared = compared_with_baseline(job, reports, files)
        if compared is not None:
            print_comparison(compared)
        write_reports(reports, job.output, compared)
        return None if compared is None else compared.fails


def tally_of(job: Replay) -> Tally:
    """Return what a run begins to count with."""
    plan = job.plan
    if plan is None:
        return Tally(kept=len(job.kept))
    is_pinned = plan.history is History.PINNED
    return Tally("pinned" if is_pinned else "live", has_resamples=plan.resamples > 0, kept=len(job.kept))


def _size(job: Replay) -> tuple[int, int]:
    if isinstance(job.dialogues, Expansion) and not job.kept:
        return job.dialogues.size()
    dialogues = turns = 0
    for dialogue in job.dialogues:
        dialogues += 1
        turns += dialogue.scenario.turns if dialogue.id not in job.kept else 0
    return dialogues, turns


async def _replay(job: Replay, store: Store, progress: Progress, stop: Stop, crew: Crew | None) -> None:
    try:
        if crew is not None and isinstance(stop, CentralStop):
            await crew.play(progress, stop)
        else:
            await replay(job, clock=SystemClock(), observer=progress, stop=stop)
    except OSError as error:
        kept = await _leave(store.journal)
        raise IncompleteError(f"{job.output}: the transcripts could not be written: {error.strerror}{kept}") from None


async def _leave(journal: Journal | RunJournals | None) -> str:
    """Close a journal that stays, and say in a sentence what it is good for."""
    if journal is None:
        return ""
    await journal.close()
    if journal.failure:
        return f". {journal.failure}"
    replies = count(journal.ledger.recorded, "reply", "replies")
    return (
        f". {journal.path} holds {replies}{_left_batches(journal)}; the same command with --resume goes on from there"
    )


def _left_batches(journal: Journal | RunJournals) -> str:
    """Say which batches go on without the run."""
    batches = journal.outstanding_batches
    if not batches:
        return ""
    names = [note.batch_id or "one that was just being handed over" for note in batches[:_SHOWN]]
    more = f" and {len(batches) - _SHOWN} more" if len(batches) > _SHOWN else ""
    requests = count(journal.ledger.outstanding, "request")
    return f", and {requests} in batches go on at the provider ({harmless_line(', '.join(names))}{more})"


async def _settle(job: Replay, store: Store, tally: Tally, *, planned: int) -> None:
    """Let the journal go where all is finished, and keep it, for a resume, where not."""
    if store.cassette is not None and store.cassette.unused:
        say(f"{count(store.cassette.unused, 'recording')} of {store.cassette.path} not used")
    if store.journal is None:
        return
    if store.recording_to is not None and store.journal.failure is None:
        added = store.recording_to.add(*store.journal.paths)
        say(f"recorded: {count(added.added, 'completion')} in {store.recording_to.path}")
    if store.journal.failure is not None:
        await store.journal.close()
        raise IncompleteError(store.journal.failure)
    ledger = store.journal.ledger
    if is_finished(tally, planned) or not (ledger.recorded or ledger.outstanding or ledger.unknown):
        store.journal.remove()
    else:
        sentence = (await _leave(store.journal)).removeprefix(". ")
        say(f"{sentence} (--output {job.output})")


def is_finished(tally: Tally, planned: int) -> bool:
    """Say whether all of so many dialogues have come to their end."""
    return tally.outcomes[Outcome.COMPLETED] + tally.outcomes[Outcome.UNMET] == planned


def exit_code_of(tally: Tally, fail_on: Collection[Label], *, planned: int) -> int:
    """Return the exit code of a run of so many dialogues that compares with nothing."""
    if not is_finished(tally, planned):
        return _INCOMPLETE
    return _UNMET if tally.outcomes[Outcome.UNMET] and Label.UNMET in fail_on else 0


def say(text: str) -> None:
    """Write a line to stderr."""
    typer.echo(text, err=True)
