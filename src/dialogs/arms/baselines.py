"""The baseline's transcripts, found by the dialogues that are to be played; their bodies stay on disk."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

from dialogs.compare.pairing import models, pairing_key
from dialogs.errors import WrongUseError
from dialogs.indexed_transcripts import IndexedTranscripts, Line, open_transcripts
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript

_Key: TypeAlias = tuple[str, str | None]


class Baselines:
    """A transcript file, and which of its dialogues is whose baseline.

    A dialogue's baseline is that of the same scenario, case and sample, and of the same model where either side has
    several, as in a comparison. There are several where several variants were accepted.
    """

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        """Find the dialogues of the file at `path` for a run on the models of these names.

        Raises:
            UnreadableTranscriptError: the file or one of its lines cannot be read.
            WrongUseError: a dialogue in it was played on another baseline's history alone, or is there twice.
        """
        self.path = path
        self._files = ExitStack()
        try:
            self.transcripts = IndexedTranscripts(open_transcripts(path, self._files), str(path))
            for line in self.transcripts.lines:
                self._check(line)
            self._by_model = len(models(self.transcripts.lines)) > 1 or len(set(names)) > 1
            self._lines: dict[_Key, list[Line]] = {}
            for line in self.transcripts.lines:
                self._enter(line)
        except BaseException:  # whatever it was: there is nobody who would close the file
            self._files.close()
            raise

    def apart(self) -> None:
        """Read the file apart from the other processes that have it open."""
        self.transcripts.apart()

    def _key(self, key: str, model: str) -> _Key:
        return key, model if self._by_model else None

    def _check(self, line: Line) -> None:
        if b'"pinned":' in self.transcripts.data(line) and self.transcripts.transcript(line).is_pinned:
            raise WrongUseError(
                f"{self.path}:{line.number}: {line.id} was played on another baseline's history alone, and has no "
                "conversation of its own; wanted a baseline of dialogues that were played live"
            )

    def _enter(self, line: Line) -> None:
        group = self._lines.setdefault(self._key(line.key, line.model), [])
        if any(other.variant == line.variant for other in group):
            raise WrongUseError(f"{self.path} has the dialogue {line.id} twice; wanted each dialogue once")
        group.append(line)

    def lines_of(self, dialogue: Dialogue) -> tuple[Line, ...]:
        """Return where the variants of a dialogue's baseline stand; none where it has none."""
        key = pairing_key(dialogue.id, dialogue.scenario.id, dialogue.case, dialogue.model, dialogue.sample)
        return tuple(self._lines.get(self._key(key, dialogue.model), ()))

    def of(self, dialogue: Dialogue) -> tuple[Transcript, ...]:
        """Return the variants of a dialogue's baseline; none where it has none."""
        return tuple(map(self.transcripts.transcript, self.lines_of(dialogue)))

    def named(self, dialogue: str) -> Transcript | None:
        """Return the transcript of a dialogue's id, the first variant; None where there is none."""
        lines = self.transcripts.lines_of(dialogue)
        return self.transcripts.transcript(lines[0]) if lines else None

    def hashes(self) -> dict[str, Line]:
        """Return where each transcript stands, by its `stable_sha256`."""
        return {self.transcripts.transcript(line).stable_sha256: line for line in self.transcripts.lines}

    def close(self) -> None:
        """Close the file."""
        self._files.close()
