"""Plays the dialogues of scenario files, those of a file together, and holds them against the baseline."""

import asyncio
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from dialogs.api.jobs import Wish, expansion_of
from dialogs.api.playing import fulfil
from dialogs.api.scenarios import Loaded, loaded
from dialogs.api.targets import Played
from dialogs.arms.baselines import Baselines
from dialogs.journal.cassette import Cassette
from dialogs.opened_files import COMPRESSED
from dialogs.pytest_plugin.settings import Settings
from dialogs.pytest_plugin.verdicts import hold
from dialogs.scenario import Dialogue
from dialogs.selection import Selection
from dialogs.transcript import Transcript

_DEFAULT_CONCURRENCY = 16


class Plays:
    """What was loaded and played so far in this process."""

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing."""
        self.settings = settings
        self._loaded: dict[Path, Loaded] = {}
        self._transcripts: dict[Path, dict[str, Transcript]] = {}
        self._baselines: dict[frozenset[str], Baselines] = {}

    def wish(self, file: Path, ids: Iterable[str] | None = None) -> Wish:
        """Return what is to be played of a file: the dialogues of these ids, or all.

        Raises:
            DialogsError: the file, or the configuration that goes with it, cannot be loaded.
        """
        if file not in self._loaded:
            self._loaded[file] = loaded(file, None, None)
        found, cassette = self._loaded[file], cassette_of(file)
        return Wish(
            found,
            Played(self.settings.models),
            Selection(ids=None if ids is None else frozenset(ids)),
            concurrency=found.configuration.concurrency or _DEFAULT_CONCURRENCY,
            baseline=self.settings.baseline,
            record=cassette if self.settings.record else None,
            replay=cassette if self.settings.record or cassette.exists() else None,
        )

    def dialogues(self, file: Path) -> tuple[Dialogue, ...]:
        """Return the dialogues of a file; where nothing else names a model, its cassette does.

        Raises:
            DialogsError: the file, or the configuration that goes with it, cannot be loaded.
        """
        wish = self.wish(file)
        is_named = wish.played.models or all(scenario.models for scenario in wish.loaded.scenarios)
        if is_named or wish.replay is None or not wish.replay.exists():
            return tuple(expansion_of(wish))
        with closing(Cassette(wish.replay)) as cassette:
            return tuple(expansion_of(wish, cassette))

    def transcript(self, file: Path, wanted: str, together: Iterable[str]) -> Transcript:
        """Return the transcript of a dialogue; where it has none yet, `together` are played.

        Raises:
            DialogsError: they cannot be played.
        """
        there = self._transcripts.setdefault(file, {})
        if wanted not in there:
            ids = [name for name in together if name not in there]
            there |= {each.id: each for each in asyncio.run(fulfil(self.wish(file, ids)))}
        return there[wanted]

    def judge(self, dialogue: Dialogue, transcript: Transcript, file: Path) -> None:
        """Hold a transcript against its expectations, and against its baseline where there is one.

        Raises:
            FailedDialogueError: it was not completed, or has changed.
        """
        baseline: tuple[Transcript, ...] | None = None
        if self.settings.baseline is not None:
            baseline = self._baseline(self.settings.baseline, file).of(dialogue)
        hold([transcript], baseline, self._loaded[file].configuration.ignore)

    def _baseline(self, path: Path, file: Path) -> Baselines:
        names = frozenset(each.model for each in self._transcripts[file].values())
        if names not in self._baselines:
            self._baselines[names] = Baselines(path, names)
        return self._baselines[names]

    def close(self) -> None:
        """Close the baseline."""
        for baselines in self._baselines.values():
            baselines.close()


def cassette_of(file: Path) -> Path:
    """Return where the recordings of a scenario file are: beside it, compressed where such a file is there."""
    plain = file.with_name(f"{file.stem}.cassette.jsonl")
    packed = plain.with_name(f"{plain.name}{COMPRESSED}")
    return packed if packed.exists() and not plain.exists() else plain
