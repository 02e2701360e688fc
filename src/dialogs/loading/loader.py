"""Arguments to scenarios and configuration: the entrance to this package."""

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dialogs.configuration import Configuration
from dialogs.errors import FileFault, InvalidFilesError, NothingSelectedError
from dialogs.loading.configurations import read_configuration
from dialogs.loading.files import MAX_BYTES
from dialogs.loading.finding import find_configuration
from dialogs.loading.paths import find_files, shown
from dialogs.loading.reading import Ahead, Reading, spare_processes
from dialogs.loading.scenarios import ScenarioReader
from dialogs.loading.variables import Given, refuse_undeclared
from dialogs.scenario import Scenario


def load(
    paths: Sequence[str],
    explicit: str | None = None,
    *,
    max_bytes: int = MAX_BYTES,
    variables: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = os.environ,
    ahead: Ahead | None = None,
) -> tuple[tuple[Scenario, ...], Configuration]:
    """Read the scenarios that `paths` mean, and the configuration, so that the faults of both are reported at once.

    `variables` go over the scenarios' own; `environ` holds those that scenarios take from the environment; None
    stands for any environment, where nothing is sent. `ahead` is what has begun to read all that as `read_ahead` does.

    Raises:
        InvalidFilesError: anything is wrong in any file; it holds all faults of all files.
        NothingSelectedError: `paths` hold no scenario.
        WrongUseError: no scenario declares one of the `variables`.
    """
    given = Given(variables or {}, environ)
    read = _finished(ahead or _begun(paths, max_bytes, given))
    configuration, configuration_faults = _read_configuration(paths, explicit)
    _refuse([*read.faults, *configuration_faults])
    found = _found(read.scenarios, paths)
    refuse_undeclared(given.variables, read.reader.declared)
    return found, configuration


def read_ahead(
    paths: Sequence[str],
    *,
    max_bytes: int = MAX_BYTES,
    variables: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = os.environ,
) -> Ahead:
    """Let other processes begin to read the scenarios that `paths` mean, where those are many; the rest as for `load`.

    It is a context, at whose end what is not wanted any more ends.
    """
    return _begun(paths, max_bytes, Given(variables or {}, environ), spare_processes())


def load_scenarios(
    paths: Sequence[str], *, max_bytes: int = MAX_BYTES, environ: Mapping[str, str] | None = os.environ
) -> tuple[Scenario, ...]:
    """Read the scenarios that `paths` mean: files, folders and globs; `environ` as for `load`.

    Raises:
        InvalidFilesError: anything is wrong in any file; it holds all faults of all files.
        NothingSelectedError: `paths` hold no scenario.
    """
    read = _finished(_begun(paths, max_bytes, Given(environ=environ)))
    _refuse(read.faults)
    return _found(read.scenarios, paths)


def load_configuration(paths: Sequence[str], explicit: str | None = None) -> Configuration:
    """Read the configuration: the file `explicit`, else the one found upwards from the scenarios, else an empty one.

    Raises:
        InvalidFilesError: anything is wrong in the file.
    """
    configuration, faults = _read_configuration(paths, explicit)
    _refuse(faults)
    return configuration


def _read_configuration(paths: Sequence[str], explicit: str | None) -> tuple[Configuration, list[FileFault]]:
    found = find_configuration(paths, explicit)
    if found is None:
        return Configuration(), []
    return (Configuration(), [found]) if isinstance(found, FileFault) else read_configuration(found)


def _begun(paths: Sequence[str], max_bytes: int, given: Given, helpers: int = 0) -> Ahead:
    return Ahead(tuple(find_files(paths)), lambda: ScenarioReader(max_bytes, given), helpers=helpers)


def _finished(ahead: Ahead) -> Reading:
    with _collector_paused():
        return ahead.finish()


def _refuse(faults: Sequence[FileFault]) -> None:
    if faults:
        raise InvalidFilesError(faults)


def _found(scenarios: Sequence[Scenario], paths: Sequence[str]) -> tuple[Scenario, ...]:
    if not scenarios:
        raise NothingSelectedError(f"no scenario in {', '.join(map(shown, paths))}; wanted files *.yaml or *.yml")
    return tuple(scenarios)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold back the garbage collector: what is loaded stays, and going through it again and again costs a third."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
