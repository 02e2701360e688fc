"""From what a program wants played to a run: all that can be wrong is found before the first request."""

import logging
import os
import tempfile
from collections.abc import Container, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from dialogs.api.scenarios import Loaded
from dialogs.api.targets import Played
from dialogs.arms.baselines import Baselines
from dialogs.arms.histories import History
from dialogs.arms.plan import Plan
from dialogs.chat import Endpoint
from dialogs.clock import SystemClock
from dialogs.compare.likeness import Rules
from dialogs.endpoints.budget import Budget
from dialogs.endpoints.cassette import CassetteEndpoint, CassetteFirstEndpoint
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.expansion import Expansion, defaults_of
from dialogs.journal.cassette import Cassette
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.names import Names
from dialogs.journal.opening import Beginning, journal_path, open_journal
from dialogs.journal.records import EndpointIdentity
from dialogs.journal.rewriting import CassetteWriter
from dialogs.judge_endpoints import judge_from, judge_models, judged_kinds, open_judge
from dialogs.kept_transcripts import KeptTranscripts
from dialogs.redaction import Redactor, secrets_of, secrets_of_variables
from dialogs.replaying import Limits, OpenedEndpoint, Replay
from dialogs.sameness import Sameness
from dialogs.scenario import Expectation
from dialogs.selection import Selection
from dialogs.spending import money_for
from dialogs.transcript import Transcript

_LOG: Final = logging.getLogger("dialogs")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played, and where it goes; `api.playing.play_async` says what each field means."""

    loaded: Loaded
    played: Played = field(default_factory=Played)
    selection: Selection = field(default_factory=Selection)
    samples: int = 1
    concurrency: int = 16
    baseline: Path | None = None
    history: str | None = None
    confirm: int = 1
    resamples: int = 0
    output: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    timeout_s: float | None = None
    judge: bool = True
    stable: bool = False
    stream: bool = False
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    resume: bool = False
    fresh: bool = False


def expansion_of(wish: Wish, cassette: Cassette | None = None) -> Expansion:
    """Return the dialogues that are wished; a cassette of one model names that of scenarios which name none.

    Raises:
        NothingSelectedError: no dialogue is left.
        WrongUseError: no model is named, and none stands to reason.
    """
    configuration = wish.loaded.configuration
    expansion = Expansion(
        wish.loaded.scenarios,
        lambda model: defaults_of(model, configuration),
        models=wish.played.models,
        samples=wish.samples,
        selection=wish.selection,
    )
    if expansion.unnamed():
        recorded = tuple(name for name in cassette.endpoints if name not in {RUBRICS, SIMILARITIES}) if cassette else ()
        default = (
            recorded[0] if len(recorded) == 1 else resolve_default_model(configuration, os.environ, notice=_LOG.warning)
        )
        expansion = replace(expansion, default_model=default)
    if next(iter(expansion), None) is None:
        every = replace(expansion, selection=Selection())
        raise NothingSelectedError(expansion.selection.nothing(every))
    return expansion


def settle(wish: Wish, stack: ExitStack) -> Replay:
    """Open all that the run needs; `stack` closes what the run itself does not.

    Raises:
        DialogsError: something cannot be played as it is wished.
    """
    output = wish.output or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dialogs-"))) / "played.jsonl"
    ids = Names()
    cassette = _recordings(wish, ids, stack)
    expansion = expansion_of(wish, cassette)
    ids.hold(dialogue.id for dialogue in replace(expansion, selection=Selection()))
    kinds = judged_kinds(expansion, expansion.scenarios) if wish.judge else {}
    plan = _plan(wish, expansion, stack)
    job = Replay(expansion, {}, output, wish.concurrency, stable=wish.stable, limits=wish.limits, plan=plan)
    if cassette is not None and wish.record is None:
        judge = judge_from(cassette, kinds, wish.loaded.configuration.judge)
        return replace(job, endpoints=_recorded(cassette, expansion), judge=judge)
    return _asking(job, wish, expansion, kinds, cassette, stack=stack)


def _recordings(wish: Wish, ids: Container[str], stack: ExitStack) -> Cassette | None:
    """Open the cassette that answers; one that is yet to be recorded need not be there."""
    if wish.record is None:
        return None if wish.replay is None else stack.enter_context(closing(Cassette(wish.replay, ids)))
    # What cannot be written is to be known before anything is asked; and nobody else writes while it is opened.
    with closing(CassetteWriter(wish.record, wait=True)):
        if wish.replay is None or not wish.replay.exists() or not wish.replay.stat().st_size:
            return None
        return stack.enter_context(closing(Cassette(wish.replay, ids)))


def _recorded(cassette: Cassette, expansion: Expansion) -> Mapping[str, OpenedEndpoint]:
    return {name: CassetteEndpoint(cassette, name) for name in expansion.model_names()}


def _plan(wish: Wish, expansion: Expansion, stack: ExitStack) -> Plan | None:
    history = _history(wish)
    if wish.baseline is None:
        return Plan(resamples=wish.resamples) if wish.resamples else None
    baselines = stack.enter_context(closing(Baselines(wish.baseline, expansion.model_names())))
    if not baselines.transcripts.lines:
        raise NothingSelectedError(f"{wish.baseline}: no dialogue in this file to compare with")
    return Plan(
        baselines=baselines,
        history=history,
        confirm=wish.confirm,
        resamples=wish.resamples,
        rules=Rules(Sameness().ignoring(wish.loaded.configuration.ignore)),
    )


def _history(wish: Wish) -> History:
    wanted = ", ".join(each.value for each in History)
    if wish.history is not None and wish.history not in set(History):
        raise WrongUseError(f"history is {wish.history!r}; wanted one of {wanted}")
    history = History(wish.history or History.BOTH)
    if wish.history and wish.baseline is None and history is not History.LIVE:
        raise WrongUseError(f"history={history.value!r} is about a baseline's replies; wanted baseline too")
    if wish.baseline is not None and wish.resamples and history is History.LIVE:
        raise WrongUseError("resamples beside a baseline are asked on its history, which history='live' leaves out")
    return history


def _asking(
    job: Replay,
    wish: Wish,
    expansion: Expansion,
    kinds: Mapping[str, Expectation],
    cassette: Cassette | None,
    *,
    stack: ExitStack,
) -> Replay:
    """Complete a run that asks endpoints, after a cassette where there is one."""
    configuration, names = wish.loaded.configuration, expansion.model_names()
    endpoints: Mapping[str, OpenedEndpoint]
    if wish.played.endpoint is not None:
        if wish.budget.max_cost_usd is not None:
            raise WrongUseError("max_cost_usd: what an endpoint of your own costs is not known; wanted max_requests")
        endpoints = {names[0]: wish.played.endpoint}
    else:
        endpoints = open_endpoints(
            names,
            configuration,
            os.environ,
            concurrency=wish.concurrency,
            timeout_s=wish.timeout_s,
            stream=wish.stream,
        )
    judge = open_judge(kinds, configuration, concurrency=wish.concurrency, timeout_s=wish.timeout_s)
    named = () if wish.played.endpoint is not None else names
    every = {**endpoints, **(judge.endpoints if judge else {})}
    return replace(
        job,
        endpoints=endpoints,
        judge=judge,
        money=money_for(named, configuration, wish.budget, judge_models(kinds, configuration.judge)),
        kept=_kept(job, expansion, endpoints, stack) if wish.resume else {},
        journal=_journal(job, wish, expansion, every),
        around=None if cassette is None else partial(_after, cassette),
    )


def _after(cassette: Cassette, _name: str, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that is asked for what a cassette does not hold."""
    return CassetteFirstEndpoint(endpoint, cassette)


def _kept(
    job: Replay, expansion: Expansion, endpoints: Mapping[str, OpenedEndpoint], stack: ExitStack
) -> Mapping[str, Transcript]:
    """Return what an earlier run of this output has finished."""
    if not job.output.exists():
        return {}
    identities = {name: endpoint.identity for name, endpoint in endpoints.items()}
    return KeptTranscripts(job.output, expansion, identities, (job.plan or Plan()).is_done, stack)


def _journal(job: Replay, wish: Wish, expansion: Expansion, endpoints: Mapping[str, OpenedEndpoint]) -> Journal:
    if wish.resume and wish.fresh:
        raise WrongUseError("resume and fresh exclude each other; choose one of them")
    configuration = wish.loaded.configuration
    secrets = (
        *secrets_of(configuration.models.values(), os.environ, configuration.secrets),
        *secrets_of_variables(expansion.scenarios),
    )
    options = JournalOptions(
        endpoints={name: EndpointIdentity(each.identity, each.model) for name, each in endpoints.items()},
        chosen=wish.played.models,
        dialogues=Names(dialogue.id for dialogue in expansion) if wish.resume else None,
        redactor=Redactor(secrets, configuration.redact),
    )
    fresh = Beginning.FRESH if wish.fresh else Beginning.NEW
    journal = open_journal(journal_path(job.output), Beginning.RESUME if wish.resume else fresh, options, SystemClock())
    for notice in journal.notices:
        _LOG.warning(notice)
    return journal
