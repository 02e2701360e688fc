"""Cassettes are written whole: sorted, so that git shows what changed, and replaced in one step."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from dialogs.chat import CompletionPlace
from dialogs.errors import UnreadableJournalError
from dialogs.journal.cassette import endpoints_of
from dialogs.journal.contents import damage, is_run, read_contents, read_run, refuse_other_files, whole_lines
from dialogs.journal.files import SYSTEM, FileOperations, replacing
from dialogs.journal.lines import Line, LineState, newer_format, read_lines, seal
from dialogs.journal.locking import open_locked, unwritable
from dialogs.journal.reading import read_line_at
from dialogs.journal.recordings import identity_in, is_completion, place_bytes_in, place_in
from dialogs.journal.records import RunStart
from dialogs.journal.recovery import copy_aside, set_aside_torn
from dialogs.journal.spilling import spills_of
from dialogs.opened_files import open_anywhere

_Order: TypeAlias = tuple[str, int, int, int, str, int]
_Span: TypeAlias = tuple[_Order, int, int]  # the order, the file's number, the offset in it


@dataclass(frozen=True, slots=True)
class Added:
    """What a cassette gained: recordings in all, and how many older ones made way for them."""

    added: int
    replaced: int


class CassetteWriter:
    """A cassette that a run adds to: locked, and known to be whole, before anything is asked."""

    def __init__(self, path: Path, operations: FileOperations = SYSTEM, *, wait: bool = False) -> None:
        """Open `path`, making it where it is missing; where another process writes it, `wait` for its end.

        Raises:
            WrongUseError: another process writes it.
            UnreadableJournalError: a record in it is damaged.
            JournalFailedError: the disk does not take it.
        """
        self.path = path
        self._operations = operations
        self._descriptor = open_locked(path, operations, wait=wait)
        try:
            _settle(self._descriptor, path, operations)
        except BaseException:
            os.close(self._descriptor)
            raise

    def add(self, *journals: Path) -> Added:
        """Take in the recordings of journals, in place of those that the cassette had for the same places.

        Raises:
            UnreadableJournalError: a record in the journal is damaged.
            JournalFailedError: the disk does not take it; the cassette stays as it was.
        """
        kept = (path for journal in journals for path in (journal, *spills_of(journal)))
        sources = [self.path, *filter(Path.exists, kept)]
        try:
            with ExitStack() as stack:
                merger = _Merger([(open_anywhere(path, stack), path) for path in sources])
                write = stack.enter_context(replacing(self.path, self._operations))
                for line in merger.lines():
                    write(line)
        except OSError as error:
            raise unwritable(self.path, error) from None
        return Added(merger.added, merger.replaced)

    def close(self) -> None:
        """Free the lock; a cassette that took nothing leaves no file."""
        if not os.fstat(self._descriptor).st_size and not self.path.stat().st_size:
            self.path.unlink()
        os.close(self._descriptor)


def _settle(descriptor: int, path: Path, operations: FileOperations) -> None:
    try:
        with ExitStack() as files:
            file = open_anywhere(path, files)
            contents = read_contents(file, path)
            if contents.torn and not os.path.samestat(os.fstat(file.fileno()), os.fstat(descriptor)):
                raise UnreadableJournalError(
                    f"{path}: its last record is torn; `dialogs cassette prune --damaged {path}` moves it to a file "
                    "beside it and keeps all others"
                )
        set_aside_torn(descriptor, path, contents, operations)
    except OSError as error:
        raise unwritable(path, error) from None


class _Merger:
    """Puts the recordings of a cassette (the first file) and of what is added to it in order."""

    def __init__(self, files: Sequence[tuple[BinaryIO, Path]]) -> None:
        self._files = files
        self._spans: dict[int, _Span] = {}
        self._runs: list[list[RunStart]] = [[] for _ in files]
        self.replaced = 0
        places: set[int] = set()
        for number in range(1, len(files)):
            for line in self._completions(number):
                places.add(hash(place_bytes_in(line.data)))
                self._take(number, line)
        self.added = len(self._spans)
        for line in self._completions(0):
            if hash(place_bytes_in(line.data)) in places:
                self.replaced += 1
            else:
                self._take(0, line)

    def _completions(self, number: int) -> Iterator[Line]:
        """Read a file through; the starts of runs in it are set apart."""
        file, path = self._files[number]
        for line in whole_lines(file, path):
            if is_completion(line.data):
                yield line
            elif is_run(line.data):
                self._runs[number].append(read_run(line, path))

    def _take(self, number: int, line: Line) -> None:
        self._spans[hash(identity_in(line.data))] = (_order(place_in(line.data)), number, line.offset)

    def lines(self) -> Iterator[bytes]:
        """Give the merged cassette: its endpoints, then its recordings in order."""
        for start in self._starts():
            yield seal(start.fields())
        for _order, number, offset in sorted(self._spans.values()):
            yield read_line_at(self._files[number][0].fileno(), offset)

    def _starts(self) -> Iterator[RunStart]:
        """Name each model's endpoints once, the newest in the last record."""
        endpoints = endpoints_of([run for runs in self._runs for run in runs])
        for age in reversed(range(max(map(len, endpoints.values()), default=0))):
            yield RunStart({name: known[age] for name, known in endpoints.items() if age < len(known)})


def _order(place: CompletionPlace) -> _Order:
    """Order by dialogue, samples by number, then by turn, round and arm."""
    stem, mark, sample = place.dialogue.rpartition("#")
    numbered = bool(mark) and sample.isdecimal()
    name, number = (stem, int(sample)) if numbered else (place.dialogue, 0)
    return sys.intern(name), number, place.turn, place.round, place.arm, place.resample


def prune(path: Path, keep: Callable[[bytes], bool], operations: FileOperations = SYSTEM) -> int:
    """Drop the recordings for which `keep`, given their line, says no; return how many.

    Raises:
        WrongUseError: another process writes the file.
        UnreadableJournalError: a record in it is damaged.
        JournalFailedError: the disk does not take it; the file stays as it was.
    """
    with _locked(path, operations) as (descriptor, file):
        _settle(descriptor, path, operations)
        file.seek(0)
        dropped = 0
        with replacing(path, operations) as write:
            for line in whole_lines(file, path):
                if is_completion(line.data) and not keep(line.data):
                    dropped += 1
                else:
                    write(line.data)
        return dropped


def move_damaged(path: Path, operations: FileOperations = SYSTEM) -> tuple[int, Path]:
    """Move damaged lines to a file beside a journal or cassette; return how many, and that file's path.

    Raises:
        WrongUseError: another process writes the file.
        UnreadableJournalError: a record is of a newer format.
        JournalFailedError: the disk does not take it; the file stays as it was.
    """
    aside = path.with_name(f"{path.name}.damaged")
    with _locked(path, operations) as (_descriptor, file):
        refuse_other_files(file, path)
        spans = tuple(_damaged_spans(file, path))
        if not spans:
            return 0, aside
        for start, end in spans:
            copy_aside(file.fileno(), start, end, aside, operations)
        file.seek(0)
        with replacing(path, operations) as write:
            for line in read_lines(file):
                if line.state is LineState.WHOLE:
                    write(line.data)
        return len(spans), aside


def _damaged_spans(file: BinaryIO, path: Path) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for line in read_lines(file):
        if start is not None:
            yield start, line.offset
        start = None if line.state is LineState.WHOLE else line.offset
        if line.state is LineState.DAMAGED and newer_format(line.data) is not None:
            raise UnreadableJournalError(damage(line, path))
    if start is not None:
        yield start, os.fstat(file.fileno()).st_size


@contextmanager
def _locked(path: Path, operations: FileOperations) -> Iterator[tuple[int, BinaryIO]]:
    descriptor = open_locked(path, operations)
    try:
        with ExitStack() as files:
            yield descriptor, open_anywhere(path, files)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        os.close(descriptor)
