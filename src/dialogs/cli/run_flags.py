"""The flags of `dialogs run`, as they were given."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialogs.cli.arm_flags import ArmFlags
from dialogs.cli.options import MOST_LIVE, Engine, Executor
from dialogs.cli.report_flags import ReportFlags
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.errors import WrongUseError
from dialogs.journal.opening import Beginning
from dialogs.replaying import Limits
from dialogs.sameness import Metric

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+:/(?=[^/])")  # as a path has it, with one slash less


@dataclass(frozen=True, slots=True)
class Flags:
    """One field a flag; what `dialogs run --help` says of it holds here."""

    paths: tuple[str, ...]
    models: tuple[str, ...]
    output: Path | None
    concurrency: int | None
    workers: int
    samples: int
    select: tuple[str, ...]
    tags: tuple[str, ...]
    shard: str | None
    variables: tuple[str, ...]
    rerun_failed: Path | None
    resume: bool
    fresh: bool
    arms: ArmFlags
    executor: Executor
    no_wait: bool
    record: Path | None
    replay: Path | None
    stable: bool
    reports: ReportFlags
    inline_media: bool
    stream: bool
    timeout_s: float | None
    max_attempts: int
    max_billed_attempts: int
    max_retry_after_s: float
    rpm: float | None
    tpm: float | None
    deadline_s: float | None
    max_failures: int | None
    max_requests: int | None
    max_cost_usd: float | None
    dry_run: bool
    grace_s: float
    judge: bool
    otel: bool
    configuration: str | None
    max_file_bytes: int
    engine: Engine = Engine.LOCAL
    ray_address: str | None = None

    def check(self) -> None:
        """Refuse flags that contradict each other.

        Raises:
            WrongUseError: they do.
        """
        given = {
            "--resume": self.resume,
            "--fresh": self.fresh,
            "--record": self.record is not None,
            "--replay": self.replay is not None,
        }
        for one, other in (("--resume", "--fresh"), ("--resume", "--replay"), ("--record", "--replay")):
            if given[one] and given[other]:
                raise WrongUseError(f"{one} and {other} exclude each other; choose one of them")
        self.reports.check()
        self.arms.check()
        self._check_sameness()
        self._check_executor()
        self._check_engine()

    def _check_engine(self) -> None:
        if self.engine is Engine.RAY:
            self._check_cluster()
            return
        if self.ray_address is not None:
            raise WrongUseError("--ray-address names the cluster of --engine ray; wanted both or none")
        if self.output is not None and _URL.match(str(self.output)):
            raise WrongUseError(f"--output {self.output} is a URL, which --engine ray alone writes to; wanted a path")

    def _check_cluster(self) -> None:
        is_url = self.output is not None and _URL.match(str(self.output)) is not None
        reports = {"--junit": self.reports.junit, "--markdown": self.reports.markdown, "--html": self.reports.html}
        of_this_machine = {"--baseline": self.arms.baseline, **reports}
        reasons = {
            "--workers": (self.workers > 1, "the cluster's CPUs are its workers"),
            "--replay": (self.replay is not None, "a cassette needs no cluster: --workers plays it on all cores"),
            "--record": (self.record is not None, "play with --workers, whose journals become a cassette"),
            "--against": (
                self.arms.against is not None,
                "play both versions in turn, and hold them against each other",
            ),
            "--otel": (self.otel, "spans are exported by one process"),
            **{
                flag: (is_url and value is not None, "it reads the output, which is to be a file of this machine then")
                for flag, value in of_this_machine.items()
            },
        }
        for flag, (is_given, reason) in reasons.items():
            if is_given:
                raise WrongUseError(f"--engine ray and {flag} exclude each other: {reason}")

    def _check_sameness(self) -> None:
        sameness = self.reports.sameness
        if sameness.metric is Metric.SEMANTIC:
            raise WrongUseError(
                "--metric semantic asks a model of embeddings, which no run does; wanted exact or lexical here, and "
                "`dialogs diff --metric semantic` of the baseline and this run's transcripts"
            )
        if not sameness.is_to_the_letter and self.arms.baseline is None and self.arms.against is None:
            raise WrongUseError(
                "--metric, --threshold, --ignore and --normalize say when a reply is the same as a baseline's, which "
                "this run is not held against; name one with --baseline"
            )

    def _check_executor(self) -> None:
        if not self.is_batched:
            if self.no_wait:
                raise WrongUseError("--no-wait leaves batches at their provider; wanted --executor batch with it")
            if (self.concurrency or 0) > MOST_LIVE:
                raise WrongUseError(f"-j {self.concurrency}: wanted at most {MOST_LIVE:,} without --executor batch")
            return
        reasons = {
            "--replay": (self.replay is not None, "a cassette answers at once"),
            "--stream": (self.stream, "a batch brings whole replies"),
            "--workers": (self.workers > 1, "one process collects the requests of all dialogues"),
            "--engine ray": (self.engine is Engine.RAY, "one process collects the requests of all dialogues"),
            "--rpm": (self.rpm is not None, "a batch goes by the provider's own limits"),
            "--tpm": (self.tpm is not None, "a batch goes by the provider's own limits"),
        }
        for flag, (is_given, reason) in reasons.items():
            if is_given:
                raise WrongUseError(f"--executor batch and {flag} exclude each other: {reason}")

    @property
    def is_batched(self) -> bool:
        """Whether requests are asked in batches."""
        return self.executor is Executor.BATCH

    @property
    def beginning(self) -> Beginning:
        """What to do with a journal that was left behind."""
        if self.resume:
            return Beginning.RESUME
        return Beginning.FRESH if self.fresh else Beginning.NEW

    @property
    def budget(self) -> Budget:
        """What the run may send and spend."""
        return Budget(self.max_requests, self.max_cost_usd)

    @property
    def limits(self) -> Limits:
        """How far the run may go."""
        policy = RetryPolicy(
            max_attempts=self.max_attempts,
            costly_retries=self.max_billed_attempts - 1,
            max_retry_after_s=self.max_retry_after_s,
        )
        return Limits(policy, self.rpm, self.tpm, self.deadline_s, self.max_failures)
