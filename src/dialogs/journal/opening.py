"""Opens the journal of a run: refused, gone on with, or begun afresh where an earlier run left one."""

import os
import socket
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from dialogs.clock import Clock
from dialogs.errors import UnreadableJournalError, WrongUseError
from dialogs.journal.contents import Contents, read_contents, refuse_other_files
from dialogs.journal.files import FileOperations, write_whole
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.lines import seal
from dialogs.journal.locking import open_locked, unwritable
from dialogs.journal.records import RunStart
from dialogs.journal.recovery import read_others, set_aside_torn, take_in
from dialogs.journal.runs import difference
from dialogs.journal.spilling import spills_of


class Beginning(Enum):
    """What to do with the journal that an earlier run left: refuse, go on with it, or throw it away."""

    NEW = "new"
    RESUME = "resume"
    FRESH = "fresh"


def journal_path(output: Path) -> Path:
    """Return where the journal of the run stands that writes `output`."""
    return output.with_name(f"{output.name}.journal")


def open_journal(path: Path, beginning: Beginning, options: JournalOptions, clock: Clock) -> Journal:
    """Open a journal, repair what a crash left torn in it, and note the run's start in it.

    Raises:
        WrongUseError: another process writes it; an earlier run left it, and `beginning` is NEW; or `beginning` is
            RESUME, and the earlier run had another endpoint or `-m`, or left batches that this one does not take.
        UnreadableJournalError: a record in it is damaged.
        JournalFailedError: the disk does not take it.
    """
    descriptor = open_locked(path, options.operations)
    try:
        start = _start(options, clock)
        forsaken = _clear(descriptor, path, options.operations) if beginning is Beginning.FRESH else ()
        others = (*options.earlier, *spills_of(path))
        contents = _left_behind(descriptor, path, others, beginning, start, takes_batches=options.takes_batches)
        notices = forsaken + _repair(descriptor, path, others, contents, options.operations)
        write_whole(options.operations, descriptor, seal(options.redactor.data(start.fields())))
        options.operations.sync(descriptor)
        return Journal(path, descriptor, contents, options, clock=clock, notices=notices)
    except OSError as error:
        os.close(descriptor)
        raise unwritable(path, error) from None
    except BaseException:
        os.close(descriptor)
        raise


def _start(options: JournalOptions, clock: Clock) -> RunStart:
    return RunStart(
        endpoints=options.endpoints,
        chosen=options.chosen,
        pid=os.getpid(),
        host=socket.gethostname(),
        started_at=clock.now().isoformat(timespec="seconds"),
    )


def _clear(descriptor: int, path: Path, operations: FileOperations) -> tuple[str, ...]:
    """Throw away what is there; return what a person should know of it."""
    with open(descriptor, "rb", closefd=False) as file:
        refuse_other_files(file, path)
        try:
            contents = read_contents(file, path)
        except UnreadableJournalError:  # which is no reason to keep it
            contents = Contents()
    operations.truncate(descriptor, 0)
    for spill in tuple(spills_of(path)):
        spill.unlink()
    return tuple(
        f"{note.batch_id} goes on at the provider, and is billed, unless it is cancelled there: "
        f"{path} knew of it, and is thrown away"
        for note in contents.outstanding_batches
        if note.batch_id is not None
    )


def _left_behind(
    descriptor: int, path: Path, others: Sequence[Path], beginning: Beginning, start: RunStart, *, takes_batches: bool
) -> Contents:
    """Read what earlier runs left, and refuse what this run must not touch."""
    with open(descriptor, "rb", closefd=False) as file:
        contents = read_contents(file, path)
    spilled = read_others(others)
    if contents.is_empty and spilled.is_empty:
        return contents
    if beginning is Beginning.NEW:
        raise WrongUseError(_refusal(path, contents, contents.recorded + spilled.recorded))
    different = difference(contents.runs + spilled.runs, start)
    if different:
        raise WrongUseError(
            f"{path} is the journal of another run: {different}. Use what it was begun with, choose another output "
            "with -o, or throw the journal and its replies away with --fresh"
        )
    if contents.outstanding and not takes_batches:
        raise WrongUseError(
            f"{path} is the journal of a run with {_at_provider(contents)}: --executor batch goes on with it and takes "
            "their replies in, --fresh throws it away"
        )
    return contents


def _refusal(path: Path, contents: Contents, replies: int) -> str:
    batches = f" and {_at_provider(contents)}" if contents.outstanding else ""
    return (
        f"{path} holds {replies} paid {'reply' if replies == 1 else 'replies'}{batches} of a run that did not finish: "
        "--resume goes on with it, --fresh throws it away"
    )


def _at_provider(contents: Contents) -> str:
    count = len(contents.outstanding)
    return f"{count} {'request' if count == 1 else 'requests'} in batches at the provider"


def _repair(
    descriptor: int, path: Path, others: Sequence[Path], contents: Contents, operations: FileOperations
) -> tuple[str, ...]:
    notices = []
    aside = set_aside_torn(descriptor, path, contents, operations)
    if aside:
        notices.append(f"{path}: its last record was torn, by a crash or a full disk, and is set aside in {aside}")
    if contents.is_empty:  # the start of a run that asked nothing binds no other run
        operations.truncate(descriptor, 0)
        contents.runs.clear()
        contents.end = 0
    taken = take_in(others, descriptor, contents, operations)
    if taken:
        notices.append(f"{path}: took in what could not be written to it before; replies: {taken}")
    return tuple(notices)
