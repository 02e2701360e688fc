"""Scenario files in the working folder, loaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.errors import InvalidFilesError, Place
from dialogs.loading import load_scenarios
from dialogs.scenario import Entry, Scenario, UserTurn

NOWHERE = Place("nowhere")


def load(content: bytes | str) -> tuple[Scenario, ...]:
    """Load a file talk.yaml of this content."""
    Path("talk.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_scenarios(["talk.yaml"])


def faults_of(content: bytes | str) -> list[str]:
    """Return the faults of a file talk.yaml of this content, without the file's name."""
    with pytest.raises(InvalidFilesError) as caught:
        load(content)
    return [line.removeprefix("talk.yaml:") for line in str(caught.value).splitlines()]


def words_of(content: bytes | str) -> list[str]:
    """Return what the user says in a file of this content."""
    return [
        str(entry.content) for scenario in load(content) for entry in scenario.entries if isinstance(entry, UserTurn)
    ]


def placeless(scenario: Scenario) -> tuple[Entry, ...]:
    """Return the entries without their places."""
    return tuple(replace(entry, place=NOWHERE) for entry in scenario.entries)
