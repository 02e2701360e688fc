"""Every error that stops a command, each with its exit code.

    DialogsError
    ├── WrongUseError                 2   flags, configuration
    │   ├── InvalidFilesError         2   scenario and configuration files, all faults at once
    │   ├── MissingKeyError           2   a model whose endpoint lacks a key
    │   ├── UnreadableTranscriptError 2   a transcript file with a broken line
    │   ├── UnreadableJournalError    2   a journal or cassette with a damaged record
    │   └── MissingModelError         2   weights or an extra that are not installed
    ├── NothingSelectedError          4
    └── IncompleteError               3   what could not be finished: an endpoint, a full disk
        ├── JournalFailedError        3   a journal that cannot be written any more
        ├── BaselineChangedError      3   a baseline that somebody else has changed meanwhile
        └── BaselineBusyError         3   a baseline that somebody else is writing

A completion that could not be had is no error but a value: `dialogs.chat.Fault`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text file; line and column count from 1, the column in characters. A line of 0: the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Write it as editors and compilers do."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class FileFault:
    """One thing wrong in a file: what was found and what was wanted."""

    place: Place
    message: str

    def __str__(self) -> str:
        """Write the fault on one line."""
        return f"{self.place}: {self.message}"


class DialogsError(Exception):
    """Anything that stops a command; its text is for the person who typed it."""

    exit_code: ClassVar[int] = 70


class WrongUseError(DialogsError):
    """The command, its flags or its configuration cannot be used as they are."""

    exit_code = 2


class InvalidFilesError(WrongUseError):
    """Files that could not be understood, with every fault found in them, in order."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        """Take the faults in the order in which they are to be read."""
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class MissingKeyError(WrongUseError):
    """A model's endpoint needs a key that is not set."""


class UnreadableTranscriptError(WrongUseError):
    """A transcript file that cannot be read, with the line and the fault."""


class UnreadableJournalError(WrongUseError):
    """A journal or cassette that cannot be read, with the line and a way on."""


class MissingModelError(WrongUseError):
    """Weights or packages of the embedded model that are not installed."""


class NothingSelectedError(DialogsError):
    """No dialogue is left to play or compare."""

    exit_code = 4


class IncompleteError(DialogsError):
    """Something could not be finished for a cause outside of the command."""

    exit_code = 3


class JournalFailedError(IncompleteError):
    """A journal that cannot be written any more: a full disk, a removed file."""


class BaselineChangedError(IncompleteError):
    """Somebody else has changed the baseline, which is left so."""


class BaselineBusyError(IncompleteError):
    """Somebody else is writing the baseline."""
