"""What a journal or cassette holds, found in one pass with memory for the index alone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from dialogs.encoding import decode
from dialogs.errors import UnreadableJournalError, WrongUseError
from dialogs.journal.batches import BatchNote, BatchStep
from dialogs.journal.ledger import Ledger
from dialogs.journal.lines import FIELDS, FORMAT, Line, LineState, may_be_records, newer_format, read_lines
from dialogs.journal.recordings import Recording, identity_in, is_completion
from dialogs.journal.records import BATCH, COMPLETION, FAILED, RUN, SENT, RunStart, batch_in, identity_of_attempt
from dialogs.opened_files import open_lines
from dialogs.record import Record, RecordError

_START: Final = 4096


@dataclass(slots=True)
class Contents:
    """The records of a file: an index of the completions, the starts of runs, and counts.

    `index` leads from the hash of a completion's identity to the offset of its line, the last one where there are
    several. `outstanding` leads from the hash of a request's identity to the number of the batch that it is in, for as
    long as nothing is known of its end. `end` is the offset behind the last whole line; a torn line from there on is
    `torn` bytes long.
    """

    index: dict[int, int] = field(default_factory=dict)
    runs: list[RunStart] = field(default_factory=list)
    batches: dict[int, BatchNote] = field(default_factory=dict)
    outstanding: dict[int, int] = field(default_factory=dict)
    recorded: int = 0
    sent: int = 0
    failed: int = 0
    end: int = 0
    torn: int = 0

    @property
    def outstanding_batches(self) -> list[BatchNote]:
        """The batches that requests of unknown end are in, in order."""
        return [self.batches[number] for number in sorted(set(self.outstanding.values())) if number in self.batches]

    @property
    def ledger(self) -> Ledger:
        """The requests of all runs that wrote the file."""
        return Ledger(self.sent, self.recorded, self.failed, outstanding=len(self.outstanding))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked yet."""
        return not (self.recorded or self.sent or self.failed)

    def take(self, line: Line, path: Path) -> None:
        """Take note of the next whole line."""
        _number, offset, data, _state = line
        if data.startswith(COMPLETION, FIELDS):
            name = hash(identity_in(data))
            self.index[name] = offset
            self.outstanding.pop(name, None)
            self.recorded += 1
        elif data.startswith(SENT, FIELDS):
            self._take_sent(data)
        elif data.startswith(FAILED, FIELDS):
            self.failed += 1
            if self.outstanding:
                self.outstanding.pop(hash(identity_of_attempt(data, FAILED)), None)
        elif data.startswith(BATCH, FIELDS):
            self._take_batch(line, path)
        elif is_run(data):
            self.runs.append(read_run(line, path))
        self.end = offset + len(data)

    def _take_sent(self, line: bytes) -> None:
        self.sent += 1
        batch = batch_in(line)
        if batch is not None:
            self.outstanding[hash(identity_of_attempt(line, SENT))] = batch

    def _take_batch(self, line: Line, path: Path) -> None:
        try:
            note = BatchNote.from_record(Record(decode(line.data)))
        except RecordError as error:
            raise UnreadableJournalError(f"{path}:{line.number}: {error}") from None
        self.batches[note.number] = note
        if note.step is BatchStep.VOID:
            of_batch = [name for name, number in self.outstanding.items() if number == note.number]
            self.failed += len(of_batch)
            for name in of_batch:
                del self.outstanding[name]


def read_contents(file: BinaryIO, path: Path) -> Contents:
    """Read a record file whole.

    Raises:
        UnreadableJournalError: a line other than a torn last one is damaged, or of a newer format.
    """
    refuse_other_files(file, path)
    contents = Contents()
    for line in whole_lines(file, path):
        contents.take(line, path)
    contents.torn = os.fstat(file.fileno()).st_size - contents.end
    return contents


def refuse_other_files(file: BinaryIO, path: Path) -> None:
    """Leave files alone that are something else: what looks torn or damaged in them is not ours to repair.

    Raises:
        UnreadableJournalError: the file is no journal or cassette.
    """
    start = file.read(_START)
    file.seek(0)
    if not may_be_records(start):
        raise UnreadableJournalError(
            f"{path} is no journal or cassette; wanted a file that `dialogs run --record` has made, or a new name"
        )


def whole_lines(file: BinaryIO, path: Path) -> Iterator[Line]:
    """Give the whole lines of a record file, in order; a torn last line is passed over.

    Raises:
        UnreadableJournalError: a line other than a torn last one is damaged, or of a newer format.
    """
    for line in read_lines(file):
        if line.state is LineState.WHOLE:
            yield line
        elif line.state is LineState.DAMAGED:
            raise UnreadableJournalError(damage(line, path))


def damage(line: Line, path: Path) -> str:
    """Say what is wrong with a damaged line, and what to do."""
    newer = newer_format(line.data)
    if newer is not None:
        return f"{path}:{line.number}: format {newer} is newer than this program reads ({FORMAT}); upgrade dialogs-cli"
    return (
        f"{path}:{line.number}: the line is not as it was written (its checksum does not match); wanted a record of a "
        f"journal or cassette. `dialogs cassette prune --damaged {path}` moves damaged lines to a file beside it and "
        "keeps all others"
    )


def is_run(line: bytes) -> bool:
    """Say whether a whole line is the start of a run."""
    return line.startswith(RUN, FIELDS)


def read_run(line: Line, path: Path) -> RunStart:
    """Read the line of a run's start.

    Raises:
        UnreadableJournalError: a field is not what the format says.
    """
    try:
        return RunStart.from_record(Record(decode(line.data)))
    except RecordError as error:
        raise UnreadableJournalError(f"{path}:{line.number}: {error}") from None


def recordings(path: Path) -> Iterator[Recording]:
    """Give all recordings of a file, in order.

    Raises:
        WrongUseError: the file cannot be opened.
        UnreadableJournalError: a record in it is damaged.
    """
    try:
        with open_lines(path) as file:
            for line in whole_lines(file, path):
                if is_completion(line.data):
                    yield read_recording(line, path)
    except OSError as error:
        raise WrongUseError(f"{path}: {error.strerror}; wanted a cassette or journal") from None


def read_recording(line: Line, path: Path) -> Recording:
    """Read a completion's line.

    Raises:
        UnreadableJournalError: a field is not what the format says.
    """
    try:
        return Recording.from_line(line.data)
    except RecordError as error:
        raise UnreadableJournalError(f"{path}:{line.number}: {error}") from None
