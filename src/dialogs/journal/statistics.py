"""What a cassette or journal holds, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dialogs.chat import ChatReply, Usage
from dialogs.encoding import decode
from dialogs.errors import WrongUseError
from dialogs.journal.cassette import endpoints_of
from dialogs.journal.contents import Contents, read_recording, whole_lines
from dialogs.journal.ledger import Ledger
from dialogs.journal.recordings import is_completion
from dialogs.journal.records import EndpointIdentity
from dialogs.opened_files import open_lines
from dialogs.record import Record, RecordError
from dialogs.transcript import read_usage


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one file. `ledger` counts requests, which a journal knows and a cassette does not."""

    recordings: int
    dialogues: int
    endpoints: Mapping[str, tuple[EndpointIdentity, ...]]
    usage: Usage
    size: int
    torn: int
    ledger: Ledger


def statistics(path: Path) -> Statistics:
    """Count what a file holds.

    Raises:
        WrongUseError: the file cannot be opened.
        UnreadableJournalError: a record in it is damaged.
    """
    contents = Contents()
    dialogues: set[str] = set()
    prompt = completion = 0
    try:
        with open_lines(path) as file:
            for line in whole_lines(file, path):
                contents.take(line, path)
                if is_completion(line.data):
                    recording = read_recording(line, path)
                    dialogues.add(recording.place.dialogue)
                    usage = _usage(recording.reply)
                    prompt += usage.prompt_tokens
                    completion += usage.completion_tokens
            torn = file.tell() - contents.end
        size = path.stat().st_size
    except OSError as error:
        raise WrongUseError(f"{path}: {error.strerror}; wanted a cassette or journal") from None
    return Statistics(
        recordings=contents.recorded,
        dialogues=len(dialogues),
        endpoints=endpoints_of(contents.runs),
        usage=Usage(prompt, completion),
        size=size,
        torn=torn,
        ledger=contents.ledger,
    )


def _usage(reply: ChatReply) -> Usage:
    if not reply.body:
        return reply.usage or Usage()
    try:
        return read_usage(Record(decode(reply.body)).record("usage"))
    except RecordError:
        return Usage()
