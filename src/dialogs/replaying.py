"""One run: dialogues played against endpoints, every paid reply in the journal, the transcripts in a file."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dialogs.chat import Answer, CompletionPlace, Endpoint, Fault, FaultKind
from dialogs.clock import Clock
from dialogs.configuration import Prices, RateLimits
from dialogs.encoding import JsonObject
from dialogs.endpoints.budget import Budget, BudgetedEndpoint, Purse
from dialogs.endpoints.journaling import AttemptMarkingEndpoint, JournalingEndpoint
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES
from dialogs.endpoints.pacing import GateSpec
from dialogs.endpoints.permits import Pacing
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy
from dialogs.journal.journal import Journal
from dialogs.judging import EndpointJudge
from dialogs.playing import Observer, Player
from dialogs.prices import priced
from dialogs.running import Deliver, Lane, Stop, StoppableAttempts, StoppableEndpoint, play_all
from dialogs.scenario import Dialogue
from dialogs.transcript import Outcome, Transcript
from dialogs.transcript_files import TranscriptWriter

if TYPE_CHECKING:
    from dialogs.arms.plan import Plan
    from dialogs.endpoints.batches.batches import Batches


class OpenedEndpoint(Endpoint, Protocol):
    """An endpoint that knows how many dialogues it may serve at the same time; None: as many as the run has places."""

    @property
    def concurrency(self) -> int | None:
        """The endpoint's own limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go; None: without a limit.

    `rpm` and `tpm` are requests and tokens a minute, for each model; `deadline_s` seconds from the start;
    `max_failures` dialogues that end in an error.
    """

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    rpm: float | None = None
    tpm: float | None = None
    deadline_s: float | None = None
    max_failures: int | None = None


@dataclass(frozen=True, slots=True)
class JudgeEndpoints:
    """Who judges: endpoints by the names RUBRICS and SIMILARITIES, and the parameters of requests about rubrics."""

    endpoints: Mapping[str, OpenedEndpoint]
    params: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Money:
    """What a run may send and spend, and the prices and limits of its models, by their names where they are known."""

    budget: Budget = field(default_factory=Budget)
    prices: Mapping[str, Prices] = field(default_factory=dict)
    rates: Mapping[str, RateLimits] = field(default_factory=dict)


GateKey: TypeAlias = tuple[str, str]  # an endpoint's identity, and its model


class Sharing(Protocol):
    """Where the processes of one run share its limits: gates by endpoint and model, and the budget."""

    @property
    def budget(self) -> Purse:
        """What all of them may send and spend."""

    def gate(self, key: GateKey) -> Pacing:
        """Return the one gate to a model of an endpoint."""

    def places(self, all_of_them: int) -> int:
        """Return how many of so many places this process has."""


class Tracer(Protocol):
    """Traces a run: what is asked, and what came of each dialogue."""

    def around(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint whose requests are traced."""

    def played(self, transcript: Transcript) -> None:
        """Take note of a dialogue's end."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be played, on what, and where the transcripts go; `endpoints` are found by model name.

    `dialogues` is iterated more than once. `concurrency` counts dialogues, over all endpoints without a limit of their
    own. With `inline_media`, transcripts keep the bytes of media. Without a `journal` (where a cassette answers)
    nothing is retried, paced or kept. `kept` are transcripts of an earlier run that stand for their dialogues, by id.
    Without a `judge`, what only one can tell is not judged. `plan` is what is asked beside the live requests; None:
    nothing. `around` is put around each endpoint, by its name, outside of retries and journal; `tracer` is
    told of all. With `sharing`, other processes play the rest of the run, and its limits are theirs too. `batches` are
    those that some of the endpoints ask in; None: all are asked live.
    """

    dialogues: Iterable[Dialogue]
    endpoints: Mapping[str, OpenedEndpoint]
    output: Path
    concurrency: int
    stable: bool = False
    inline_media: bool = False
    journal: Journal | None = None
    limits: Limits = field(default_factory=Limits)
    kept: Mapping[str, Transcript] = field(default_factory=dict)
    judge: JudgeEndpoints | None = None
    plan: "Plan | None" = None
    money: Money = field(default_factory=Money)
    around: Callable[[str, Endpoint], Endpoint] | None = None
    tracer: Tracer | None = None
    sharing: Sharing | None = None
    batches: "Batches | None" = None


async def replay(job: Replay, *, clock: Clock, observer: Observer, stop: Stop) -> None:
    """Play all dialogues of a run and write their transcripts; the endpoints are closed at the end.

    Raises:
        OSError: the transcript file cannot be written.
    """
    player = _player(job, clock, _Watch(observer, stop, job.limits.max_failures, job.tracer), stop)
    try:
        with TranscriptWriter(job.output, stable=job.stable) as writer:
            deliver = _pricing(writer.write, job.money.prices)
            async with _served(job, clock, stop):
                await play_all(job.dialogues, tuple(_lanes(job)), player, stop, deliver)
    finally:
        for endpoint in _all_endpoints(job).values():
            await endpoint.close()


def _served(job: Replay, clock: Clock, stop: Stop) -> AbstractAsyncContextManager[None]:
    """Return the context in which batches are handed over and taken in, where there are any."""
    if job.batches is None or job.journal is None:
        return nullcontext()
    from dialogs.endpoints.batches.watching import BatchRun  # noqa: PLC0415 - few ask in batches

    deadline = None if job.limits.deadline_s is None else clock.monotonic() + job.limits.deadline_s
    return job.batches.serving(BatchRun(job.journal, stop, clock, job.limits.policy, deadline))


def _all_endpoints(job: Replay) -> dict[str, OpenedEndpoint]:
    """Return the endpoints that are played on, and those of the judge."""
    return {**job.endpoints, **(job.judge.endpoints if job.judge else {})}


def _judge(job: Replay, endpoints: Mapping[str, Endpoint], watch: "_Watch") -> EndpointJudge | None:
    if job.judge is None:
        return None
    return EndpointJudge(endpoints.get(RUBRICS), endpoints.get(SIMILARITIES), job.judge.params, watch.answered)


def _player(job: Replay, clock: Clock, watch: "_Watch", stop: Stop) -> Player:
    endpoints = _guarded(job, clock, stop)
    if job.around is not None:
        endpoints = {name: job.around(name, endpoint) for name, endpoint in endpoints.items()}
    if job.tracer is not None:
        endpoints = {name: job.tracer.around(endpoint) for name, endpoint in endpoints.items()}
    judge = _judge(job, endpoints, watch)
    if job.plan is None:
        return Player(endpoints, clock, watch, job.kept, judge=judge, inline_media=job.inline_media)
    from dialogs.arms.player import ArmsPlayer  # noqa: PLC0415 - it brings comparisons, which most runs do without

    return ArmsPlayer(endpoints, clock, watch, job.kept, judge=judge, inline_media=job.inline_media, plan=job.plan)


def _pricing(write: Deliver, prices: Mapping[str, Prices]) -> Deliver:
    """Put costs into transcripts where the prices are known."""
    if not prices:
        return write
    return lambda position, transcript: write(position, priced(transcript, prices.get(transcript.model)))


def _guarded(job: Replay, clock: Clock, stop: Stop) -> dict[str, Endpoint]:
    """Put around each endpoint what keeps, retries and paces its requests."""
    opened = _all_endpoints(job)
    if job.journal is None:
        return {name: StoppableEndpoint(StoppableAttempts(each, stop), stop) for name, each in opened.items()}
    sharing = job.sharing or _Alone(job, clock)

    def guarded(name: str, endpoint: OpenedEndpoint, journal: Journal) -> Endpoint:
        gate = sharing.gate((endpoint.identity, endpoint.model))
        attempts = StoppableAttempts(budgeted(name, AttemptMarkingEndpoint(endpoint, journal)), stop)
        chance = random.Random()  # noqa: S311 - it spreads waits, and keeps no secret
        retrying = RetryingEndpoint(attempts, job.limits.policy, gate, chance=chance)
        return StoppableEndpoint(JournalingEndpoint(retrying, journal), stop)

    def budgeted(name: str, endpoint: Endpoint) -> Endpoint:
        prices = job.money.prices.get(name)
        if prices is None and not sharing.budget.is_limited:
            return endpoint
        return BudgetedEndpoint(endpoint, sharing.budget, prices, stop.request)

    if job.batches is None:
        return {name: guarded(name, endpoint, job.journal) for name, endpoint in opened.items()}
    from dialogs.asking_in_batches import guarded_in_batches  # noqa: PLC0415 - few ask in batches

    return guarded_in_batches(
        opened,
        job.batches,
        job.journal,
        stop,
        policy=job.limits.policy,
        budget=sharing.budget,
        prices=job.money.prices,
        otherwise=guarded,
    )


def gate_specs(job: Replay, *, processes: int = 1) -> dict[GateKey, GateSpec]:
    """Return what the user sets for each gate of a run; an endpoint's own limit holds in each of its processes."""
    specs: dict[GateKey, GateSpec] = {}
    for name, endpoint in _all_endpoints(job).items():
        rates = job.money.rates.get(name, RateLimits())
        own = endpoint.concurrency and endpoint.concurrency * (processes if _is_in_process(endpoint) else 1)
        spec = GateSpec(
            own or job.concurrency,
            job.limits.rpm or rates.rpm,
            job.limits.tpm or rates.tpm,
        )
        specs.setdefault((endpoint.identity, endpoint.model), spec)
    return specs


def _is_in_process(endpoint: OpenedEndpoint) -> bool:
    """Say whether each process has an endpoint for itself alone."""
    return endpoint.identity.startswith("embedded:")


class _Alone:
    """The limits of a run that one process plays."""

    def __init__(self, job: Replay, clock: Clock) -> None:
        deadline = None if job.limits.deadline_s is None else clock.monotonic() + job.limits.deadline_s
        self.budget = job.money.budget
        self._gates = {key: spec.open(clock, deadline) for key, spec in gate_specs(job).items()}

    def gate(self, key: GateKey) -> Pacing:
        return self._gates[key]

    def places(self, all_of_them: int) -> int:
        return all_of_them


def _lanes(job: Replay) -> Iterator[Lane]:
    """Give each endpoint with a limit of its own a lane, so that a slow one holds up no other."""
    places = job.sharing.places if job.sharing else int
    shared = [name for name, endpoint in job.endpoints.items() if endpoint.concurrency is None]
    if shared:
        yield Lane(frozenset(shared), places(job.concurrency))
    for name, endpoint in job.endpoints.items():
        if endpoint.concurrency is not None:
            own = min(endpoint.concurrency, job.concurrency)
            yield Lane(frozenset((name,)), own if _is_in_process(endpoint) else places(own))


class _Watch:
    """Hands on what happens, and stops the run where going on would only do harm."""

    def __init__(self, observer: Observer, stop: Stop, max_failures: int | None, tracer: Tracer | None) -> None:
        self._observer = observer
        self._tracer = tracer
        self._stop = stop
        self._max_failures = max_failures
        self._failures = 0

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        if isinstance(answer, Fault) and answer.kind is FaultKind.JOURNAL_FAILED:
            self._stop.request(answer.message)
        self._observer.answered(place, answer)

    def played(self, transcript: Transcript) -> None:
        if self._tracer is not None:
            self._tracer.played(transcript)
        self._failures += transcript.outcome is Outcome.ERROR
        if self._failures == self._max_failures:
            self._stop.request(f"{self._failures} dialogues failed, as many as --max-failures allows")
        self._observer.played(transcript)
