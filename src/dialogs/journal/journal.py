"""The journal of a run: every reply on disk before it is believed, so that a run goes on where it broke off."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dialogs.chat import ChatReply, ChatRequest, CompletionPlace, Fault
from dialogs.clock import Clock
from dialogs.errors import JournalFailedError
from dialogs.journal.appending import Appender
from dialogs.journal.batches import BatchNote, BatchStep
from dialogs.journal.claims import Claims
from dialogs.journal.compact import Progress
from dialogs.journal.contents import Contents
from dialogs.journal.earlier import Earlier
from dialogs.journal.files import SYSTEM, FileOperations
from dialogs.journal.ledger import Ledger
from dialogs.journal.lines import seal
from dialogs.journal.reading import Recordings, Unclaimed
from dialogs.journal.recordings import Recording, recording_fields
from dialogs.journal.records import EndpointIdentity, failed_fields, identity, sent_fields
from dialogs.redaction import Redactor

_LINES_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """What a journal needs to know of its run.

    `endpoints` are those of the run by model name, `chosen` what `-m` named, `dialogues` the names of all dialogues
    that are played (replies of others may be taken by key alone). `redactor` keeps secrets out of each record.
    `takes_batches` says that the run fetches the replies of batches that an earlier one has left at their provider;
    `places` is how many dialogues it plays at the same time.
    What the journals `earlier` hold is taken in, and they are removed: nobody writes them any more.
    """

    endpoints: Mapping[str, EndpointIdentity]
    chosen: tuple[str, ...] = ()
    dialogues: Container[str] | None = None
    redactor: Redactor = field(default_factory=Redactor)
    takes_batches: bool = False
    places: int = 0
    operations: FileOperations = SYSTEM
    earlier: tuple[Path, ...] = ()


class Journal:
    """An open journal; this process is its one writer until `close` or `remove`.

    `notices` tell a person what was repaired at the opening.
    """

    def __init__(
        self,
        path: Path,
        descriptor: int,
        contents: Contents,
        options: JournalOptions,
        *,
        clock: Clock,
        notices: tuple[str, ...] = (),
    ) -> None:
        """Go on with a file that `open_journal` has opened, locked and repaired."""
        self.path = path
        self.notices = notices
        self.redactor = options.redactor
        self._clock = clock
        self._sent, self._recorded, self._failed = contents.sent, contents.recorded, contents.failed
        self._reused = 0
        self._recordings = Recordings(descriptor, path, contents.index)
        claimed = options.dialogues
        self._unclaimed = Unclaimed(path, self._recordings, claimed) if claimed is not None else None
        self._index = contents.index
        self._earlier: Sequence[Earlier] = ()
        self._appender = Appender(path, descriptor, options.operations)
        self._progress = Progress(options.places)
        self._attempts: dict[CompletionPlace, int] = {}
        self._batches, self._outstanding = contents.batches, contents.outstanding

    @property
    def paths(self) -> Sequence[Path]:
        """Where the replies are: the files."""
        return (self.path,)

    @property
    def ledger(self) -> Ledger:
        """What became of all requests so far, of this run and of those before it."""
        return Ledger(self._sent, self._recorded, self._failed, self._reused, len(self._outstanding))

    @property
    def failure(self) -> str | None:
        """Why the journal takes no records any more, where the replies are, and what to do; None where all is well."""
        return self._appender.failure_report

    def find(self, key: str, request: ChatRequest) -> Recording | None:
        """Return what an earlier run kept for a request: at its place, or of a dialogue that is played no more.

        A run asks once for a place, so what this one records is not held to be looked up.
        """
        if not (self._recordings or self._earlier):
            return None
        found = self._recordings.find(self.redactor.data(identity(key, request.place)))
        if found is None and self._unclaimed is not None:
            found = self._unclaimed.take(key)
        if found is None:
            return self._find_earlier(key, request)
        self._progress.reached(request)
        self._reused += 1
        return found[1]

    def _find_earlier(self, key: str, request: ChatRequest) -> Recording | None:
        """Look into other journals; what comes next of the dialogue is then recorded whole, since it is not here."""
        name = self.redactor.data(identity(key, request.place))
        found = next(filter(None, (each.at(name) for each in self._earlier)), None)
        if found is None:
            found = next(filter(None, (each.take(key) for each in self._earlier)), None)
        self._reused += found is not None
        return found

    def look_into(self, earlier: Sequence[Earlier]) -> None:
        """Find also what these hold: this journal's own recordings of before, and those of other processes."""
        self._earlier = earlier

    def earlier(self, dialogues: Container[str], claims: Claims) -> Earlier:
        """Return what this journal held at its opening, for all processes of a run that plays `dialogues`."""
        return Earlier(self.path, self._index, dialogues, claims)

    def let_go(self) -> None:
        """Close the file in this process, to which another process has been given it to write."""
        self._appender.close()

    @property
    def batches(self) -> Mapping[int, BatchNote]:
        """All batches by number, those of earlier runs too."""
        return self._batches

    @property
    def outstanding_batches(self) -> list[BatchNote]:
        """The batches that requests of unknown end are in, in order."""
        return [self._batches[number] for number in sorted(set(self._outstanding.values())) if number in self._batches]

    def batch_of(self, key: str, place: CompletionPlace) -> int | None:
        """Return the number of the batch that a request of unknown end is in; None where it is in none."""
        return self._outstanding.get(self._name(key, place)) if self._outstanding else None

    async def plan_batch(self, note: BatchNote, requests: Iterable[tuple[str, CompletionPlace]]) -> None:
        """Return when it is on the disk that a batch is about to be handed over, with the requests (key, place) in it.

        Raises:
            JournalFailedError: nothing may be sent any more.
        """
        self._batches[note.number] = note
        lines = [self._sealed(note.fields())]
        for key, place in requests:
            lines.append(self._line_in_batch(key, place, note.number))
            if len(lines) == _LINES_AT_ONCE:
                self._appender.append(b"".join(lines))
                lines.clear()
        await self._appender.keep(b"".join(lines))

    def _line_in_batch(self, key: str, place: CompletionPlace, number: int) -> bytes:
        attempt = self._attempts.get(place, 0) + 1
        self._attempts[place] = attempt
        self._sent += 1
        self._outstanding[self._name(key, place)] = number
        return self._sealed(sent_fields(key, place, attempt, number))

    async def note_batch(self, note: BatchNote) -> None:
        """Return when it is on the disk how far a batch has come.

        Raises:
            JournalFailedError: the journal takes no records any more.
        """
        self._batches[note.number] = note
        if note.step is BatchStep.VOID:
            of_batch = [name for name, number in self._outstanding.items() if number == note.number]
            self._failed += len(of_batch)
            for name in of_batch:
                del self._outstanding[name]
        await self._appender.keep(self._sealed(note.fields()))

    def _name(self, key: str, place: CompletionPlace) -> int:
        return hash(self.redactor.data(identity(key, place)))

    def _settled(self, key: str, place: CompletionPlace) -> None:
        """Take note that the end of a request is known."""
        if self._outstanding:
            self._outstanding.pop(self._name(key, place), None)

    def mark_sent(self, key: str, place: CompletionPlace) -> None:
        """Note, without waiting for the disk, that a request is about to be sent.

        Raises:
            JournalFailedError: nothing may be sent any more.
        """
        attempt = self._attempts.get(place, 0) + 1
        self._appender.append(self._sealed(sent_fields(key, place, attempt)))
        self._attempts[place] = attempt
        self._sent += 1

    def mark_failed(self, key: str, place: CompletionPlace, fault: Fault) -> None:
        """Note, without waiting for the disk, that the request sent last for `place` brought no completion.

        Raises:
            JournalFailedError: the journal takes no records any more.
        """
        self._appender.append(self._sealed(failed_fields(key, place, self._attempts.get(place, 1), fault)))
        self._failed += 1
        self._settled(key, place)

    def forget_attempts(self, place: CompletionPlace) -> None:
        """Take note that no more requests are sent for `place`."""
        self._attempts.pop(place, None)

    async def record(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        """Return when a completion is on the disk. It is written at once, and stays so where the wait is cancelled.

        Raises:
            JournalFailedError: it could be written nowhere.
        """
        at = self._clock.now().isoformat(timespec="milliseconds")
        first = self._progress.first_new(request)
        line = self._sealed(recording_fields(key, request, first, reply, at))
        self._progress.reached(request)
        self._recorded += 1
        self._settled(key, request.place)
        try:
            await self._appender.keep(line)
        except JournalFailedError:
            self._recorded -= 1
            raise

    def _sealed(self, fields: bytes) -> bytes:
        return seal(self.redactor.data(fields))

    async def close(self) -> None:
        """Bring everything to the disk and free the lock. The file stays, for a resume."""
        await self._appender.finish()
        self._appender.close()

    def remove(self) -> None:
        """Close the journal of a run that is whole, and remove its file."""
        if self.failure is None:
            self._appender.remove()
        self._appender.close()
