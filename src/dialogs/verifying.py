"""Holds a transcript's messages against the hashes of the histories that were sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.chat import History, message_from_record
from dialogs.transcript import CompletionRecord, Transcript

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first turn of a dialogue whose messages are not those of its recorded history, and what is wrong there."""

    turn: int
    reason: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"turn {self.turn}: {self.reason}"


def histories(transcript: Transcript) -> int:
    """Count the histories whose hashes a transcript holds."""
    return sum(len(turn.completions) for turn in transcript.turns)


def verify(transcript: Transcript) -> Mismatch | None:
    """Recompute the hash of each history that was sent; return the first turn that is wrong."""
    history = History()
    checked = 0
    for turn, completion in sorted(_completions(transcript), key=lambda pair: pair[1].reply):
        if not _is_reply(transcript, completion.reply):
            return Mismatch(turn, f"message {completion.reply + 1} is not the reply that the turn records")
        for data in transcript.messages[checked : completion.reply]:
            history.append(message_from_record(data, transcript.send_back))
        if history.sha256 != completion.history_sha256:
            return Mismatch(turn, _changed(checked + 1, completion, history.sha256))
        checked = completion.reply
    return None


def _completions(transcript: Transcript) -> Iterator[tuple[int, CompletionRecord]]:
    for turn in transcript.turns:
        for completion in turn.completions:
            yield turn.turn, completion


def _is_reply(transcript: Transcript, index: int) -> bool:
    return 0 < index < len(transcript.messages) and transcript.messages[index].get("role") == "assistant"


def _changed(first: int, completion: CompletionRecord, computed: str) -> str:
    """Name the messages, counted from 1, that no earlier turn vouches for."""
    last = completion.reply
    where = f"messages {first} to {last} are" if first < last else f"message {last} is"
    recorded = completion.history_sha256
    return (
        f"{where} not what was sent before the reply: history_sha256 is {recorded[:_SHOWN]}…, the transcript's "
        f"messages give {computed[:_SHOWN]}…"
    )
