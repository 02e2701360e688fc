"""Which recordings a set of transcripts still uses."""

from collections.abc import Iterable

from dialogs.journal.recordings import Recording
from dialogs.transcript import Transcript

_Use = tuple[str, int, str]


class Uses:
    """What transcripts were made of.

    A recording is used where a transcript has its dialogue, its turn and the hash of its history; where a transcript
    was replayed from another dialogue's recording (its scenario was renamed), the hash alone decides.
    """

    def __init__(self, transcripts: Iterable[Transcript], recorded: Iterable[Recording]) -> None:
        """Take the transcripts that count, and all recordings."""
        uses = {
            (transcript.id, turn.turn, completion.history_sha256)
            for transcript in transcripts
            for turn in transcript.turns
            for completion in turn.all_completions
        }
        self._own = uses & {_use(recording) for recording in recorded}
        self._others = {sha256 for _dialogue, _turn, sha256 in uses - self._own}

    def __contains__(self, line: bytes) -> bool:
        """Say whether the recording in a completion's line is used."""
        recording = Recording.from_line(line)
        return _use(recording) in self._own or recording.request.history_sha256 in self._others


def _use(recording: Recording) -> _Use:
    return recording.place.dialogue, recording.place.turn, recording.request.history_sha256
