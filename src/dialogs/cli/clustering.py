"""`dialogs run --engine ray`: the parts of a run played on a cluster, from the flags to the exit code."""

import asyncio
import hashlib
import os
import pickle
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from dialogs import __version__
from dialogs.arms.histories import History
from dialogs.cli.finishing import exit_code_of, is_finished, report, say
from dialogs.cli.options import CONCURRENCY
from dialogs.cli.output import write_lines
from dialogs.cli.progress import Progress
from dialogs.cli.run_flags import Flags
from dialogs.cli.selecting import output_path
from dialogs.cli.signals import Interruption
from dialogs.clock import SystemClock
from dialogs.cluster.assignments import Arms, Assignment
from dialogs.cluster.driving import Course, Driver
from dialogs.cluster.environment import needed
from dialogs.cluster.folders import SharedFolder, replacing_file
from dialogs.cluster.hub import Terms
from dialogs.cluster.linking import Sharing
from dialogs.cluster.objects import open_folder, url_of, writing
from dialogs.cluster.ray_cluster import RayConnection, connected
from dialogs.cluster.run_folders import Division, RunFolder, divide, size_of_parts
from dialogs.configuration import Configuration
from dialogs.coordination import CentralStop
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.expansion import Expansion
from dialogs.journal.journal import JournalOptions
from dialogs.journal.opening import Beginning, journal_path
from dialogs.judge_endpoints import judge_models, judged_kinds, open_judge
from dialogs.parts import CLUSTER_FILE, parts_folder
from dialogs.replaying import Replay, gate_specs
from dialogs.reports.summary import count, summary
from dialogs.scenario import Expectation
from dialogs.spending import money_for
from dialogs.tally import Tally
from dialogs.workers.journals import open_run_journal

if TYPE_CHECKING:
    from dialogs.arms.plan import Plan

_TICK_S: Final = 0.005
_SLOTS_A_TICK: Final = 4  # so many workers speak with the coordinator 200 times a second, more of them less often
_LONGEST_TICK_S: Final = 0.1


def launch_on_cluster(
    flags: Flags,
    configuration: Configuration,
    expanded: Callable[[Callable[[], str | None]], Expansion],
    planned: Callable[[Expansion], "Plan | None"],
) -> int:
    """Settle everything, play on the cluster, and return the exit code."""
    expansion = expanded(lambda: resolve_default_model(configuration, os.environ, notice=say))
    output = _Output(flags)
    output.settle_other_runs(flags.beginning)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    parts = RunFolder(output.folder(), name, output.suffix)
    parts.check(flags.beginning)
    if flags.resume and not parts.is_left and output.exists():
        raise WrongUseError(
            f"{output} is there, and no run of it is unfinished: nothing to go on with; choose another output with -o, "
            "or play it anew with --fresh"
        )
    with ExitStack() as stack:
        kinds = judged_kinds(expansion, expansion.scenarios) if flags.judge else {}
        job = replace(_job(flags, configuration, expansion, output.path, kinds), plan=planned(expansion))
        connection = stack.enter_context(connected(flags.ray_address, say))
        connection.check_nodes(__version__)
        run = _Run(
            flags=flags,
            configuration=configuration,
            expansion=expansion,
            output=output,
            job=job,
            kinds=kinds,
            connection=connection,
            name=name,
            parts=parts,
            slots=max(1, connection.slots()),
        )
        return asyncio.run(run.play())


class _Output:
    """Where the transcripts of a run go, a file or an object, and the folder of its parts."""

    def __init__(self, flags: Flags) -> None:
        self.url = None if flags.output is None else url_of(flags.output)
        self.path = Path(self.url or "") if self.url else output_path(flags, datetime.now(UTC))

    def __str__(self) -> str:
        return self.url or str(self.path)

    @property
    def suffix(self) -> str:
        """How the names of the parts' files end: compressed parts, one after the other, are a compressed whole."""
        return ".jsonl.zst" if str(self).endswith(".zst") else ".jsonl"

    def settle_other_runs(self, beginning: Beginning) -> None:
        """Refuse an output whose run without a cluster did not finish, or throw that away where it is to go."""
        journal = journal_path(self.path)
        left = parts_folder(self.path)
        is_clusters = not left.exists() or (left / CLUSTER_FILE).exists()
        if self.url is not None or (is_clusters and not journal.exists()):
            return
        if beginning is not Beginning.FRESH:
            raise WrongUseError(
                f"{journal if journal.exists() else left} is of a run without a cluster that did not finish: --resume "
                "without --engine ray goes on with it, --fresh throws it away"
            )
        open_run_journal(self.path, beginning, JournalOptions({}), SystemClock()).remove()

    def exists(self) -> bool:
        if self.url is None:
            return self.path.exists()
        place, _, name = self.url.rpartition("/")
        return open_folder(place).size(name) is not None

    def folder(self) -> SharedFolder:
        return open_folder(f"{self.url}.parts" if self.url else str(parts_folder(self.path)))

    def writing(self) -> AbstractContextManager[BinaryIO]:
        return writing(self.url) if self.url else replacing_file(self.path)


def _job(
    flags: Flags,
    configuration: Configuration,
    expansion: Expansion,
    output: Path,
    kinds: Mapping[str, Expectation],
) -> Replay:
    """Open all that the parts are played with, so that what is wrong with it is found here."""
    names = expansion.model_names()
    money = money_for(names, configuration, flags.budget, judge_models(kinds, configuration.judge))
    endpoints = open_endpoints(names, configuration, os.environ, concurrency=1, timeout_s=flags.timeout_s)
    judge = open_judge(kinds, configuration, concurrency=1, timeout_s=flags.timeout_s, opened=endpoints)
    return Replay(expansion, endpoints, output, concurrency=1, limits=flags.limits, judge=judge, money=money)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run on a cluster, as the process that drives it knows it."""

    flags: Flags
    configuration: Configuration
    expansion: Expansion
    output: _Output
    job: Replay
    kinds: Mapping[str, Expectation]
    connection: RayConnection
    name: str
    parts: RunFolder
    slots: int

    @property
    def _wanted(self) -> int | None:
        return self.flags.concurrency or self.configuration.concurrency

    @property
    def _places(self) -> int:
        """How many dialogues of a part are played at the same time: its share of what is wanted of all."""
        return CONCURRENCY if self._wanted is None else max(1, -(-self._wanted // self.slots))

    async def play(self) -> int:
        """Play all parts that are not whole, and return the exit code."""
        began = time.monotonic()
        size = size_of_parts(self.expansion.total(), slots=self.slots, places=self._places)
        division = self.parts.begin(self.flags.beginning, size, lambda size: divide(self.expansion, size))
        assignment = self._assignment(division)
        course, whole = self._course(division, assignment.settings)
        exit_code = await self._drive(assignment, division, course, whole)
        return self._end(division, course, time.monotonic() - began, exit_code)

    def _settings(self) -> str:
        """Hash all that a part is played with: what was played with something else is looked through again."""
        flags = self.flags
        identities = {name: endpoint.identity for name, endpoint in self.job.endpoints.items()}
        of_flags = (flags.arms, flags.stable, flags.inline_media, flags.judge, flags.models)
        return hashlib.sha256(
            pickle.dumps((__version__, self.expansion.scenarios, self.configuration, identities, of_flags))
        ).hexdigest()

    def _course(self, division: Division, settings: str) -> tuple[Course, frozenset[int]]:
        """Take over what an earlier start has finished, and say which parts are whole."""
        arms = self._arms()
        course = Course(Tally(arms.counted, has_resamples=arms.resamples > 0))
        whole = set()
        for part, manifest in self.parts.manifests(division):
            course.digests[part] = manifest.sha256
            if manifest.is_whole and manifest.settings == settings:
                whole.add(part)
                course.tally.add(manifest.tally)
                course.tally.kept += manifest.planned
        return course, frozenset(whole)

    def _arms(self) -> Arms:
        flags, arms = self.flags, self.flags.arms
        return Arms(
            baseline=arms.baseline and arms.baseline.absolute(),
            history=arms.history or History.BOTH,
            confirm=1 if arms.confirm is None else arms.confirm,
            resamples=arms.resamples,
            is_of_part=bool(flags.select or flags.tags or flags.rerun_failed or flags.shard),
            sameness=flags.reports.sameness.ignoring(self.configuration.ignore),
        )

    def _assignment(self, division: Division) -> Assignment:
        flags, job = self.flags, replace(self.job, concurrency=self._wanted or CONCURRENCY * self.slots)
        models = (*self.expansion.model_names(), *judge_models(self.kinds, self.configuration.judge).values())
        tick_s = min(_LONGEST_TICK_S, _TICK_S * max(1, self.slots / _SLOTS_A_TICK))
        return Assignment(
            version=__version__,
            run=self.name,
            folder=self.parts.folder.url,
            token=self.parts.token,
            settings=self._settings(),
            expansion=self.expansion,
            configuration=self.configuration,
            bounds=division.bounds,
            concurrency=self._places,
            sharing=Sharing(gate_specs(job, processes=self.slots), flags.budget.is_limited, tick_s),
            working_folder=str(Path.cwd()),
            environ=needed(os.environ, models, self.configuration, self.parts.folder.url),
            chosen=flags.models,
            kinds=self.kinds,
            limits=replace(flags.limits, max_failures=None),
            money=replace(job.money, budget=Budget()),
            arms=self._arms(),
            timeout_s=flags.timeout_s,
            stream=flags.stream,
            stable=flags.stable,
            inline_media=flags.inline_media,
            suffix=self.output.suffix,
        )

    async def _drive(
        self, assignment: Assignment, division: Division, course: Course, whole: frozenset[int]
    ) -> int | None:
        """Play the parts; return the exit code of a signal, if there was one."""
        flags = self.flags
        terms = Terms(
            tuple(assignment.sharing.gates.values()),
            flags.max_requests,
            flags.max_cost_usd,
            flags.max_failures,
            flags.deadline_s,
            assignment.sharing.tick_s,
        )
        with Progress(course.tally, turns=division.turns, dialogues=division.dialogues) as progress:
            stop = CentralStop()
            interruption = Interruption(stop, progress.notice, grace_s=flags.grace_s)

            def show(course: Course) -> None:
                progress.show(course.so_far(), course.shown + course.standing.shown)

            cluster = self.connection.cluster(assignment, terms)
            driver = Driver(cluster, self.name, course=course, stop=stop, notice=progress.notice, show=show)
            with interruption.watching():
                await driver.drive(part for part in range(1, division.count + 1) if part not in whole)
            course.reason = course.reason or stop.reason
        return interruption.exit_code

    def _end(self, division: Division, course: Course, elapsed_s: float, exit_code: int | None) -> int:
        """Write the transcripts, say what came of the run, and let the parts go where all is finished."""
        tally, planned = course.tally, division.dialogues
        if course.problem is None or tally.dialogues:
            self._summarize(course, planned, elapsed_s)
            self._write(division, course)
        if is_finished(tally, planned):
            self.parts.folder.clear()
        else:
            self._let_go(course)
        if course.problem is not None:
            raise _error(*course.problem)
        differs = None if self.output.url else report(self.job, self.flags.reports)
        say(f"transcripts: {self.output}")
        if not sys.stdout.isatty():
            write_lines([str(self.output)])
        if exit_code is not None:
            return exit_code
        if differs is not None and is_finished(tally, planned):
            return 1 if differs else 0
        return exit_code_of(tally, self.flags.reports.fail_on, planned=planned)

    def _summarize(self, course: Course, planned: int, elapsed_s: float) -> None:
        say(
            summary(
                course.tally,
                planned=planned,
                elapsed_s=elapsed_s,
                ledger=course.ledger,
                spent_usd=course.standing.spent_usd,
                judge_usd=course.standing.judge_usd,
            )
        )
        if course.losses:
            say(f"{count(course.losses, 'worker was', 'workers were')} lost, and others went on in their place")
        if course.reason:
            say(f"stopped early: {course.reason}")

    def _write(self, division: Division, course: Course) -> None:
        try:
            with self.output.writing() as file:
                self.parts.merge(division, course.digests, file.write)
        except OSError as error:
            raise IncompleteError(
                f"{self.output}: the transcripts could not be written: {error.strerror or error}. All parts are in "
                f"{self.parts.folder.url}; the same command with --resume goes on from there"
            ) from None

    def _let_go(self, course: Course) -> None:
        """Keep the parts of an unfinished run, but where nothing was paid for."""
        ledger = course.ledger
        if not (ledger.recorded or ledger.unknown or course.is_unaccounted or self.parts.is_left):
            self.parts.folder.clear()
            return
        replies = "all replies" if course.is_unaccounted else count(ledger.recorded, "reply", "replies")
        say(
            f"{self.parts.folder.url} holds the finished parts, and {replies} of those played now; the same command "
            f"with --resume goes on from there (--output {self.output})"
        )


def _error(exit_code: int, message: str) -> WrongUseError | IncompleteError:
    return WrongUseError(message) if exit_code == WrongUseError.exit_code else IncompleteError(message)
