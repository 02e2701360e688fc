"""From the flags of `dialogs run` to a run, and from its end to an exit code."""

import asyncio
import itertools
import os
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer

from dialogs.cli.options import CONCURRENCY
from dialogs.cli.progress import Progress
from dialogs.cli.signals import Interruption
from dialogs.clock import SystemClock
from dialogs.configuration import Configuration
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.errors import IncompleteError, NothingSelectedError, WrongUseError
from dialogs.expansion import Expansion, ModelDefaults, Selection
from dialogs.loading import load_configuration, load_scenarios
from dialogs.replaying import Replay, replay
from dialogs.reports.summary import summary
from dialogs.running import Stop
from dialogs.tally import Tally
from dialogs.transcript import Outcome

_UNMET: Final = 1
_INCOMPLETE: Final = 3


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of a run, as they were given."""

    paths: tuple[str, ...]
    models: tuple[str, ...]
    output: Path | None
    samples: int
    concurrency: int | None
    select: tuple[str, ...]
    tags: tuple[str, ...]
    stable: bool
    timeout_s: float | None
    grace_s: float
    configuration: str | None
    max_file_bytes: int


def launch(flags: Flags) -> int:
    """Settle everything that can be wrong before the first request, run, and return the exit code."""
    scenarios = load_scenarios(flags.paths, max_bytes=flags.max_file_bytes)
    configuration = load_configuration(flags.paths, flags.configuration)
    expansion = Expansion(
        scenarios,
        lambda model: _defaults(model, configuration),
        models=flags.models,
        samples=flags.samples,
        selection=Selection(flags.select, flags.tags),
    )
    expansion = _with_models(expansion, configuration)
    output = _writable(flags.output or _default_output(datetime.now(UTC)))
    concurrency = flags.concurrency or configuration.concurrency or CONCURRENCY
    endpoints = open_endpoints(
        expansion.model_names(), configuration, os.environ, concurrency=concurrency, timeout_s=flags.timeout_s
    )
    job = Replay(expansion, endpoints, output, concurrency, stable=flags.stable)
    code = asyncio.run(_replay(job, grace_s=flags.grace_s))
    if not sys.stdout.isatty():
        typer.echo(output)
    return code


def _defaults(model: str, configuration: Configuration) -> ModelDefaults:
    named = configuration.models.get(model)
    if named is None:
        return ModelDefaults(configuration.params, {})
    return ModelDefaults({**configuration.params, **named.params}, named.extra_body)


def _with_models(expansion: Expansion, configuration: Configuration) -> Expansion:
    """Give the scenarios that name no model the default one, and see that something is left to play."""
    if expansion.unnamed():
        model = resolve_default_model(configuration, os.environ, notice=lambda text: typer.echo(text, err=True))
        expansion = replace(expansion, default_model=model)
    if next(iter(expansion), None) is None:
        raise NothingSelectedError("--select and --tag leave no dialogue to play")
    return expansion


def _default_output(now: datetime) -> Path:
    """Name a new file after the moment, in UTC."""
    stem = now.strftime("%Y%m%dT%H%M%SZ")
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := Path("outputs", f"{name}.jsonl")).exists())


def _writable(path: Path) -> Path:
    """Make sure, before anything is asked, that a file can be written at `path`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUseError(f"{path}: its folder cannot be made: {error.strerror}") from None
    if path.is_dir():
        raise WrongUseError(f"{path} is a folder; wanted the name of a transcript file")
    if not os.access(path.parent, os.W_OK):
        raise WrongUseError(f"{path.parent} cannot be written to; choose another place with --output")
    return path


async def _replay(job: Replay, *, grace_s: float) -> int:
    tally, stop, began = Tally(), Stop(), time.monotonic()
    dialogues = turns = 0
    for dialogue in job.dialogues:
        dialogues += 1
        turns += dialogue.scenario.turns
    with Progress(tally, turns=turns, dialogues=dialogues) as progress:
        interruption = Interruption(stop, progress.notice, grace_s=grace_s)
        with interruption.watching():
            try:
                await replay(job, clock=SystemClock(), observer=progress, stop=stop)
            except OSError as error:
                raise IncompleteError(f"{job.output}: the transcripts could not be written: {error.strerror}") from None
    typer.echo(summary(tally, planned=dialogues, elapsed_s=time.monotonic() - began), err=True)
    typer.echo(f"transcripts: {job.output}", err=True)
    return _exit_code(tally) if interruption.exit_code is None else interruption.exit_code


def _exit_code(tally: Tally) -> int:
    if tally.outcomes[Outcome.ERROR] or tally.outcomes[Outcome.INTERRUPTED]:
        return _INCOMPLETE
    return _UNMET if tally.outcomes[Outcome.UNMET] else 0
