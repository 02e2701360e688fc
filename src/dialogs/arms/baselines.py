"""The baseline's transcripts, found by the dialogues that are to be played; their bodies stay on disk."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from dialogs.encoding import canonical, decode
from dialogs.errors import UnreadableTranscriptError, WrongUseError
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript

_Key: TypeAlias = tuple[bytes, str | None]


class Baselines:
    """A transcript file, read once for its index, and then where a dialogue wants its baseline.

    A dialogue's baseline is that of the same scenario, case and sample, and of the same model where either side has
    several, as in a comparison. There are several where several variants were accepted.
    """

    def __init__(self, path: Path, models: Iterable[str]) -> None:
        """Read the file at `path` for a run on `models`.

        Raises:
            UnreadableTranscriptError: the file or one of its lines cannot be read.
            WrongUseError: a dialogue in it was played on another baseline's history alone.
        """
        self.path = path
        rows: list[tuple[bytes, str, int]] = []
        self._by_id: dict[str, int] = {}
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnreadableTranscriptError(f"{path}: {error.strerror}; wanted a transcript file (JSONL)") from None
        offset = 0
        for number, line in enumerate(self._file, 1):
            if line.strip():
                transcript = self._read(line, f"{path}:{number}")
                self._by_id.setdefault(transcript.id, offset)
                rows.append((_key(transcript.scenario, transcript.case, transcript.sample), transcript.model, offset))
            offset += len(line)
        self.models = tuple(sorted({model for _key, model, _offset in rows}))
        self._by_model = len(self.models) > 1 or len(set(models)) > 1
        self._offsets: dict[_Key, list[int]] = {}
        for key, model, offset in rows:
            self._offsets.setdefault((key, model if self._by_model else None), []).append(offset)

    def __len__(self) -> int:
        """Count the transcripts."""
        return sum(map(len, self._offsets.values()))

    def __iter__(self) -> Iterator[Transcript]:
        """Give all transcripts, in the order of the file."""
        return (self.at(offset) for offset in sorted(chain.from_iterable(self._offsets.values())))

    def of(self, dialogue: Dialogue) -> tuple[Transcript, ...]:
        """Return the variants of a dialogue's baseline; none where it has none."""
        key = _key(dialogue.scenario.id, dialogue.case, dialogue.sample)
        offsets = self._offsets.get((key, dialogue.model if self._by_model else None), ())
        return tuple(self.at(offset) for offset in offsets)

    def named(self, dialogue: str) -> Transcript | None:
        """Return the transcript of a dialogue's id, the first variant; None where there is none."""
        offset = self._by_id.get(dialogue)
        return None if offset is None else self.at(offset)

    def hashes(self) -> dict[str, int]:
        """Return where each transcript stands, by its `stable_sha256`, for `at`."""
        return {self.at(offset).stable_sha256: offset for offset in chain.from_iterable(self._offsets.values())}

    def at(self, offset: int) -> Transcript:
        """Read the transcript that begins at a byte of the file."""
        self._file.seek(offset)
        return self._read(self._file.readline(), str(self.path))

    def _read(self, line: bytes, where: str) -> Transcript:
        try:
            transcript = Transcript.from_record(decode(line))
        except ValueError as error:
            raise UnreadableTranscriptError(f"{where}: {error}; wanted a transcript, a line each") from None
        if transcript.is_pinned:
            raise WrongUseError(
                f"{where}: {transcript.id} was played on another baseline's history alone, and has no conversation of "
                "its own; wanted a baseline of dialogues that were played live"
            )
        return transcript

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _key(scenario: str, case: object, sample: int) -> bytes:
    return canonical([scenario, case, sample])  # type: ignore[list-item]  # a case is JSON
