"""A comparison as a person reads it: the counts, the likely causes, then each changed turn with a word diff."""

from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.compare import Comparison, Input, InputDifference, Label
from dialogs.reports.changes import change_parts
from dialogs.reports.dialogue_text import STYLES, dialogue_parts, one_line
from dialogs.reports.screen import BLANK, Paragraph, Part, Span, Style, paragraph
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.reports.verdicts import is_listed, rules_sentence, spoken

_INDENT: Final = 2
_MOST_CAUSES: Final = 5
_MOST_NAMES: Final = 20
# From so many dialogues on, the counts have left the screen when the report ends.
_LONG: Final = 4


def comparison_parts(comparison: Comparison, *, full: bool = False, accept: str | None = None) -> Iterator[Part]:
    """Lay out a comparison; long texts are cut to their changes unless `full`.

    `accept` is the command that takes the candidate's side into the baseline.
    """
    counts = list(_counts(comparison))
    yield from counts
    yield from _causes(comparison, full=full)
    one_sided: dict[Label, list[str]] = {Label.MISSING: [], Label.ADDED: []}
    shown = 0
    for dialogue in comparison.differing():
        if is_listed(dialogue):
            one_sided[dialogue.label].append(dialogue.id)
            continue
        shown += 1
        yield BLANK
        yield from dialogue_parts(dialogue, full=full)
    for label, names in one_sided.items():
        yield from _one_sided(label, names, full=full)
    if shown >= _LONG:
        yield BLANK
        yield from counts
    if accept is not None and comparison.is_acceptable:
        yield BLANK
        yield Paragraph((Span("To accept: "), Span(harmless_line(accept), Style.STRONG)), is_wrapped=False)


def _counts(comparison: Comparison) -> Iterator[Paragraph]:
    yield _count_line("dialogue", comparison.dialogue_counts())
    yield _count_line("turn", comparison.turn_counts())
    if comparison.expectation_counts():
        yield _count_line("expectation", comparison.expectation_counts())
    if rules := harmless_line(rules_sentence(comparison.sameness)):
        yield paragraph(Span(rules, Style.FAINT))


def _count_line(noun: str, counts: Mapping[Label, int]) -> Paragraph:
    spans: list[Span | str] = [count(sum(counts.values()), noun)]
    for label, number in counts.items():
        spans += [", " if len(spans) > 1 else ": ", Span(f"{number:,} {spoken(label)}", STYLES[label])]
    return paragraph(*spans)


def _causes(comparison: Comparison, *, full: bool) -> Iterator[Part]:
    """Say what was put in differently, the likely cause where anything differs; the commonest of each kind first."""
    if not comparison.inputs():
        return
    yield BLANK
    cause = ", and is the likely cause" if comparison.dialogue_counts().keys() - {Label.SAME} else ""
    yield paragraph(Span(f"What went in differently{cause}:", Style.STRONG))
    shown = dict.fromkeys(Input, 0)
    for difference, dialogues in comparison.inputs():
        shown[difference.input] += 1
        if full or shown[difference.input] <= _MOST_CAUSES:
            where = Span(f"  ({count(dialogues, 'dialogue')})", Style.FAINT)
            yield from input_parts(difference, where, full=full)
    for kind, number in shown.items():
        if number > _MOST_CAUSES and not full:
            more = count(number - _MOST_CAUSES, "difference")
            yield paragraph(
                Span(f"{input_kind(kind)}: {more} more (dialogs diff --full shows all)", Style.FAINT), indent=_INDENT
            )


def input_kind(kind: Input) -> str:
    """Name what was put in."""
    return {Input.PARAMS: "parameter", Input.SYSTEM: "system prompt"}.get(kind, kind.value.replace("_", " "))


def input_parts(difference: InputDifference, *where: Span, full: bool) -> Iterator[Part]:
    """Show one difference of what was put in, and `where` behind its name."""
    name = " ".join(filter(None, (input_kind(difference.input), harmless_line(difference.name))))
    if difference.input in {Input.SYSTEM, Input.SCRIPT}:
        yield paragraph(name, *where, indent=_INDENT)
        yield from change_parts(difference.baseline, difference.candidate, indent=2 * _INDENT, full=full)
    else:
        old, new = (one_line(text) for text in (difference.baseline, difference.candidate))
        sides = (Span(old, Style.OLD), " → ", Span(new, Style.NEW))
        yield paragraph(f"{name}: ", *sides, *where, indent=_INDENT)


def _one_sided(label: Label, names: list[str], *, full: bool) -> Iterator[Part]:
    if not names:
        return
    side = "baseline" if label is Label.MISSING else "candidate"
    yield BLANK
    yield paragraph(Span(f"{label}: {count(len(names), 'dialogue')} only in the {side}", STYLES[label]))
    shown = names if full else names[:_MOST_NAMES]
    for name in shown:
        yield paragraph(harmless_line(name), indent=_INDENT)
    if len(names) > len(shown):
        yield paragraph(
            Span(f"and {len(names) - len(shown):,} more (dialogs diff --full shows all)", Style.FAINT), indent=_INDENT
        )
