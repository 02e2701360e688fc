"""Compares two transcript files of any size: an index of each in memory, the dialogues read from disk in pairs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final, TypeAlias

from dialogs.compare import Comparison, DialogueComparison, Label, TurnComparison
from dialogs.compare.dialogues import compare_pair
from dialogs.compare.likeness import Likeness, Rules
from dialogs.compare.pairing import Pair, models, pairs
from dialogs.compare.resampling import measured_noise, resampled_turns
from dialogs.compare.turns import Judge
from dialogs.indexed_transcripts import IndexedTranscripts, Line
from dialogs.sameness import Sameness
from dialogs.transcript import Transcript

_MANY: Final = 30
_TurnsIfSame: TypeAlias = Callable[[bytes, bytes], tuple[int, ...] | None]
_CompareQuickly: TypeAlias = Callable[[bytes, bytes, Rules], DialogueComparison | None]
# Of the lines whose comparisons are kept, in bytes; a comparison holds less than its lines do.
_ROOM: Final = 64 * 1024 * 1024


def compare_files(
    baseline: IndexedTranscripts,
    candidate: IndexedTranscripts,
    sameness: Sameness | None = None,
    *,
    semantic: Likeness | None = None,
) -> Comparison:
    """Compare as `dialogs.compare.compare` does; what differs is read and compared anew at each look.

    Raises:
        WrongUseError: a file holds one dialogue twice, or a rule of what to ignore cannot be read.
        UnreadableTranscriptError: a dialogue cannot be read; also while the comparison is gone through.
    """
    rules = sameness or Sameness()
    judged_by = Rules(rules, semantic)
    paired = list(pairs(baseline.lines, candidate.lines))
    again = [pair for pair in paired if pair.candidate and pair.candidate.is_resampled]
    noise = measured_noise(lambda: resampled_turns(_read(again, baseline, candidate)), judged_by)
    dialogues = _Dialogues(paired, baseline, candidate, Judge(judged_by, noise))
    return Comparison(dialogues, rules, models(baseline.lines), models(candidate.lines))


def _read(
    paired: Iterable[Pair[Line]], baseline: IndexedTranscripts, candidate: IndexedTranscripts
) -> Iterator[tuple[Sequence[Transcript], Transcript | None]]:
    for pair in paired:
        variants = [baseline.transcript(line) for line in pair.baseline]
        yield variants, candidate.transcript(pair.candidate) if pair.candidate else None


class _Dialogues(Collection[DialogueComparison]):
    """The comparisons of all pairs; kept are those that are the same to the byte, and as many others as there is room.

    There is little to the first, and room for so many of the others that people look at all of them.
    """

    def __init__(
        self, found: Sequence[Pair[Line]], baseline: IndexedTranscripts, candidate: IndexedTranscripts, judge: Judge
    ) -> None:
        self._pairs = found
        self._baseline = baseline
        self._candidate = candidate
        self._judge = judge
        self._quick: tuple[_TurnsIfSame, _CompareQuickly] | None = None
        if len(found) >= _MANY:
            from dialogs.quick_pairs import compare_quickly  # noqa: PLC0415 - for few, importing takes longer
            from dialogs.same_lines import turns_if_same  # noqa: PLC0415 - as above

            self._quick = turns_if_same, compare_quickly
        self._kept: dict[int, DialogueComparison] = {}
        self._room = _ROOM

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, item: object) -> bool:
        return any(item == each for each in self)

    def __iter__(self) -> Iterator[DialogueComparison]:
        for index, pair in enumerate(self._pairs):
            yield self._kept.get(index) or self._compared(index, pair)

    def _compared(self, index: int, pair: Pair[Line]) -> DialogueComparison:
        compared = self._at_a_glance(pair)
        if compared is None:
            ((variants, candidate),) = _read([pair], self._baseline, self._candidate)
            compared = compare_pair(variants, candidate, self._judge)
        if compared.differs or compared.inputs:
            size = sum(line.length for line in (*pair.baseline, pair.candidate) if line)
            if size > self._room:
                return compared
            self._room -= size
        self._kept[index] = compared
        return compared

    def _at_a_glance(self, pair: Pair[Line]) -> DialogueComparison | None:
        """Compare two lines without making transcripts of them; None where that cannot be done."""
        if self._quick is None or len(pair.baseline) != 1 or pair.candidate is None or pair.candidate.is_resampled:
            return None
        before, after = pair.baseline[0], pair.candidate
        old, new = self._baseline.data(before), self._candidate.data(after)
        turns_if_same, compare_quickly = self._quick
        turns = turns_if_same(old, new)
        if turns is not None:
            return DialogueComparison(Label.SAME, before.id, after.id, _same_turns(turns))
        return compare_quickly(old, new, self._judge.rules)


@cache
def _same_turns(numbers: tuple[int, ...]) -> tuple[TurnComparison, ...]:
    return tuple(TurnComparison(number, Label.SAME) for number in numbers)
