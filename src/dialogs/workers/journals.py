"""The journals of a run: one beside the output, and one for each part that a process of its own plays."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dialogs.clock import Clock
from dialogs.errors import DialogsError, WrongUseError
from dialogs.journal.batches import BatchNote
from dialogs.journal.claims import Claims
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.ledger import Ledger
from dialogs.journal.locking import holder, lock
from dialogs.journal.opening import Beginning, journal_path, open_journal
from dialogs.journal.spilling import spills_of
from dialogs.parts import CLUSTER_FILE, part_of_journal, part_path, parts_folder
from dialogs.sharding import Part, parts

if TYPE_CHECKING:
    from dialogs.journal.earlier import Earlier


_PATIENCE_S: Final = 3.0
_POLL_S: Final = 0.02


def open_run_journal(output: Path, beginning: Beginning, options: JournalOptions, clock: Clock) -> Journal:
    """Open the journal of a run that one process plays; what processes of an earlier run kept is taken in.

    Raises:
        DialogsError: as `open_journal` does.
    """
    journal = _open(output, beginning, options, clock)
    clear(parts_folder(output))
    return journal


def _wait_for_orphans(journal: Path, folder: Path) -> None:
    """Give the processes of a run that was killed the moment that they need to end; they hold its lock until then."""
    patience = time.monotonic() + _PATIENCE_S
    while journal.exists() and folder.exists() and time.monotonic() < patience:
        with journal.open("rb") as file:
            if lock(file.fileno(), journal) or is_alive(holder(file.fileno())):
                return
        time.sleep(_POLL_S)


def is_alive(pid: int | None) -> bool:
    """Say whether there is a process of this number."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _left_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.glob("*.journal") if part_of_journal(path)))


def _refuse_cluster(folder: Path, beginning: Beginning) -> None:
    """Leave the parts of a run on a cluster alone, but where all is to be thrown away."""
    if not (folder / CLUSTER_FILE).exists():
        return
    if beginning is not Beginning.FRESH:
        raise WrongUseError(
            f"{folder} holds the parts of a run on a cluster that did not finish, and the replies paid for them: "
            "--engine ray --resume goes on with it, --fresh throws it away"
        )
    shutil.rmtree(folder)


def _remove(journal: Path) -> None:
    for path in (journal, *spills_of(journal)):
        path.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove the transcripts of parts, and the folder where nothing else is in it."""
    for path in (*folder.glob("*-of-*.jsonl"), *folder.glob("*-of-*.jsonl.partial")):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it is not empty, or not there
        folder.rmdir()


class RunJournals:
    """The journals of a run in several processes.

    That beside the output is this process's, and keeps any other run from the output; it holds what earlier runs of
    another number of processes kept. Each part's is its process's to write.
    """

    def __init__(self, output: Path, beginning: Beginning, options: JournalOptions, clock: Clock, count: int) -> None:
        """Open the journals of a run in `count` parts.

        Raises:
            DialogsError: as `open_journal` does.
        """
        self._clock = clock
        self._output = output
        own = {journal_path(part_path(output, part)) for part in parts(count)}
        kept = own if beginning is Beginning.RESUME else set()
        self._anchor = _open(output, beginning, options, clock, kept)
        self.notices = self._anchor.notices
        self._options = replace(options, dialogues=None, earlier=())
        self._journals: dict[Part, Journal] = {}
        self._earlier: tuple[Earlier, ...] = ()
        self._ledgers: dict[Part, Ledger] = {}
        self._failures: list[str] = []
        try:
            for part in parts(count):
                self.notices += self.open(part).notices
            if beginning is Beginning.RESUME:
                every = (self._anchor, *self._journals.values())
                self._earlier = tuple(each.earlier(options.dialogues or (), Claims()) for each in every)
        except BaseException:  # whatever it was: there is nobody who would close them
            self.let_go(self._journals)
            self._anchor.let_go()
            raise

    def open(self, part: Part) -> Journal:
        """Open a part's journal for the process that is about to be started; with what it holds, where it holds any."""
        path = journal_path(part_path(self._output, part))
        journal = open_journal(path, Beginning.RESUME, self._options, self._clock)
        journal.look_into(self._earlier)
        self._journals[part] = journal
        self._ledgers[part] = journal.ledger
        return journal

    def of(self, part: Part) -> Journal:
        """Return a part's open journal."""
        journal = self._journals.get(part) or self.open(part)
        journal.look_into(self._earlier)
        return journal

    def let_go(self, given: Iterable[Part]) -> None:
        """Close in this process the journals of parts, which other processes write."""
        for part in tuple(given):
            journal = self._journals.pop(part, None)
            if journal is not None:
                journal.let_go()

    def recount(self, part: Part) -> None:
        """Count what a part's journal holds whose process has ended without a word of it."""
        try:
            self.open(part)
        except DialogsError as error:
            self._failures.append(str(error))
        self.let_go((part,))

    def note(self, part: Part, ledger: Ledger, failure: str | None) -> None:
        """Take note of how a part's journal stands at its end."""
        self._ledgers[part] = ledger
        if failure is not None:
            self._failures.append(failure)

    @property
    def path(self) -> Path:
        """Where the replies are."""
        return parts_folder(self._output)

    @property
    def paths(self) -> Sequence[Path]:
        """Where the replies are: the files."""
        return (self._anchor.path, *(journal_path(part_path(self._output, part)) for part in self._ledgers))

    @property
    def ledger(self) -> Ledger:
        """What became of all requests so far, of this run and of those before it."""
        ledgers = (self._anchor.ledger, *self._ledgers.values())
        return sum(ledgers, Ledger())

    @property
    def outstanding_batches(self) -> list[BatchNote]:
        """The batches that an earlier run left at the provider."""
        return self._anchor.outstanding_batches

    @property
    def failure(self) -> str | None:
        """Why a journal takes no records any more; None where all is well."""
        return "\n".join(self._failures) or None

    async def close(self) -> None:
        """Free the output. The files stay, for a resume."""
        self._close_all()
        await self._anchor.close()

    def _close_all(self) -> None:
        self.let_go(self._journals)
        for earlier in self._earlier:
            earlier.close()

    def remove(self) -> None:
        """Remove the journals of a run that is whole."""
        self._close_all()
        for path in self.paths[1:]:
            path.unlink(missing_ok=True)
        clear(self.path)
        self._anchor.remove()


def _open(
    output: Path,
    beginning: Beginning,
    options: JournalOptions,
    clock: Clock,
    kept: AbstractSet[Path] = frozenset(),
) -> Journal:
    """Open the journal beside the output; what is left of parts is taken in, or thrown away, but for those `kept`."""
    _refuse_cluster(parts_folder(output), beginning)
    _wait_for_orphans(journal_path(output), parts_folder(output))
    left = [path for path in _left_in(parts_folder(output)) if path not in kept]
    is_fresh = beginning is Beginning.FRESH
    earlier = () if is_fresh else tuple(file for path in left for file in (path, *spills_of(path)))
    journal = open_journal(journal_path(output), beginning, replace(options, earlier=earlier), clock)
    if is_fresh:
        for path in left:
            _remove(path)
    return journal
