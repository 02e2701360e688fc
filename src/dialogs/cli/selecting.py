"""Which dialogues a run plays, and where it writes."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from dialogs.cli.run_flags import Flags
from dialogs.configuration import Configuration
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.expansion import Expansion, defaults_of
from dialogs.journal.opening import journal_path
from dialogs.opened_files import is_compressed
from dialogs.parts import CLUSTER_FILE
from dialogs.resuming import FINISHED
from dialogs.scenario import Scenario
from dialogs.selection import Selection
from dialogs.sharding import parse_shard
from dialogs.transcript_files import read_transcripts

_OUTPUTS: Final = Path("outputs")


def expand(
    flags: Flags,
    scenarios: Sequence[Scenario],
    configuration: Configuration,
    default_model: Callable[[], str | None],
) -> Expansion:
    """Say what is played; `default_model` is asked where a scenario names no model.

    Raises:
        NothingSelectedError: no dialogue is left.
    """
    expansion = Expansion(
        scenarios,
        partial(defaults_of, configuration=configuration),  # which, other than a lambda, travels to other nodes
        models=flags.models,
        samples=flags.samples,
        selection=Selection(
            flags.select,
            flags.tags,
            _failed(flags.rerun_failed),
            None if flags.shard is None else parse_shard(flags.shard),
        ),
    )
    if expansion.unnamed():
        expansion = replace(expansion, default_model=default_model())
    whole = replace(expansion, selection=replace(expansion.selection, shard=None))
    if next(iter(whole), None) is None:  # a shard may hold none of few
        every = replace(expansion, selection=Selection())
        raise NothingSelectedError(expansion.selection.nothing(every))
    return expansion


def _failed(transcripts: Path | None) -> frozenset[str] | None:
    if transcripts is None:
        return None
    ids = frozenset(each.id for each in read_transcripts(transcripts) if each.outcome not in FINISHED)
    if not ids:
        raise NothingSelectedError(f"{transcripts} has no dialogue that failed: there is nothing to play again")
    return ids


def output_path(flags: Flags, now: datetime) -> Path:
    """Return where the transcripts go.

    Without `--output` that is a new file; with `--resume`, the file of the last run that did not finish.

    Raises:
        WrongUseError: nothing can be written there.
    """
    path = flags.output
    if path is None and flags.resume:
        path = max(_unfinished(), default=None)
    path = _writable(path or _new_output(now))
    others = {
        "--baseline": flags.arms.baseline,
        "--rerun-failed": flags.rerun_failed,
        "--record": flags.record,
        "--replay": flags.replay,
    }
    for flag, other in others.items():
        if other is not None and other.resolve() == path.resolve():
            raise WrongUseError(
                f"{flag} and --output name the same file, {path}, which would be replaced; choose another"
            )
    return path


def _unfinished() -> Iterator[Path]:
    """Give the outputs of runs that did not finish, whatever played them."""
    for pattern in ("*.jsonl.journal", "*.jsonl.zst.journal"):
        yield from (journal.with_suffix("") for journal in _OUTPUTS.glob(pattern))
    yield from (file.parent.with_suffix("") for file in _OUTPUTS.glob(f"*.parts/{CLUSTER_FILE}"))


def _new_output(now: datetime) -> Path:
    """Name a new file after the moment, in UTC."""
    stem = now.strftime("%Y%m%dT%H%M%SZ")
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    paths = (_OUTPUTS / f"{name}.jsonl" for name in names)
    return next(path for path in paths if not path.exists() and not journal_path(path).exists())


def _writable(path: Path) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUseError(f"{path}: its folder cannot be made: {error.strerror}") from None
    if path.is_dir():
        raise WrongUseError(f"{path} is a folder; wanted the name of a transcript file")
    if path.is_file() and not _may_be_transcripts(path):  # as a scenario that was named by mistake
        raise WrongUseError(f"{path} is there, and holds no transcripts; wanted the name of a transcript file")
    if not os.access(path.parent, os.W_OK):
        raise WrongUseError(f"{path.parent} cannot be written to; choose another place with --output")
    return path


def _may_be_transcripts(path: Path) -> bool:
    """Say whether a file begins as one of ours, or is empty, and so may be replaced."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:  # who cannot read it may still replace it
        return True
    return not start or start.startswith(b"{") or is_compressed(start)
