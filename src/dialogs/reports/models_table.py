"""Models against models, where one file has several: how often two reply the same, and how alike their words are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from dialogs.compare import Comparison, Label
from dialogs.reports.screen import Part, Span, Style, paragraph
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.reports.wrapping import display_width

_WITHOUT_REPLY: Final = (Label.ERROR, Label.MISSING, Label.ADDED)
_GAP: Final = "  "
_CELL: Final = 4


@dataclass(frozen=True, slots=True)
class Alike:
    """Two models: the turns that both have, those with the same reply, and the mean likeness of the words, 0 to 1."""

    turns: int
    same: int
    likeness: float


def alike(to_the_letter: Comparison, by_words: Comparison) -> Alike:
    """Count over two comparisons of the same two models: one to the letter, one by the lexical metric."""
    counts = to_the_letter.turn_counts()
    turns = sum(number for label, number in counts.items() if label not in _WITHOUT_REPLY)
    likenesses = [
        1.0 if turn.label is Label.SAME else turn.similarity or 0.0
        for dialogue in by_words.dialogues
        for turn in dialogue.turns
        if turn.label not in _WITHOUT_REPLY
    ]
    return Alike(turns, counts.get(Label.SAME, 0), sum(likenesses) / max(len(likenesses), 1))


def models_table(models: Sequence[str], compared: Callable[[str, str], Alike]) -> Iterator[Part]:
    """Lay out each two models twice: above the diagonal the share of same replies, below it the likeness."""
    found = {pair: compared(*pair) for pair in combinations(models, 2)}
    names = [f"{number} {harmless_line(model)}" for number, model in enumerate(models, 1)]
    width = max(map(display_width, names))
    yield paragraph("Above the diagonal: turns with the same reply. Below it: the mean likeness of the words.")
    heads = [" " * width, *(str(number).rjust(_CELL) for number in range(1, len(models) + 1))]
    yield paragraph(Span(_GAP.join(heads), Style.STRONG))
    for name, model in zip(names, models, strict=True):
        cells = [_cell(model, other, found).rjust(_CELL) for other in models]
        yield paragraph(_GAP.join([name + " " * (width - display_width(name)), *cells]))
    turns = [each.turns for each in found.values()]
    fewest = f"{min(turns):,} to " if min(turns) != max(turns) else ""
    yield paragraph(Span(f"over {fewest}{count(max(turns), 'turn')}, each model on its own history", Style.FAINT))


def _cell(model: str, other: str, found: Mapping[tuple[str, str], Alike]) -> str:
    if model == other:
        return "·"
    if (pair := found.get((model, other))) is not None:
        return f"{pair.same / pair.turns:.0%}" if pair.turns else "-"
    pair = found[other, model]
    return f"{pair.likeness:.2f}" if pair.turns else "-"
