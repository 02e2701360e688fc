"""From the flags of `dialogs run` to a run: all that can be wrong is found before the first request."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import typer

from dialogs.cli.collecting import collector_off
from dialogs.cli.finishing import Store, play_to_the_end, tally_of
from dialogs.cli.options import CONCURRENCY, IN_BATCHES, Engine
from dialogs.cli.processes import flushed, processes_for
from dialogs.cli.run_flags import Flags
from dialogs.cli.selecting import expand, output_path
from dialogs.clock import SystemClock
from dialogs.configuration import Configuration
from dialogs.endpoints.cassette import CassetteEndpoint
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.errors import WrongUseError
from dialogs.expansion import Expansion
from dialogs.journal.cassette import Cassette
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.names import Names
from dialogs.journal.records import EndpointIdentity
from dialogs.journal.rewriting import CassetteWriter
from dialogs.judge_endpoints import judge_from, judge_models, judged_kinds, open_judge
from dialogs.loading import Ahead, load, parse_assignments
from dialogs.redaction import Redactor, is_plain, secrets_of, secrets_of_variables
from dialogs.replaying import OpenedEndpoint, Replay, Tracer
from dialogs.scenario import Expectation, Scenario
from dialogs.spending import money_for
from dialogs.transcript import Transcript
from dialogs.workers.crew import Crew
from dialogs.workers.journals import RunJournals, open_run_journal

if TYPE_CHECKING:
    from dialogs.arms.plan import Plan

_Expand: TypeAlias = Callable[[Callable[[], str | None]], Expansion]


def launch(flags: Flags, ahead: Ahead) -> int:
    """Settle everything, run, and return the exit code; the scenarios of the flags are being read `ahead`."""
    flags.check()
    if flags.arms.against is not None:
        from dialogs.cli.against import launch_both  # noqa: PLC0415 - few compare two versions

        ahead.close()
        return launch_both(flags, flags.arms.against, _launch)
    return _launch(flags, ahead)


def _launch(flags: Flags, ahead: Ahead | None = None) -> int:
    with ExitStack() as stack:
        with collector_off():
            scenarios, configuration = _loaded(flags, ahead)
            expanded = partial(expand, flags, scenarios, configuration)
            if flags.dry_run:
                return _say_forecast(flags, configuration, expanded)
            if flags.engine is Engine.RAY:
                from dialogs.cli.clustering import launch_on_cluster  # noqa: PLC0415 - few runs need a cluster

                planned = partial(_planned, flags, configuration, stack=stack)
                return launch_on_cluster(flags, configuration, expanded, planned)
            job, store = _settled(flags, configuration, expanded, stack)
            count = _processes(flags, job)
            if count == 1:
                job = replace(job, tracer=_tracer(flags, stack))
        crew = _crew(flags, job, store, count) if count > 1 else None
        is_named = not flags.arms.is_other_version
        return asyncio.run(
            play_to_the_end(job, store, flags.reports, grace_s=flags.grace_s, names_output=is_named, crew=crew)
        )


def _processes(flags: Flags, job: Replay) -> int:
    """Return how many processes play the run; one where the journal has been opened for one."""
    return processes_for(flags.workers, job.dialogues, job.concurrency)


def _crew(flags: Flags, job: Replay, store: Store, count: int) -> Crew:
    """Start the processes that play a run."""
    journals = store.journal if isinstance(store.journal, RunJournals) else None
    crew = Crew(
        job,
        count,
        tally_of(job),
        journals=journals,
        cassette=store.cassette,
        tracer=lambda stack: flushed(_tracer(flags, stack), stack),
    )
    crew.start()
    return crew


def _tracer(flags: Flags, stack: ExitStack) -> Tracer | None:
    """Return what traces the run: where that is asked for, or where a program around this one has set up an SDK."""
    if flags.otel:
        from dialogs.exporting_spans import export_spans  # noqa: PLC0415 - rarely wanted

        stack.callback(export_spans())
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from dialogs.tracing import Tracing  # noqa: PLC0415 - rarely wanted

    return Tracing()


def _loaded(flags: Flags, ahead: Ahead | None) -> tuple[tuple[Scenario, ...], Configuration]:
    if ahead is not None and ahead.is_begun and flags.replay is None:
        import dialogs.endpoints.openai  # noqa: F401, PLC0415 - while others read: it takes as long as 2,000 scenarios
    return load(
        flags.paths,
        flags.configuration,
        max_bytes=flags.max_file_bytes,
        variables=parse_assignments(flags.variables),
        environ=os.environ,
        ahead=ahead,
    )


def _say_forecast(flags: Flags, configuration: Configuration, expanded: _Expand) -> int:
    from dialogs.cli.forecasting import say_forecast  # noqa: PLC0415 - what runs do without

    expansion = expanded(lambda: resolve_default_model(configuration, os.environ, notice=_notice))
    say_forecast(flags, configuration, expansion, _concurrency(flags, configuration))
    return 0


def _settled(flags: Flags, configuration: Configuration, expanded: _Expand, stack: ExitStack) -> tuple[Replay, Store]:
    if flags.replay is not None:
        return _from_cassette(flags, flags.replay, configuration, expanded, stack)
    return _from_endpoints(flags, configuration, expanded, stack)


def _notice(text: str) -> None:
    typer.echo(text, err=True)


def _concurrency(flags: Flags, configuration: Configuration) -> int:
    if flags.is_batched:  # the configuration's is about live requests
        return flags.concurrency or IN_BATCHES
    return flags.concurrency or configuration.concurrency or max(CONCURRENCY, flags.workers)


def _from_cassette(
    flags: Flags, path: Path, configuration: Configuration, expanded: _Expand, stack: ExitStack
) -> tuple[Replay, Store]:
    played = Names()
    cassette = stack.enter_context(closing(Cassette(path, played)))
    expansion = expanded(lambda: _only_model(cassette))
    played.hold(dialogue.id for dialogue in expansion)
    plan = _plan(flags, configuration, expansion.model_names(), stack)
    job = Replay(
        expansion,
        {name: CassetteEndpoint(cassette, name) for name in expansion.model_names()},
        output_path(flags, datetime.now(UTC)),
        _concurrency(flags, configuration),
        stable=flags.stable,
        inline_media=flags.inline_media,
        limits=flags.limits,
        judge=judge_from(cassette, _judged_kinds(flags, expansion), configuration.judge),
        plan=plan,
    )
    return job, Store(cassette=cassette)


def _plan(flags: Flags, configuration: Configuration, models: Sequence[str], stack: ExitStack) -> "Plan | None":
    if flags.arms.baseline is None and not flags.arms.resamples:
        return None
    from dialogs.cli.planning import plan_of  # noqa: PLC0415 - it brings comparisons, which most runs do without

    return plan_of(flags, configuration, models, stack)


def _planned(flags: Flags, configuration: Configuration, expansion: Expansion, stack: ExitStack) -> "Plan | None":
    return _plan(flags, configuration, expansion.model_names(), stack)


def _judged_kinds(flags: Flags, expansion: Expansion) -> Mapping[str, Expectation]:
    return judged_kinds(expansion, expansion.scenarios) if flags.judge else {}


def _only_model(cassette: Cassette) -> str:
    names = tuple(name for name in cassette.endpoints if name not in {RUBRICS, SIMILARITIES})
    if len(names) == 1:
        return names[0]
    raise WrongUseError(
        f"no model is named, and {cassette.path} has recordings of {', '.join(names) or 'none'}; choose one with -m"
    )


def _from_endpoints(
    flags: Flags, configuration: Configuration, expanded: _Expand, stack: ExitStack
) -> tuple[Replay, Store]:
    expansion = expanded(lambda: resolve_default_model(configuration, os.environ, notice=_notice))
    if flags.is_batched:
        from dialogs.cli.batching import check_batches  # noqa: PLC0415 - few ask in batches

        check_batches(expansion.model_names(), configuration)
    concurrency = _concurrency(flags, configuration)
    output = output_path(flags, datetime.now(UTC))
    kinds = _judged_kinds(flags, expansion)
    money = money_for(expansion.model_names(), configuration, flags.budget, judge_models(kinds, configuration.judge))
    endpoints = open_endpoints(
        expansion.model_names(),
        configuration,
        os.environ,
        concurrency=concurrency,
        timeout_s=flags.timeout_s,
        stream=flags.stream,
    )
    judge = open_judge(kinds, configuration, concurrency=concurrency, timeout_s=flags.timeout_s, opened=endpoints)
    writer = stack.enter_context(closing(CassetteWriter(flags.record))) if flags.record is not None else None
    plan = _plan(flags, configuration, expansion.model_names(), stack)
    kept = _kept(expansion, endpoints, output, plan, stack) if flags.resume else {}
    all_endpoints = {**endpoints, **(judge.endpoints if judge else {})}
    options = _journal_options(flags, configuration, expansion, all_endpoints)
    journal = _journal(flags, options, output, processes_for(flags.workers, expansion, concurrency))
    job = Replay(
        expansion,
        endpoints,
        output,
        concurrency,
        stable=flags.stable,
        inline_media=flags.inline_media,
        journal=journal if isinstance(journal, Journal) else None,
        limits=flags.limits,
        kept=kept,
        judge=judge,
        plan=plan,
        money=money,
    )
    if flags.is_batched:
        from dialogs.cli.batching import asking_in_batches  # noqa: PLC0415 - few ask in batches

        job = asking_in_batches(job, configuration, waits=not flags.no_wait)
    return job, Store(journal=journal, recording_to=writer)


def _kept(
    expansion: Expansion,
    endpoints: Mapping[str, OpenedEndpoint],
    output: Path,
    plan: "Plan | None",
    stack: ExitStack,
) -> Mapping[str, Transcript]:
    """Return what an earlier run of this output has finished."""
    if not output.exists():
        return {}
    from dialogs.arms.plan import Plan  # noqa: PLC0415 - it brings comparisons, which most runs do without
    from dialogs.kept_transcripts import KeptTranscripts  # noqa: PLC0415 - so does this

    identities = {name: endpoint.identity for name, endpoint in endpoints.items()}
    return KeptTranscripts(output, expansion, identities, (plan or Plan()).is_done, stack)


def _journal_options(
    flags: Flags,
    configuration: Configuration,
    expansion: Expansion,
    endpoints: Mapping[str, OpenedEndpoint],
) -> JournalOptions:
    of_scenarios = secrets_of_variables(expansion.scenarios)
    for secret in of_scenarios:
        if is_plain(secret.value):
            name = secret.name.removeprefix("env:")
            _notice(f"the value of {name} is like an ordinary word: where a reply repeats it, it is kept as it is")
    secrets = (*secrets_of(configuration.models.values(), os.environ, configuration.secrets), *of_scenarios)
    return JournalOptions(
        endpoints={name: EndpointIdentity(each.identity, each.model) for name, each in endpoints.items()},
        chosen=flags.models,
        dialogues=Names(dialogue.id for dialogue in expansion) if flags.resume else None,
        redactor=Redactor(secrets, configuration.redact),
        takes_batches=flags.is_batched,
        places=_concurrency(flags, configuration),
    )


def _journal(flags: Flags, options: JournalOptions, output: Path, processes: int) -> Journal | RunJournals:
    journal: Journal | RunJournals
    if processes == 1:
        journal = open_run_journal(output, flags.beginning, options, SystemClock())
    else:
        journal = RunJournals(output, flags.beginning, options, SystemClock(), processes)
    for notice in journal.notices:
        _notice(notice)
    return journal
