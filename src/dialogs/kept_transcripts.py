"""What an earlier run of the same output has finished, left in its file until it is wanted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from dialogs.indexed_transcripts import open_transcripts
from dialogs.journal.reading import read_line_at
from dialogs.resuming import FINISHED, stands_for
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript
from dialogs.transcript_files import LineReader


class KeptTranscripts(Mapping[str, Transcript]):
    """Transcripts that stand for their dialogues, by id; in memory is where each line begins, and nothing more."""

    def __init__(
        self,
        path: Path,
        dialogues: Iterable[Dialogue],
        identities: Mapping[str, str],
        is_done: Callable[[Transcript, Dialogue], bool],
        files: ExitStack,
    ) -> None:
        """Find those of `dialogues` that are done; `files` closes the file. `identities` gives each model's endpoint.

        Raises:
            UnreadableTranscriptError: a line cannot be read.
            WrongUseError: a transcript was made on another endpoint.
        """
        self._file = open_transcripts(path, files)
        self._reader = LineReader(str(path))
        finished = {hash(transcript.id): start for start, transcript in self._read() if transcript.outcome in FINISHED}
        self._starts: dict[int, int] = {}
        for dialogue in dialogues:
            start = finished.get(hash(dialogue.id))
            transcript = None if start is None else self._at(start)
            if start is None or transcript is None or transcript.id != dialogue.id:
                continue
            if stands_for(transcript, dialogue, identities) and is_done(transcript, dialogue):
                self._starts[hash(dialogue.id)] = start

    def _read(self) -> Iterator[tuple[int, Transcript]]:
        start = 0
        for number, line in enumerate(self._file, 1):
            if not line.isspace():
                yield start, self._reader.read(line, number)
            start += len(line)

    def _at(self, start: int) -> Transcript:
        return self._reader.read(read_line_at(self._file.fileno(), start), 0)

    def __contains__(self, name: object) -> bool:
        """Say whether a dialogue is done."""
        return hash(name) in self._starts

    def __getitem__(self, name: str) -> Transcript:
        """Read the transcript of a dialogue."""
        return self._at(self._starts[hash(name)])

    def __iter__(self) -> Iterator[str]:
        """Read all ids."""
        return (self._at(start).id for start in self._starts.values())

    def __len__(self) -> int:
        """Count the dialogues that are done."""
        return len(self._starts)
