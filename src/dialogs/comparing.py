"""Compares two transcript files of any size: an index of each in memory, the dialogues read from disk in pairs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final

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
    """The comparisons of all pairs; those that are the same to the byte are kept, since there is little to them."""

    def __init__(
        self, found: Sequence[Pair[Line]], baseline: IndexedTranscripts, candidate: IndexedTranscripts, judge: Judge
    ) -> None:
        self._pairs = found
        self._baseline = baseline
        self._candidate = candidate
        self._judge = judge
        self._turns_if_same: Callable[[bytes, bytes], tuple[int, ...] | None] | None = None
        if len(found) >= _MANY:
            from dialogs.same_lines import turns_if_same  # noqa: PLC0415 - for few, importing takes longer

            self._turns_if_same = turns_if_same
        self._same: dict[int, DialogueComparison] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, item: object) -> bool:
        return any(item == each for each in self)

    def __iter__(self) -> Iterator[DialogueComparison]:
        for index, pair in enumerate(self._pairs):
            yield self._same.get(index) or self._compared(index, pair)

    def _compared(self, index: int, pair: Pair[Line]) -> DialogueComparison:
        before, after = pair.baseline, pair.candidate
        if len(before) == 1 and after is not None and (same := self._same_to_the_byte(before[0], after)):
            self._same[index] = same
            return same
        ((variants, candidate),) = _read([pair], self._baseline, self._candidate)
        return compare_pair(variants, candidate, self._judge)

    def _same_to_the_byte(self, before: Line, after: Line) -> DialogueComparison | None:
        """Return the comparison of two lines that say the same, so that no more needs to be looked at."""
        if self._turns_if_same is None or after.is_resampled:
            return None
        turns = self._turns_if_same(self._baseline.data(before), self._candidate.data(after))
        return DialogueComparison(Label.SAME, before.id, after.id, _same_turns(turns)) if turns is not None else None


@cache
def _same_turns(numbers: tuple[int, ...]) -> tuple[TurnComparison, ...]:
    return tuple(TurnComparison(number, Label.SAME) for number in numbers)
