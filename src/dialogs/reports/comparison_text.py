"""A comparison as a person reads it: the counts, the likely causes, then each changed turn with a word diff."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Final

from dialogs.compare import (
    Comparison,
    DialogueComparison,
    Input,
    InputDifference,
    Label,
    Reply,
    ToolCall,
    TurnComparison,
)
from dialogs.model_text import ModelText
from dialogs.reports.changes import change_parts
from dialogs.reports.screen import BLANK, Paragraph, Part, Rule, Span, Style, paragraph
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.transcript import TranscriptError

_INDENT: Final = 2
_MOST_OF_A_LINE: Final = 60
_MOST_CAUSES: Final = 5
_MOST_NAMES: Final = 20
# From so many dialogues on, the counts have left the screen when the report ends.
_LONG: Final = 4
_STYLES: Final[Mapping[Label, Style]] = {
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


def comparison_parts(comparison: Comparison, *, full: bool = False) -> Iterator[Part]:
    """Lay out a comparison; long texts are cut to their changes unless `full`."""
    counts = list(_counts(comparison))
    yield from counts
    yield from _causes(comparison, full=full)
    differing = [dialogue for dialogue in comparison.dialogues if dialogue.label in {Label.CHANGED, Label.ERROR}]
    for dialogue in differing:
        yield BLANK
        yield Rule(dialogue.id)
        yield from _dialogue(dialogue, full=full)
    for label, side in ((Label.MISSING, "baseline"), (Label.ADDED, "candidate")):
        names = [dialogue.id for dialogue in comparison.dialogues if dialogue.label is label]
        yield from _one_sided(label, side, names, full=full)
    if len(differing) >= _LONG:
        yield BLANK
        yield from counts


def _counts(comparison: Comparison) -> Iterator[Paragraph]:
    yield _count_line("dialogue", comparison.dialogue_counts())
    yield _count_line("turn", comparison.turn_counts())


def _count_line(noun: str, counts: Mapping[Label, int]) -> Paragraph:
    spans: list[Span | str] = [f"{count(sum(counts.values()), noun)}: "]
    for label, number in counts.items():
        spans += [Span(f"{number:,} {label}", _STYLES[label]), ", "]
    return paragraph(*spans[:-1])


def _causes(comparison: Comparison, *, full: bool) -> Iterator[Part]:
    """Say what was put in differently, since it is the likely cause; the commonest of each kind first."""
    if not comparison.inputs():
        return
    yield BLANK
    yield paragraph(Span("What went in differently, and is the likely cause:", Style.STRONG))
    shown = dict.fromkeys(Input, 0)
    for difference, dialogues in comparison.inputs():
        shown[difference.input] += 1
        if full or shown[difference.input] <= _MOST_CAUSES:
            yield from _cause(difference, dialogues, full=full)
    for kind, number in shown.items():
        if number > _MOST_CAUSES and not full:
            more = count(number - _MOST_CAUSES, "difference")
            yield paragraph(Span(f"{_kind(kind)}: {more} more (--full shows all)", Style.FAINT), indent=_INDENT)


def _kind(kind: Input) -> str:
    return {Input.PARAMS: "parameter", Input.SYSTEM: "system prompt"}.get(kind, kind.value.replace("_", " "))


def _cause(difference: InputDifference, dialogues: int, *, full: bool) -> Iterator[Part]:
    name = " ".join(filter(None, (_kind(difference.input), harmless_line(difference.name))))
    where = Span(f"  ({count(dialogues, 'dialogue')})", Style.FAINT)
    if difference.input in {Input.SYSTEM, Input.SCRIPT}:
        yield paragraph(name, where, indent=_INDENT)
        yield from change_parts(difference.baseline, difference.candidate, indent=2 * _INDENT, full=full)
    else:
        old, new = (_one_line(text) for text in (difference.baseline, difference.candidate))
        sides = (Span(old, Style.OLD), " → ", Span(new, Style.NEW))
        yield paragraph(f"{name}: ", *sides, where, indent=_INDENT)


def _one_line(text: ModelText | None) -> str:
    return "not set" if text is None else _cut(harmless_line(text), _MOST_OF_A_LINE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _dialogue(dialogue: DialogueComparison, *, full: bool) -> Iterator[Part]:
    later: list[int] = []
    unreached: list[int] = []
    for turn in dialogue.turns:
        if turn.label is Label.UNATTRIBUTED:
            later.append(turn.turn)
        elif turn.label is Label.ERROR and not _failed_here(turn, dialogue):
            unreached.append(turn.turn)
        elif turn.label is not Label.SAME:
            yield from _turn(turn, dialogue, full=full)
    if later:
        differ = "differs" if len(later) == 1 else "differ"
        text = f"{_turns(later)} {differ} too: unattributed, since the history before differs"
        yield paragraph(Span(text, _STYLES[Label.UNATTRIBUTED]))
    if unreached:
        was = "was" if len(unreached) == 1 else "were"
        yield paragraph(Span(f"{_turns(unreached)} {was} not reached", _STYLES[Label.ERROR]))


def _turns(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"turn {numbers[0]}"
    return f"turns {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _failed_here(turn: TurnComparison, dialogue: DialogueComparison) -> bool:
    return any(error is not None and error.turn == turn.turn for _, error in _sides_without_reply(turn, dialogue))


def _sides_without_reply(
    turn: TurnComparison, dialogue: DialogueComparison
) -> Iterator[tuple[str, TranscriptError | None]]:
    if not turn.baseline:
        yield "baseline", dialogue.baseline_error
    if not turn.candidate:
        yield "candidate", dialogue.candidate_error


def _turn(turn: TurnComparison, dialogue: DialogueComparison, *, full: bool) -> Iterator[Part]:
    user = Span(f"  {_one_line(turn.user)}" if turn.user else "", Style.FAINT)
    yield paragraph(Span(f"turn {turn.turn} {turn.label}", _STYLES[turn.label]), user)
    if turn.label is Label.ERROR:
        yield from _errors(turn, dialogue)
    elif turn.label is Label.CHANGED:
        for number, (old, new) in enumerate(zip_longest(turn.baseline, turn.candidate, fillvalue=Reply()), 1):
            if len(turn.baseline) > 1 and old != new:
                yield paragraph(Span(f"round {number}", Style.FAINT), indent=_INDENT)
            yield from _reply(old, new, full=full)


def _errors(turn: TurnComparison, dialogue: DialogueComparison) -> Iterator[Part]:
    for side, error in _sides_without_reply(turn, dialogue):
        if error is None:
            yield paragraph(f"the {side} was interrupted before", indent=_INDENT)
        else:
            status = "" if error.status is None else f" (HTTP {error.status})"
            kind = f"the {side} failed: {error.kind}{status}: "
            yield paragraph(Span(harmless_line(kind)), Span(harmless_line(error.message)), indent=_INDENT)


def _reply(old: Reply, new: Reply, *, full: bool) -> Iterator[Part]:
    if old.content != new.content:
        yield from change_parts(old.content, new.content, indent=_INDENT, full=full)
    if old.refusal != new.refusal:
        yield paragraph(Span("refusal:", Style.STRONG), indent=_INDENT)
        yield from change_parts(old.refusal, new.refusal, indent=_INDENT, full=full)
    if old.tool_calls != new.tool_calls:
        yield paragraph(Span("tool calls:", Style.STRONG), indent=_INDENT)
        yield from change_parts(_calls(old.tool_calls), _calls(new.tool_calls), indent=_INDENT, full=full)
    if old.finish_reason != new.finish_reason:
        reasons = (Span(str(old.finish_reason), Style.OLD), " → ", Span(str(new.finish_reason), Style.NEW))
        yield paragraph("finish reason: ", *reasons, indent=_INDENT)


def _calls(calls: Iterable[ToolCall]) -> ModelText | None:
    lines = [f"{call.name.raw} {call.arguments.raw}" for call in calls]
    return ModelText("\n".join(lines)) if lines else None


def _one_sided(label: Label, side: str, names: list[str], *, full: bool) -> Iterator[Part]:
    if not names:
        return
    yield BLANK
    yield paragraph(Span(f"{label}: {count(len(names), 'dialogue')} only in the {side}", _STYLES[label]))
    shown = names if full else names[:_MOST_NAMES]
    for name in shown:
        yield paragraph(harmless_line(name), indent=_INDENT)
    if len(names) > len(shown):
        yield paragraph(Span(f"and {len(names) - len(shown):,} more (--full shows all)", Style.FAINT), indent=_INDENT)
