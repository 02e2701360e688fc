"""What a review in the browser works on: two files, compared once, and what was decided of each dialogue so far."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dialogs.baseline_lock import locked_folder, state_of
from dialogs.cli.baseline_writing import Writing, check_files, open_baseline
from dialogs.cli.choosing import Wish, choose
from dialogs.cli.comparing import compare_transcripts
from dialogs.cli.paging import review_page
from dialogs.cli.reporting import Sides
from dialogs.compare import DialogueComparison, Label
from dialogs.errors import BaselineBusyError, BaselineChangedError, IncompleteError, NothingSelectedError, WrongUseError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.journal.files import make_folder, replacing

if TYPE_CHECKING:
    from dialogs.encoding import JsonObject


class Decision(StrEnum):
    """What becomes of a dialogue."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Choice:
    """A dialogue of the review: `verb` is what accepting it does, None where it cannot be accepted for `reason`."""

    id: str
    verb: str | None
    reason: str = ""


class Desk:
    """A review of a candidate against the baseline as it was found.

    The file is always made of that baseline and of what is accepted now, so that undoing restores it to the byte. A
    baseline that somebody else has changed since is never written: the review then begins anew, with another desk.
    """

    def __init__(self, candidate: Path, baseline: Path, wish: Wish) -> None:
        """Read both files.

        Raises:
            WrongUseError: the files cannot be what they are to be.
            NothingSelectedError: the candidate holds no dialogue.
            IncompleteError: the baseline's folder cannot be used, or an `accept` is at work in it.
        """
        check_files(candidate, baseline, wish)
        self._names = candidate, baseline
        self._wish = wish
        self._path = baseline.resolve()
        self._files = ExitStack()
        with self._locked():
            self._state = state_of(self._path)
            after = IndexedTranscripts(open_transcripts(candidate, self._files), str(candidate))
            self._original = open_baseline(self._path, self._files)
            before = IndexedTranscripts(self._original, str(baseline))
        if not after.lines:
            raise NothingSelectedError(f"{candidate}: no dialogue in this file to accept")
        self._was_there = self._state is not None
        self._sides = Sides(before, after)
        self._comparison = compare_transcripts(before, after, wish.sameness, wish.configuration, wish.meaning)
        self._chosen = choose(self._comparison, after, before, wish)
        self.choices = tuple(self._choices())
        self.decisions = [Decision.UNDECIDED] * len(self.choices)

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    @property
    def is_stale(self) -> bool:
        """Whether somebody else has changed the baseline."""
        return state_of(self._path) != self._state

    def page(self, revision: int) -> bytes:
        """Write the page; `revision` tells it from those of other desks."""
        ids = frozenset(choice.id for choice in self.choices)
        title = "{} against {}".format(*self._names)
        choices = tuple((choice.verb, choice.reason) for choice in self.choices)
        review: JsonObject = {"revision": revision, "choices": choices}
        lines = review_page(self._comparison, self._sides, title, ids, review)
        return "\n".join([*lines, ""]).encode()

    def decide(self, number: int, decision: Decision) -> None:
        """Decide on the dialogue that stands at `number` (from 0), and write the baseline where that changes it.

        Raises:
            WrongUseError: there is no such dialogue, or it cannot be accepted.
            BaselineChangedError: somebody else has changed the baseline, which is left so.
            BaselineBusyError: somebody else is writing it.
            IncompleteError: it could not be written; it is as it was.
        """
        if not 0 <= number < len(self.choices):
            raise WrongUseError(f"there is no dialogue {number} in this review")
        choice = self.choices[number]
        if choice.verb is None and decision is Decision.ACCEPTED:
            raise WrongUseError(f"{choice.id} cannot be accepted: {choice.reason}")
        before, self.decisions[number] = self.decisions[number], decision
        try:
            if Decision.ACCEPTED in {before, decision} and before is not decision:
                self._write()
        except BaseException:
            self.decisions[number] = before
            raise

    def done(self) -> Iterator[tuple[str, str]]:
        """Give what was done with each dialogue that was accepted, and its id."""
        return self._writing().done()

    def count(self, decision: Decision) -> int:
        """Count the dialogues that were decided so."""
        return self.decisions.count(decision)

    def _choices(self) -> Iterator[Choice]:
        refused = dict(self._chosen.refused)
        for dialogue in self._comparison.dialogues:
            verb = self._verb(dialogue)
            if verb is not None or dialogue.differs or dialogue.id in refused:
                yield Choice(dialogue.id, verb, refused.get(dialogue.id, _reason(dialogue)) if verb is None else "")

    def _verb(self, dialogue: DialogueComparison) -> str | None:
        if dialogue.candidate_id is None:
            return "remove" if dialogue.id in self._chosen.removed else None
        return "accept" if dialogue.id in self._chosen.taken else None

    def _writing(self) -> Writing:
        accepted = {
            choice.id
            for choice, decision in zip(self.choices, self.decisions, strict=True)
            if decision is Decision.ACCEPTED
        }
        chosen = replace(self._chosen, taken=self._chosen.taken & accepted, removed=self._chosen.removed & accepted)
        return Writing(self._sides.baseline, self._sides.candidate, chosen, self._wish)

    def _write(self) -> None:
        with self._locked():
            if self.is_stale:
                raise BaselineChangedError(f"{self._names[1]} was changed by somebody else, and is left so")
            if Decision.ACCEPTED in self.decisions:
                self._writing().write(self._path)
            elif self._was_there:
                _restore(self._original, self._path)
            else:
                self._path.unlink()
            self._state = state_of(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            make_folder(self._path.parent)
            with locked_folder(self._path.parent, self._refuse):
                yield
        except OSError as error:
            raise IncompleteError(f"{self._names[1]}: {error.strerror}; the baseline is as it was") from None

    def _refuse(self) -> None:
        raise BaselineBusyError(f"{self._names[1]}: an accept is at work on it; try again when that has ended")


def _reason(dialogue: DialogueComparison) -> str:
    if dialogue.label is Label.MISSING:
        return "not in the candidate, and kept: --prune lets it be removed"
    return "there is nothing new in it"


def _restore(original: BinaryIO, path: Path) -> None:
    original.seek(0)
    with replacing(path) as write:
        for piece in iter(lambda: original.read(1 << 20), b""):
            write(piece)
