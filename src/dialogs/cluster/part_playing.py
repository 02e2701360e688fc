"""Plays one part of a run, on whatever node it was given to."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from dialogs import __version__
from dialogs.arms.baselines import Baselines
from dialogs.arms.plan import Plan
from dialogs.clock import SystemClock
from dialogs.cluster.assignments import Assignment, manifest_of
from dialogs.cluster.environment import adopt
from dialogs.cluster.folders import SharedFolder
from dialogs.cluster.linking import Coordination, CoordinatorLostError, Line, Watch, linked
from dialogs.cluster.manifests import Manifest
from dialogs.cluster.objects import open_folder
from dialogs.cluster.part_journals import open_part_journal
from dialogs.compare.likeness import Rules
from dialogs.coordination import Link
from dialogs.endpoints.opening import open_endpoints
from dialogs.errors import DialogsError, IncompleteError, WrongUseError
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.ledger import Ledger
from dialogs.journal.records import EndpointIdentity
from dialogs.judge_endpoints import open_judge
from dialogs.kept_transcripts import KeptTranscripts
from dialogs.parts import CLUSTER_FILE
from dialogs.redaction import Redactor, secrets_of, secrets_of_variables
from dialogs.replaying import OpenedEndpoint, Replay, replay
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class PartReport:
    """What came of an attempt to play a part: how its dialogues ended, and what became of the requests.

    Without a `manifest` nothing was written; `problem` says why, after the exit code of the error. `shown` counts the
    turns that a display shows. With `is_cut_off` the attempt has lost its coordinator before all was played. With
    `is_unaccounted` there are replies in the part's journal that `ledger` does not count.
    """

    part: int
    tally: Tally = field(default_factory=Tally)
    ledger: Ledger = field(default_factory=Ledger)
    manifest: Manifest | None = None
    problem: tuple[int, str] | None = None
    shown: int = 0
    is_cut_off: bool = False
    is_unaccounted: bool = False


async def play_part(assignment: Assignment, part: int, attempt: str, coordination: Coordination) -> PartReport:
    """Play a part as the worker `attempt`, and write its file and manifest; what stops it is in the report."""
    playing: _Attempt | None = None
    try:
        check_node(assignment)
        adopt(assignment.environ, os.environ)
        with contextlib.suppress(OSError):  # a node may not have it, and most runs do not need it
            os.chdir(assignment.working_folder)
        folder = open_folder(assignment.folder)
        check_folder(folder, assignment)
        with tempfile.TemporaryDirectory(prefix="dialogs-") as scratch:
            async with linked(attempt, assignment.sharing, coordination) as line:
                if line.link.stop.is_requested():
                    return PartReport(part)
                playing = _Attempt(assignment, part, attempt, folder, Path(scratch))
                return await playing.play(line)
    except CoordinatorLostError:  # before anything was asked
        return PartReport(part, is_cut_off=True)
    except DialogsError as error:
        problem = error.exit_code, str(error)
    except OSError as error:
        where = f"part {part} of {assignment.count} on {socket.gethostname()}"
        problem = IncompleteError.exit_code, f"{where}: {error.strerror or error}"
    return PartReport(part, problem=problem, is_unaccounted=playing is not None and playing.has_journal)


def check_node(assignment: Assignment) -> None:
    """Refuse to play on a node that has another version of this program.

    Raises:
        WrongUseError: it has.
    """
    if __version__ != assignment.version:
        raise WrongUseError(
            f"{socket.gethostname()} has dialogs-cli {__version__} for {sys.executable}, and the run was started with "
            f"{assignment.version}; install the same version on all nodes"
        )


def check_folder(folder: SharedFolder, assignment: Assignment) -> None:
    """Refuse to play where the folder of the run's parts is another one than where it was started.

    Raises:
        WrongUseError: it is.
    """
    if folder.read(CLUSTER_FILE) != assignment.token:
        raise WrongUseError(
            f"{socket.gethostname()} does not see the run's parts in {folder.url}; wanted an output in a folder that "
            "is mounted on all nodes at the same path, or in an object store, as --output s3://bucket/name.jsonl"
        )


class _Attempt:
    """One attempt at one part."""

    def __init__(self, assignment: Assignment, part: int, attempt: str, folder: SharedFolder, scratch: Path) -> None:
        self._run = assignment
        self._part = part
        self._attempt = attempt
        self._folder = folder
        self._scratch = scratch
        self.has_journal = False
        stretch = (assignment.bounds[part - 1], assignment.bounds[part])
        self._dialogues = replace(assignment.expansion, stretch=stretch)

    async def play(self, line: Line) -> PartReport:
        """Play all dialogues of the part that are not finished, and write what came of them."""
        link = line.link
        arms = self._run.arms
        with ExitStack() as files:
            job, journal = await self._job(link, files)
            watch = Watch(Tally(arms.counted, has_resamples=arms.resamples > 0, kept=len(job.kept)), link)
            try:
                async with watch.reporting():
                    await replay(job, clock=SystemClock(), observer=watch, stop=link.stop)
            finally:
                await journal.close()
        if journal.failure is not None:
            raise IncompleteError(f"{socket.gethostname()}: {journal.failure}")
        if line.is_cut and not self._is_played(watch.tally):
            return PartReport(self._part, is_cut_off=True, is_unaccounted=True)
        manifest = await asyncio.to_thread(self._publish, job.output, watch.tally)
        return PartReport(self._part, watch.tally, journal.ledger, manifest, shown=watch.shown)

    def _is_played(self, tally: Tally) -> bool:
        ended = sum(tally.outcomes.values()) - tally.outcomes[Outcome.INTERRUPTED]
        return ended == sum(1 for _ in self._dialogues)

    async def _job(self, link: Link, files: ExitStack) -> tuple[Replay, Journal]:
        run = self._run
        names = run.expansion.model_names()
        places = run.concurrency
        endpoints = open_endpoints(
            names, run.configuration, os.environ, concurrency=places, timeout_s=run.timeout_s, stream=run.stream
        )
        judge = open_judge(run.kinds, run.configuration, concurrency=places, timeout_s=run.timeout_s, opened=endpoints)
        plan = _plan(run)
        every = {**endpoints, **(judge.endpoints if judge else {})}
        kept = await asyncio.to_thread(self._kept, endpoints, plan, files)
        journal = await asyncio.to_thread(self._journal, every)
        self.has_journal = True
        job = Replay(
            self._dialogues,
            endpoints,
            self._scratch / run.file(self._part),
            places,
            stable=run.stable,
            inline_media=run.inline_media,
            kept=kept,
            journal=journal,
            limits=run.limits,
            judge=judge,
            plan=plan,
            money=run.money,
            sharing=link,
        )
        return job, journal

    def _kept(
        self, endpoints: Mapping[str, OpenedEndpoint], plan: Plan | None, files: ExitStack
    ) -> Mapping[str, Transcript]:
        """Return what an earlier attempt has finished, of a part that was not whole."""
        name = self._run.file(self._part)
        if self._folder.size(name) is None:
            return {}
        local = self._scratch / f"earlier{self._run.suffix}"
        with self._folder.open(name) as source, local.open("wb") as file:
            shutil.copyfileobj(source, file, _CHUNK)
        identities = {name: endpoint.identity for name, endpoint in endpoints.items()}
        return KeptTranscripts(local, self._dialogues, identities, (plan or Plan()).is_done, files)

    def _journal(self, endpoints: Mapping[str, OpenedEndpoint]) -> Journal:
        run = self._run
        secrets = (
            *secrets_of(run.configuration.models.values(), os.environ, run.configuration.secrets),
            *secrets_of_variables(run.expansion.scenarios),
        )
        options = JournalOptions(
            endpoints={name: EndpointIdentity(each.identity, each.model) for name, each in endpoints.items()},
            chosen=run.chosen,
            dialogues=frozenset(dialogue.id for dialogue in self._dialogues),
            redactor=Redactor(secrets, run.configuration.redact),
        )
        name = run.file(self._part)
        clock = SystemClock()
        return open_part_journal(self._folder, name, self._attempt, options, clock=clock, scratch=self._scratch)

    def _publish(self, written: Path, tally: Tally) -> Manifest:
        """Bring the part's file to where all nodes see it, and then say that it is there."""
        run = self._run
        with written.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        planned = sum(1 for _ in self._dialogues)
        manifest = Manifest(written.stat().st_size, sha256, planned, run.settings, tally)
        self._folder.publish(written, run.file(self._part))
        self._folder.write(manifest_of(run.file(self._part)), manifest.encoded())
        return manifest


def _plan(run: Assignment) -> Plan | None:
    arms = run.arms
    if arms.baseline is None:
        return Plan(resamples=arms.resamples) if arms.resamples else None
    return Plan(
        baselines=_baselines(run.run, arms.baseline, run.expansion.model_names()),
        history=arms.history,
        confirm=arms.confirm,
        resamples=arms.resamples,
        is_of_part=arms.is_of_part,
        rules=Rules(arms.sameness),
    )


@lru_cache(maxsize=1)
def _baselines(_run: str, path: Path, models: tuple[str, ...]) -> Baselines:
    """Read the baseline once for all parts that a process plays of a run."""
    return Baselines(path, models)
