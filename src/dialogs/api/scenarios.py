"""Scenarios for a program: loaded from paths, or taken as they are."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from dialogs.configuration import Configuration
from dialogs.errors import WrongUseError
from dialogs.loading import load
from dialogs.loading import load_configuration as read_configuration
from dialogs.scenario import Scenario

PathOf: TypeAlias = str | os.PathLike[str]
Scenarios: TypeAlias = Scenario | PathOf | Iterable[Scenario | PathOf]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Scenarios with the configuration that goes with them."""

    scenarios: tuple[Scenario, ...]
    configuration: Configuration


def load_scenarios(*paths: PathOf, variables: Mapping[str, str] | None = None) -> tuple[Scenario, ...]:
    """Load the scenarios that paths mean: files, folders and globs. `variables` go over the scenarios' own.

    Raises:
        InvalidFilesError: anything is wrong in any file; its `faults` hold all of them.
        NothingSelectedError: there is no scenario.
        WrongUseError: no scenario declares one of the variables.
    """
    return load([os.fspath(path) for path in paths], variables=variables)[0]


def loaded(scenarios: Scenarios, variables: Mapping[str, str] | None, configuration: PathOf | None) -> Loaded:
    """Load what are paths among `scenarios`, and the configuration: the file of that name, or the one above them.

    Raises:
        InvalidFilesError: anything is wrong in any file.
        NothingSelectedError: there is no scenario.
        WrongUseError: `variables` are given for what is loaded already, or undeclared.
    """
    given = [scenarios] if isinstance(scenarios, Scenario | str | os.PathLike) else list(scenarios)
    there = tuple(each for each in given if isinstance(each, Scenario))
    paths = [os.fspath(each) for each in given if not isinstance(each, Scenario)]
    explicit = None if configuration is None else os.fspath(configuration)
    if not there:
        return Loaded(*load(paths, explicit, variables=variables))
    if variables:
        raise WrongUseError("variables are for scenarios that are loaded; give them to load_scenarios()")
    files = [each.place.file for each in there if Path(each.place.file).is_file()]
    if not paths:
        return Loaded(there, read_configuration(files, explicit))
    more, found = load(paths, explicit)
    return Loaded((*there, *more), found)
