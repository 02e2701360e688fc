"""The new baseline that accepting makes: what it is written from, and what is said about it."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dialogs.accepting import Kept, Slot, Taken, accepted, merged
from dialogs.cli.choosing import Chosen, Wish
from dialogs.cli.output import write_lines
from dialogs.errors import WrongUseError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts, stable_line
from dialogs.journal.files import replacing
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line

_REFUSED: Final = 3
_MOST_NAMED: Final = 10


def check_files(candidate: Path, baseline: Path, wish: Wish) -> None:
    """Find out whether the files can be what they are to be.

    Raises:
        WrongUseError: they cannot.
    """
    if str(candidate) == "-" and wish.review:
        raise WrongUseError("--review asks on standard input, so the candidate cannot come from there")
    if str(baseline) == "-" or baseline.is_dir():
        raise WrongUseError(f"{baseline}: wanted the name of the baseline's file")
    with suppress(OSError):
        if candidate.samefile(baseline):
            raise WrongUseError(f"{candidate} is the baseline itself; wanted two files")


def open_baseline(path: Path, files: ExitStack) -> BinaryIO:
    """Open the baseline; one that is not there yet holds nothing."""
    if path.exists():
        return open_transcripts(path, files)
    nothing: BinaryIO = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    return nothing


@dataclass(frozen=True, slots=True)
class Writing:
    """The new baseline, and what is said about it."""

    baseline: IndexedTranscripts
    candidate: IndexedTranscripts
    chosen: Chosen
    wish: Wish

    @property
    def is_needed(self) -> bool:
        """Whether the file would be another than it is."""
        unstable = any(not line.is_stable for line in self.baseline.lines)
        return bool(self.chosen.taken or self.chosen.removed) or unstable

    def _slots(self) -> Sequence[Slot]:
        return merged(
            [(line.id, line.variant) for line in self.baseline.lines],
            self.chosen.pairs(line.id for line in self.candidate.lines),
            taken=self.chosen.taken,
            removed=self.chosen.removed,
            beside=self.wish.variant,
        )

    def write(self, path: Path) -> None:
        """Write the new baseline in the place of the old one, in one step."""
        with replacing(path) as write:
            for slot in self._slots():
                write(self._line(slot))

    def _line(self, slot: Slot) -> bytes:
        """Give a line: one that stays is not even written in another form, unless it holds what varies."""
        match slot:
            case Taken():
                return stable_line(accepted(self.candidate.named(slot.id), slot.variant))
            case Kept():
                line = self.baseline.lines[slot.line]
                return self.baseline.data(line) if line.is_stable else stable_line(self.baseline.transcript(line))

    def report(self, baseline: Path) -> int:
        """Name on stdout what was done, and on stderr what was not; return the exit code."""
        write_lines([harmless_line(f"{verb} {name}") for verb, name in self.done()])
        for sentence in self._sentences(baseline):
            _say(harmless_line(sentence))
        return _REFUSED if self.chosen.refused else 0

    def done(self) -> Iterator[tuple[str, str]]:
        """Give what is done with each dialogue that enters or leaves, and its id."""
        for slot in self._slots():
            if isinstance(slot, Taken):
                verb = "variant" if slot.variant > 1 else "replaced" if slot.replaced else "added"
                yield verb, slot.id
        yield from (("removed", name) for name in sorted(self.chosen.removed))

    def _sentences(self, baseline: Path) -> Iterator[str]:
        chosen = self.chosen
        removed = f", {count(len(chosen.removed), 'dialogue')} removed" if chosen.removed else ""
        same = "" if chosen.taken or chosen.removed or self.wish.review else ": nothing in it is new"
        yield f"{baseline}: {count(len(chosen.taken), 'dialogue')} accepted{removed}{same}"
        if chosen.unmet:
            yield f"accepted although an expectation is unmet: {_listed(chosen.unmet)}"
        if chosen.gone:
            which = "of no scenario any more" if self.wish.scenarios else "not in the candidate"
            yield f"{which}, and kept (--prune removes): {_listed(chosen.gone)}"
        for name, reason in chosen.refused[:_MOST_NAMED]:
            yield f"not accepted: {name}: {reason}"
        if len(chosen.refused) > _MOST_NAMED:
            yield f"and {len(chosen.refused) - _MOST_NAMED:,} more"
        if chosen.refused:
            yield "what was not completed on its own replies cannot be accepted; `dialogs run` plays it again"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
