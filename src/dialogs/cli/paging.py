"""The HTML page of transcript files, or of a comparison, from files that are read a dialogue at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dialogs.cli.collecting import collector_off
from dialogs.cli.reporting import Sides
from dialogs.compare import Comparison, DialogueComparison
from dialogs.encoding import JsonObject
from dialogs.errors import NothingSelectedError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.page import PageOptions, PagePair, page
from dialogs.transcript import Transcript


@dataclass(frozen=True, slots=True)
class _ComparedPairs(Iterable[PagePair]):
    """The pairs of a comparison with their transcripts, read anew at each iteration."""

    comparison: Comparison
    sides: Sides
    only: Collection[str] | None = None

    def __iter__(self) -> Iterator[PagePair]:
        for dialogue in self.comparison.dialogues:
            if self.only is None or dialogue.id in self.only:
                yield self._pair(dialogue)

    def _pair(self, dialogue: DialogueComparison) -> PagePair:
        after, name = self.sides.candidate, dialogue.candidate_id
        return PagePair(None if name is None else after.named(name), self._baseline(dialogue), dialogue)

    def _baseline(self, dialogue: DialogueComparison) -> Transcript | None:
        variants = self.sides.baseline.lines_of(dialogue.baseline_id)
        compared = next((line for line in variants if line.variant == dialogue.baseline_variant), None)
        return None if compared is None else self.sides.baseline.transcript(compared)


@dataclass(frozen=True, slots=True)
class _Pairs(Iterable[PagePair]):
    """The dialogues of some files, one after the other."""

    files: Sequence[IndexedTranscripts]

    def __iter__(self) -> Iterator[PagePair]:
        for file in self.files:
            yield from map(PagePair, file)


def comparison_page(comparison: Comparison, files: ComparedFiles, sides: Sides | None) -> Iterator[str]:
    """Give the lines of a comparison's page; `sides` are its files, where they are open already."""
    title = f"{files.candidate} against {files.baseline}"
    with ExitStack() as opened:
        read = sides or Sides(*(_opened(Path(name), opened) for name in (files.baseline, files.candidate)))
        yield from _lines(page(_ComparedPairs(comparison, read), PageOptions(title, files.accept)))


def review_page(
    comparison: Comparison, sides: Sides, title: str, only: Collection[str], review: JsonObject
) -> Iterator[str]:
    """Give the lines of the page on which the dialogues of these ids are decided; `review` is for its program."""
    yield from _lines(page(_ComparedPairs(comparison, sides, only), PageOptions(title, review=review)))


def transcripts_page(paths: Sequence[Path]) -> Iterator[str]:
    """Give the lines of the page of some transcript files.

    Raises:
        NothingSelectedError: they hold no dialogue.
        UnreadableTranscriptError: one cannot be read.
    """
    with ExitStack() as opened:
        with collector_off():
            files = [_opened(path, opened) for path in paths]
        if not any(file.lines for file in files):
            raise NothingSelectedError(f"{', '.join(map(str, paths))}: no dialogue to show")
        yield from _lines(page(_Pairs(files), PageOptions(", ".join(map(str, paths)))))


def _opened(path: Path, files: ExitStack) -> IndexedTranscripts:
    return IndexedTranscripts(open_transcripts(path, files), str(path))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Cut a stream of pieces, which end anywhere, at the ends of lines, several of which may come together."""
    rest: list[str] = []
    for piece in pieces:
        whole, newline, last = piece.rpartition("\n")
        if newline:
            yield "".join([*rest, whole])
            rest = []
        rest.append(last)
    if any(rest):
        yield "".join(rest)
