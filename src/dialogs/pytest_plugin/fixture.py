"""The fixture `dialogs`: plays scenarios from a test."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from dialogs.api.playing import play, play_async
from dialogs.api.scenarios import PathOf, Scenarios
from dialogs.api.targets import Target
from dialogs.pytest_plugin.playing import cassette_of
from dialogs.pytest_plugin.settings import Settings
from dialogs.pytest_plugin.verdicts import FailedDialogueError, hold
from dialogs.scenario import Scenario
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts

_PATHS: Final[tuple[str, ...]] = ("baseline", "output", "record", "replay")


class Dialogs:
    """Plays scenarios as `dialogs.play` does, and fails the test where a dialogue is not as it should be."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Look for files in `folder`, and play by `settings` what a test leaves open."""
        self._folder = folder
        self._settings = settings

    def play(
        self,
        scenarios: Scenarios,
        endpoint: Target = None,
        *,
        check: bool = True,
        **options: Any,  # noqa: ANN401 - as play() takes them
    ) -> tuple[Transcript, ...]:
        """Play scenarios and return their transcripts; `options` are those of `dialogs.play`.

        The test fails where an expectation is unmet, a dialogue ends in an error, or, with `baseline`, one has changed;
        not so without `check`.
        """
        __tracebackhide__ = True
        found, target, more = self._settled(scenarios, endpoint, options)
        return self._checked(play(found, target, **more), more, check=check)

    async def play_async(
        self,
        scenarios: Scenarios,
        endpoint: Target = None,
        *,
        check: bool = True,
        **options: Any,  # noqa: ANN401 - as play() takes them
    ) -> tuple[Transcript, ...]:
        """Play within a test that is a coroutine."""
        __tracebackhide__ = True
        found, target, more = self._settled(scenarios, endpoint, options)
        return self._checked(await play_async(found, target, **more), more, check=check)

    def _settled(
        self, scenarios: Scenarios, endpoint: Target, options: dict[str, Any]
    ) -> tuple[Scenarios, Target, dict[str, Any]]:
        found = self._found(scenarios)
        target = endpoint if endpoint is not None else (self._settings.models or None)
        paths = {name: self._at(options[name]) for name in _PATHS if name in options}
        cassettes = {} if {"record", "replay"} & set(options) else self._cassettes(found, target)
        return found, target, {**cassettes, **options, **paths}

    def _cassettes(self, found: Scenarios, target: Target) -> dict[str, Any]:
        """Record and replay models by the cassette of their file; a function of the test's own is always called."""
        if not isinstance(found, Path) or found.is_dir() or not (target is None or isinstance(target, str | tuple)):
            return {}
        cassette = cassette_of(found)
        replay = {"replay": cassette} if self._settings.record or cassette.exists() else {}
        return {**replay, "record": cassette} if self._settings.record else replay

    def _found(self, scenarios: Scenarios) -> Scenarios:
        if isinstance(scenarios, Scenario):
            return scenarios
        if isinstance(scenarios, str | os.PathLike):
            return self._at(scenarios)
        return [each if isinstance(each, Scenario) else self._at(each) for each in scenarios]

    def _at(self, path: PathOf) -> Path:
        return self._folder / path

    def _checked(
        self, transcripts: Iterable[Transcript], options: dict[str, Any], *, check: bool
    ) -> tuple[Transcript, ...]:
        __tracebackhide__ = True
        played = tuple(transcripts)
        if check:
            _fail_where_unmet(played, options.get("baseline"))
        return played


def _fail_where_unmet(played: tuple[Transcript, ...], baseline: Path | None) -> None:
    __tracebackhide__ = True
    try:
        hold(played, None if baseline is None else tuple(read_transcripts(baseline)), ())
    except FailedDialogueError as failed:
        pytest.fail(str(failed))
