"""A comparison for the comment of a pull request: a table, the causes, then the worst changes, folded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Final

from dialogs.compare import Comparison, DialogueComparison, Input, InputDifference, Label
from dialogs.reports.changes import change_parts
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.comparison_text import input_kind
from dialogs.reports.dialogue_text import dialogue_parts
from dialogs.reports.markdown import MOST, code, cut, details, diff_lines, fence, html_code, size, table
from dialogs.reports.summary import count
from dialogs.reports.verdicts import SEVERITY, headline, is_listed, labels_of, spoken

_MOST_CAUSES: Final = 5
_MOST_NAMES: Final = 20
# More than fit, even where each is as short as can be.
_MOST_BLOCKS: Final = 250
# Kept for what comes after the blocks, but for the names that it may hold.
_RESERVE: Final = 1_000


def comparison_markdown(comparison: Comparison, files: ComparedFiles, *, most: int = MOST) -> str:
    """Write the comparison in at most `most` characters; what is not shown is counted."""
    differing = _Differing(comparison)
    before = "\n\n".join(_before(comparison))
    after = [*_names(differing), *_accept(comparison, files)]
    room = most - size(before) - sum(size(part) + 2 for part in after) - _RESERVE
    blocks: list[str] = []
    for dialogue in differing.worst:
        block = _block(dialogue)
        if size(block) + 2 > room:
            break
        room -= size(block) + 2
        blocks.append(block)
    return "\n\n".join([before, *blocks, *_hidden(differing.number - len(blocks), files), *after]) + "\n"


class _Differing:
    """The dialogues that differ, gone through once: the worst of those that have a block, and names of the others."""

    def __init__(self, comparison: Comparison) -> None:
        self.number = 0
        self.one_sided: dict[Label, list[str]] = {Label.MISSING: [], Label.ADDED: []}
        self.worst = nsmallest(_MOST_BLOCKS, self._with_block(comparison), key=_rank)

    def _with_block(self, comparison: Comparison) -> Iterator[DialogueComparison]:
        for dialogue in comparison.differing():
            if is_listed(dialogue):
                self.one_sided[dialogue.label].append(dialogue.id)
            else:
                self.number += 1
                yield dialogue


def _hidden(dialogues: int, files: ComparedFiles) -> Iterator[str]:
    if dialogues:
        differ = "differs and is" if dialogues == 1 else "differ and are"
        yield f"{count(dialogues, 'more dialogue')} {differ} not shown here: {code(files.diff)} shows all."


def _rank(dialogue: DialogueComparison) -> tuple[int, int]:
    """Order the worst label first, and among equals the one with more turns that are not the same."""
    changed = sum(turn.label is not Label.SAME for turn in dialogue.turns)
    return SEVERITY.index(labels_of(dialogue)[0]), -changed


def _before(comparison: Comparison) -> Iterator[str]:
    counts = comparison.dialogue_counts()
    total = sum(counts.values())
    differ = total - counts.get(Label.SAME, 0)
    yield (
        f"## {differ:,} of {count(total, 'dialogue')} {'differs' if differ == 1 else 'differ'}"
        if differ
        else (f"## {count(total, 'dialogue')}: nothing differs")
    )
    yield _counts(comparison)
    if rules := comparison.sameness.rules():
        yield "\n".join(["Compared so:", "", *(f"- {code(rule)}" for rule in rules)])
    if comparison.inputs():
        yield f"**What went in differently**{', and is the likely cause' if differ else ''}:"
        yield from _causes(comparison.inputs())


def _counts(comparison: Comparison) -> str:
    rows = {
        "dialogues": comparison.dialogue_counts(),
        "turns": comparison.turn_counts(),
        "expectations": comparison.expectation_counts(),
    }
    rows = {name: counts for name, counts in rows.items() if counts}
    labels = [label for label in Label if any(label in counts for counts in rows.values())]
    return table(["", *map(spoken, labels)], [_row(name, labels, counts) for name, counts in rows.items()])


def _row(name: str, labels: Iterable[Label], counts: Mapping[Label, int]) -> list[str]:
    return [name, *(f"{counts[label]:,}" if label in counts else "" for label in labels)]


def _causes(inputs: Sequence[tuple[InputDifference, int]]) -> Iterator[str]:
    lines: list[str] = []
    for kind in Input:
        found = [each for each in inputs if each[0].input is kind]
        for difference, dialogues in found[:_MOST_CAUSES]:
            if kind in {Input.SYSTEM, Input.SCRIPT}:
                yield _long_cause(difference, dialogues)
            else:
                lines.append(_short_cause(difference, dialogues))
        if len(found) > _MOST_CAUSES:
            lines.append(f"- {input_kind(kind)}: {count(len(found) - _MOST_CAUSES, 'difference')} more")
    if lines:
        yield "\n".join(lines)


def _short_cause(difference: InputDifference, dialogues: int) -> str:
    old, new = ("not set" if text is None else code(text) for text in (difference.baseline, difference.candidate))
    name = f" {code(difference.name)}" if difference.name else ""
    return f"- {input_kind(difference.input)}{name}: {old} → {new} ({count(dialogues, 'dialogue')})"


def _long_cause(difference: InputDifference, dialogues: int) -> str:
    name = f" {html_code(difference.name)}" if difference.name else ""
    parts = change_parts(difference.baseline, difference.candidate, indent=1, full=False)
    summary = f"{input_kind(difference.input)}{name} ({count(dialogues, 'dialogue')})"
    return details(summary, fence(cut(diff_lines(parts)), "diff"))


def _block(dialogue: DialogueComparison) -> str:
    place = f" <sub>{html_code(dialogue.place)}</sub>" if dialogue.place else ""
    summary = f"{html_code(dialogue.id)}: {headline(dialogue)}{place}"
    return details(summary, fence(cut(diff_lines(dialogue_parts(dialogue))), "diff"))


def _names(differing: _Differing) -> Iterator[str]:
    for label, names in differing.one_sided.items():
        if names:
            side = "baseline" if label is Label.MISSING else "candidate"
            more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
            listed = ", ".join(code(name) for name in names[:_MOST_NAMES])
            yield f"**{label}**, {count(len(names), 'dialogue')} only in the {side}: {listed}{more}"


def _accept(comparison: Comparison, files: ComparedFiles) -> Iterator[str]:
    if comparison.is_acceptable and files.accept:
        yield f"To accept:\n\n{fence([files.accept], 'sh')}"
