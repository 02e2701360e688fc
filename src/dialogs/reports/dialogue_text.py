"""One dialogue of a comparison as a person reads it: each changed turn with a word diff, the rest folded."""

from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.compare import DialogueComparison, Label, TurnComparison
from dialogs.model_text import ModelText
from dialogs.reports.changes import change_parts
from dialogs.reports.screen import Part, Rule, Span, Style, paragraph
from dialogs.reports.terminal import harmless_line
from dialogs.reports.verdicts import (
    Difference,
    differences,
    error_sentences,
    errors_elsewhere,
    expectation_sentence,
    failed_here,
    folded,
    is_folded,
    named_turns,
    noise_sentence,
    numbered,
    spoken,
)

_INDENT: Final = 2
_MOST_OF_A_LINE: Final = 60
_QUIET: Final = {
    Label.KNOCK_ON,
    Label.UNATTRIBUTED,
    Label.UNREACHED,
    Label.NOT_DISTINGUISHABLE,
    Label.MISSING,
    Label.ADDED,
}
STYLES: Final[Mapping[Label, Style]] = {
    Label.SAME: Style.GOOD,
    Label.MASKED: Style.BAD,
    Label.KNOCK_ON: Style.WARNING,
    Label.CHANGED: Style.BAD,
    Label.UNATTRIBUTED: Style.WARNING,
    Label.UNREACHED: Style.WARNING,
    Label.UNSTABLE: Style.WARNING,
    Label.NOT_DISTINGUISHABLE: Style.WARNING,
    Label.ERROR: Style.BAD,
    Label.MISSING: Style.BAD,
    Label.ADDED: Style.WARNING,
    Label.REGRESSION: Style.BAD,
    Label.FIX: Style.GOOD,
    Label.UNMET: Style.BAD,
}


def dialogue_parts(dialogue: DialogueComparison, *, full: bool = False) -> Iterator[Part]:
    """Lay out one dialogue under its name; long texts are cut to their changes unless `full`."""
    yield Rule(dialogue.id)
    for note in dialogue.notes:
        yield paragraph(Span(harmless_line(note), Style.FAINT))
    yield from _turns(dialogue, full=full)
    for sentence in errors_elsewhere(dialogue):
        yield paragraph(Span(harmless_line(sentence), STYLES[Label.ERROR]))


def _turns(dialogue: DialogueComparison, *, full: bool) -> Iterator[Part]:
    """Give the turns in order; those with one line come after the one that they follow from."""
    waiting: dict[Label, list[int]] = {}
    unreached: list[int] = []
    for turn in dialogue.turns:
        if is_folded(turn):
            waiting.setdefault(turn.label, []).append(turn.turn)
        elif turn.label is Label.ERROR and not turn.expectations and not failed_here(turn, dialogue):
            unreached.append(turn.turn)
        elif turn.label is not Label.SAME or turn.expectations:
            yield from _turn(turn, dialogue, full=full)
    for label, numbers in waiting.items():
        yield from _folded(label, numbers)
        yield from _noise_of(dialogue, label)
    if unreached:
        was = "was" if len(unreached) == 1 else "were"
        yield paragraph(Span(f"{named_turns(unreached)} {was} not reached", STYLES[Label.ERROR]))


def _folded(label: Label, turns: list[int]) -> Iterator[Part]:
    if turns:
        yield paragraph(Span(folded(label, turns), STYLES[label]))


def _noise_of(dialogue: DialogueComparison, label: Label) -> Iterator[Part]:
    if label is Label.NOT_DISTINGUISHABLE:
        for turn in dialogue.turns:
            if turn.label is label and turn.noise:
                sentence = f"turn {turn.turn}: {noise_sentence(turn.noise, label)}"
                yield paragraph(Span(sentence, Style.FAINT), indent=_INDENT)


def _turn(turn: TurnComparison, dialogue: DialogueComparison, *, full: bool) -> Iterator[Part]:
    user = Span(f"  {one_line(turn.user)}" if turn.user else "", Style.FAINT)
    yield paragraph(Span(f"{numbered(turn)} {spoken(turn.label)}", STYLES[turn.label]), user)
    if turn.label is Label.ERROR:
        for sentence in error_sentences(turn, dialogue):
            yield paragraph(Span(harmless_line(sentence)), indent=_INDENT)
    elif turn.label is not Label.SAME and not _is_quiet(turn):
        for difference in differences(turn):
            yield from _difference(difference, full=full)
    for change in turn.expectations:
        style = STYLES[change.label]
        yield paragraph(Span(ModelText(harmless_line(expectation_sentence(change))), style), indent=_INDENT)
    yield from _evidence(turn)


def _is_quiet(turn: TurnComparison) -> bool:
    """Say whether what differs is not the turn's own doing, so that a diff of it says nothing."""
    return turn.label in _QUIET


def _evidence(turn: TurnComparison) -> Iterator[Part]:
    facts = [turn.reason] if turn.label in {Label.MASKED, Label.UNSTABLE} or turn.pinned else []
    if turn.similarity is not None:
        facts.append(f"likeness {turn.similarity:.2f}")
    sentences = ["; ".join(filter(None, facts)), noise_sentence(turn.noise, turn.label) if turn.noise else ""]
    for sentence in filter(None, sentences):
        yield paragraph(Span(harmless_line(sentence), Style.FAINT), indent=_INDENT)


def _difference(difference: Difference, *, full: bool) -> Iterator[Part]:
    title, old, new, is_short = difference
    if is_short:
        sides = (Span(one_line(old), Style.OLD), " → ", Span(one_line(new), Style.NEW))
        yield paragraph(f"{title}: ", *sides, indent=_INDENT)
        return
    if title:
        yield paragraph(Span(f"{title}:", Style.STRONG), indent=_INDENT)
    yield from change_parts(old, new, indent=_INDENT, full=full)


def one_line(text: ModelText | None) -> str:
    """Show a text on one line, cut; None is what is not set."""
    if text is None:
        return "not set"
    line = harmless_line(text)
    return line if len(line) <= _MOST_OF_A_LINE else f"{line[: _MOST_OF_A_LINE - 1]}…"
