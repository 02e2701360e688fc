"""What is said of labels, expectations, noise and errors, the same in every report.

The sentences hold a model's words where these were found, so all of them are `ModelText`, for the sink's encoder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from dialogs.compare import (
    DialogueComparison,
    ExpectationChange,
    Label,
    NoiseEvidence,
    Reply,
    ToolCall,
    TurnComparison,
)
from dialogs.encoding import JsonValue, encode_line
from dialogs.model_text import ModelText
from dialogs.reports.summary import count
from dialogs.sameness import Sameness
from dialogs.transcript import TranscriptError

_MOST_OF_A_VALUE: Final = 120
# Where the scenario's own id ends in a dialogue's.
_SCENARIO: Final = re.compile(r"[\[@]")
# What stands on one line of a report, and why; the other labels show what differs.
_FOLDED: Final[Mapping[Label, str]] = {
    Label.KNOCK_ON: "on the baseline's history {it_is} the same: a change before made the difference",
    Label.UNATTRIBUTED: "the replies before differ, and {it_was} not asked on the baseline's history",
    Label.UNREACHED: "not reached on the candidate's own history; the same on the baseline's",
    Label.NOT_DISTINGUISHABLE: "differs no more than the baseline differs from itself",
    Label.MISSING: "only in the baseline",
    Label.ADDED: "only in the candidate",
}
# The worst first, as far as a reader's time goes.
SEVERITY: Final = (
    Label.REGRESSION,
    Label.UNMET,
    Label.ERROR,
    Label.CHANGED,
    Label.MASKED,
    Label.MISSING,
    Label.UNATTRIBUTED,
    Label.UNSTABLE,
    Label.UNREACHED,
    Label.KNOCK_ON,
    Label.NOT_DISTINGUISHABLE,
    Label.FIX,
    Label.ADDED,
    Label.SAME,
)


def spoken(label: Label) -> str:
    """Write a label as words."""
    return label.value.replace("_", " ")


def labels_of(dialogue: DialogueComparison) -> list[Label]:
    """Give every label of a dialogue, its turns and their expectations, the worst first."""
    found = {dialogue.label, *(turn.label for turn in dialogue.turns)}
    found |= {change.label for turn in dialogue.turns for change in turn.expectations}
    return [label for label in SEVERITY if label in found]


def is_folded(turn: TurnComparison) -> bool:
    """Say whether one line is enough for a turn."""
    return turn.label in _FOLDED and not turn.expectations


def folded(label: Label, turns: Sequence[int]) -> str:
    """Say in one line what became of turns with the same label."""
    several = len(turns) > 1
    why = _FOLDED[label].format(it_is="they are" if several else "it is", it_was="they were" if several else "it was")
    return f"{named_turns(turns)} {spoken(label)}: {why}"


def named_turns(numbers: Sequence[int]) -> str:
    """Name turns: turn 3, turns 3 and 4, turns 3 to 9 and 12."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]  # noqa: PLR2004 - 3 and 4, but 3 to 5
    if len(numbers) == 1:
        return f"turn {words[0]}"
    return f"turns {', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else f"turns {words[0]}"


def numbered(turn: TurnComparison) -> str:
    """Name a turn, with the baseline's number where that is another one."""
    other = turn.baseline_turn
    return f"turn {turn.turn}" if other in {None, turn.turn} else f"turn {turn.turn} (turn {other} of the baseline)"


class Difference(NamedTuple):
    """One aspect of a reply on both sides; no `title` for the text of the reply itself, None for what is not there."""

    title: str
    old: ModelText | None
    new: ModelText | None
    is_short: bool = False


def differences(turn: TurnComparison) -> Iterator[Difference]:
    """Give what differs between the replies that a label is about: those on the same history where there are both."""
    replies = turn.pinned or turn.candidate
    several = max(len(turn.baseline), len(replies)) > 1
    for number, (old, new) in enumerate(zip_longest(turn.baseline, replies, fillvalue=Reply()), 1):
        for difference in _differences(old, new):
            yield difference._replace(title=f"round {number} {difference.title}".strip()) if several else difference


def _differences(old: Reply, new: Reply) -> Iterator[Difference]:
    if old.content != new.content:
        yield Difference("", old.content, new.content)
    if old.refusal != new.refusal:
        yield Difference("refusal", old.refusal, new.refusal)
    if old.tool_calls != new.tool_calls:
        yield Difference("tool calls", _calls(old.tool_calls), _calls(new.tool_calls))
    if old.finish_reason != new.finish_reason:
        before, after = (ModelText(str(reply.finish_reason)) for reply in (old, new))
        yield Difference("finish reason", before, after, is_short=True)


def _calls(calls: Sequence[ToolCall]) -> ModelText | None:
    lines = [f"{call.name.raw} {call.arguments.raw}" for call in calls]
    return ModelText("\n".join(lines)) if lines else None


def expectation_sentence(change: ExpectationChange) -> ModelText:
    """Say which expectation it is, and what was found in its place."""
    is_fix = change.label is Label.FIX
    found = change.baseline_found if is_fix else change.candidate_found
    text = expectation_text(change.kind, change.value, found.raw if found else None, "before, " if is_fix else "")
    return ModelText(f"{change.label}: {text.raw}")


def expectation_text(kind: str, value: JsonValue, found: str | None, whose: str = "") -> ModelText:
    """Write an expectation with what was found in its place."""
    text = encode_line(value)
    shown = text if len(text) <= _MOST_OF_A_VALUE else f"{text[: _MOST_OF_A_VALUE - 1]}…"
    return ModelText(f"{kind} {shown}" + (f": {whose}found {found}" if found else ""))


def noise_sentence(noise: NoiseEvidence, label: Label) -> str:
    """Say how much each side differs from itself, and where nothing was found, what could have been."""
    sentence = (
        f"{count(noise.resamples, 'resample')} a side: the baseline differs from itself in {noise.self_difference:.0%} "
        f"of pairs, from the candidate in {noise.between_difference:.0%}; p = {noise.adjusted_p:.2g} over all turns, "
        f"{noise.p:.2g} alone"
    )
    if label is not Label.NOT_DISTINGUISHABLE:
        return sentence
    if noise.smallest_shift is None:
        return f"{sentence}; so few would have shown no shift: resample more"
    return f"{sentence}; a shift of {noise.smallest_shift:.0%} or more would most probably have shown"


def error_sentences(turn: TurnComparison, dialogue: DialogueComparison) -> Iterator[ModelText]:
    """Say which side has no reply in this turn, and why."""
    for side, error in sides_without_reply(turn, dialogue):
        yield ModelText(f"the {side} was interrupted before" if error is None else failure(f"the {side}", error))
    if turn.pinned_error:
        yield ModelText(failure("the candidate, on the baseline's history,", turn.pinned_error))


def failure(who: str, error: TranscriptError) -> str:
    """Say who failed, and how."""
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"{who} failed: {error.kind}{status}: {error.message}"


def failed_here(turn: TurnComparison, dialogue: DialogueComparison) -> bool:
    """Say whether it was in this turn that a side failed, and not in one before it."""
    numbers = {"baseline": turn.baseline_turn or turn.turn, "candidate": turn.turn}
    sides = sides_without_reply(turn, dialogue)
    return turn.pinned_error is not None or any(error and error.turn == numbers[side] for side, error in sides)


def errors_elsewhere(dialogue: DialogueComparison) -> Iterator[ModelText]:
    """Say which side failed where no turn says so: one that got its reply all the same, or has another label."""
    for side, error in (("baseline", dialogue.baseline_error), ("candidate", dialogue.candidate_error)):
        if error is not None and not any(_tells(turn, side, error, dialogue) for turn in dialogue.turns):
            yield ModelText(failure(f"turn {error.turn} of the {side}", error))


def _tells(turn: TurnComparison, side: str, error: TranscriptError, dialogue: DialogueComparison) -> bool:
    number = turn.baseline_turn or turn.turn if side == "baseline" else turn.turn
    has_none = side in dict(sides_without_reply(turn, dialogue)) or (side == "candidate" and bool(turn.pinned_error))
    return turn.label is Label.ERROR and number == error.turn and has_none


def sides_without_reply(
    turn: TurnComparison, dialogue: DialogueComparison
) -> Iterator[tuple[str, TranscriptError | None]]:
    """Give the sides that have no reply in this turn, each with the error that ended it."""
    if not turn.baseline:
        yield "baseline", dialogue.baseline_error
    if not turn.candidate and not turn.pinned:
        yield "candidate", dialogue.candidate_error


def rules_sentence(sameness: Sameness) -> ModelText:
    """Say under which rules replies were the same; nothing where it was to the letter."""
    rules = sameness.rules()
    return ModelText(f"Compared so: {'; '.join(rules)}" if rules else "")


def scenario_of(name: str) -> str:
    """Return the scenario's part of a dialogue's id."""
    return _SCENARIO.split(name, maxsplit=1)[0]


def is_listed(dialogue: DialogueComparison) -> bool:
    """Say whether a name in a list is enough: one side lacks the dialogue, and the other says nothing of it."""
    one_sided = dialogue.baseline_id is None or dialogue.candidate_id is None
    return one_sided and not dialogue.candidate_error and not any(turn.expectations for turn in dialogue.turns)


def headline(dialogue: DialogueComparison) -> str:
    """Say in one line which turns have which label, the worst first."""
    if is_listed(dialogue):
        return _FOLDED[dialogue.label]
    turns: dict[Label, list[int]] = {}
    for turn in dialogue.turns:
        for label in {turn.label, *(change.label for change in turn.expectations)} - {Label.SAME}:
            turns.setdefault(label, []).append(turn.turn)
    words = [f"{spoken(label)} in {named_turns(turns[label])}" for label in SEVERITY if label in turns]
    return "; ".join(words) or spoken(dialogue.label)
