"""One dialogue on the page: alone, or with the baseline's beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Final

from dialogs.compare import DialogueComparison, Label, Reply, TurnComparison
from dialogs.reports.page.view import (
    CheckView,
    MessageView,
    check_views,
    message_view,
    messages_by_turn,
    text_of,
    woven,
)
from dialogs.reports.summary import count
from dialogs.reports.word_diff import word_diff
from dialogs.transcript import Outcome, Transcript, TranscriptError

# What changed only because something before it did; a reader wants it last.
_FOLDED: Final = frozenset((Label.KNOCK_ON, Label.UNATTRIBUTED, Label.UNREACHED, Label.NOT_DISTINGUISHABLE))
TONES: Final = {
    "same": "good",
    "fix": "good",
    "completed": "good",
    "accepted": "good",
    "changed": "bad",
    "masked": "bad",
    "error": "bad",
    "missing": "bad",
    "regression": "bad",
    "unmet": "bad",
    "knock_on": "warn",
    "unattributed": "warn",
    "unreached": "warn",
    "unstable": "warn",
    "added": "warn",
    "interrupted": "warn",
}


@dataclass(frozen=True, slots=True)
class PagePair:
    """One dialogue for the page: the transcripts that there are of it, and how they compare if both sides are read."""

    candidate: Transcript | None
    baseline: Transcript | None = None
    comparison: DialogueComparison | None = None

    @property
    def transcript(self) -> Transcript:
        """The candidate's, or else the baseline's."""
        found = self.candidate or self.baseline
        if found is None:
            raise ValueError("a dialogue without a transcript")
        return found


@dataclass(frozen=True, slots=True)
class SideView:
    """The replies of one side in a turn."""

    title: str
    messages: tuple[MessageView, ...]
    empty: str = "no reply"


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn: what the script says, then the replies."""

    number: int
    said: tuple[MessageView, ...]
    sides: tuple[SideView, ...]
    label: str = ""
    note: str = ""
    checks: tuple[CheckView, ...] = ()
    failed: bool = False

    @property
    def title(self) -> str:
        """Its heading."""
        return f"turn {self.number}" if self.number else "before the first turn"

    @property
    def tone(self) -> str:
        """The colour of its label."""
        return TONES.get(self.label, "")

    @property
    def differs(self) -> bool:
        """Whether a reader is led here by `n`."""
        return (
            self.failed or self.label not in {"", Label.SAME.value} or any(check.tone == "bad" for check in self.checks)
        )

    @property
    def two_sided(self) -> bool:
        """Whether both sides stand beside each other."""
        return len(self.sides) > 1


@dataclass(frozen=True, slots=True)
class GroupView:
    """Turns that stand together; `folded` is the line that stands for them until they are opened."""

    turns: tuple[TurnView, ...]
    folded: str = ""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A remark on the whole dialogue."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class DialogueView:
    """One dialogue."""

    number: int
    id: str
    verdict: str
    facts: str
    notes: tuple[NoteView, ...]
    groups: tuple[GroupView, ...]

    @property
    def tone(self) -> str:
        """The colour of its verdict."""
        return TONES.get(self.verdict, "")

    @property
    def turns(self) -> Iterator[TurnView]:
        """All turns, folded ones too."""
        return (turn for group in self.groups for turn in group.turns)


def dialogue_view(number: int, pair: PagePair) -> DialogueView:
    """Lay out the dialogue that stands at `number` (from 0) on the page."""
    transcript = pair.transcript
    comparison = pair.comparison
    turns = _compared(pair, comparison) if comparison is not None else _alone(transcript)
    return DialogueView(
        number=number,
        id=comparison.id if comparison is not None else transcript.id,
        verdict=comparison.label.value if comparison is not None else transcript.outcome.value,
        facts=_facts(transcript),
        notes=tuple(_notes(pair)),
        groups=tuple(_groups(list(turns))),
    )


def _facts(transcript: Transcript) -> str:
    facts = [f"model {transcript.model}", count(len(transcript.turns), "turn")]
    usage = transcript.usage
    facts += [f"{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"] if usage.total_tokens else []
    facts += [] if transcript.elapsed_ms is None else [f"{transcript.elapsed_ms / 1000:.1f} s"]
    facts += [fact for fact in (transcript.started_at, transcript.place) if fact]
    return " · ".join(facts)


def _notes(pair: PagePair) -> Iterator[NoteView]:
    yield from (NoteView(note) for note in (pair.comparison.notes if pair.comparison else ()))
    sides = (
        (("", pair.candidate),)
        if pair.comparison is None
        else (
            ("baseline: ", pair.baseline),
            ("candidate: ", pair.candidate),
        )
    )
    for side, transcript in sides:
        if transcript is None:
            yield NoteView(f"{side}has no such dialogue", "warn")
        elif transcript.error is not None:
            yield NoteView(f"{side}{_error(transcript.error)}", "bad")
        elif transcript.outcome is Outcome.INTERRUPTED:
            yield NoteView(f"{side}interrupted: the dialogue was stopped before its end", "warn")


def _error(error: TranscriptError) -> str:
    status = "" if error.status is None else f", HTTP {error.status}"
    return f"turn {error.turn} failed: {error.kind}{status}: {error.message}"


def _alone(transcript: Transcript) -> Iterator[TurnView]:
    records = {turn.turn: turn for turn in transcript.turns}
    failed = transcript.error.turn if transcript.error else None
    said = messages_by_turn(transcript)
    for number in sorted({*said, *records}):
        checks = check_views(records[number].expectations) if number in records else ()
        unmet = any(check.verdict == "unmet" for check in checks)
        label = "error" if number == failed else "unmet" if unmet else ""
        yield TurnView(number, tuple(said.get(number, ())), (), label, checks=checks, failed=bool(label))


def _compared(pair: PagePair, comparison: DialogueComparison) -> Iterator[TurnView]:
    before = messages_by_turn(pair.baseline) if pair.baseline else {}
    after = messages_by_turn(pair.candidate) if pair.candidate else {}
    records = {turn.turn: turn for turn in pair.transcript.turns}
    script = sorted((after or before).keys() - _asked(comparison, one_sided=not after))
    for turn in comparison.turns:
        while script and script[0] < turn.turn:
            yield _scripted(script[0], after or before)
            script.pop(0)
        own = {} if turn.label is Label.MISSING else after
        checks = check_views(records[turn.turn].expectations) if turn.turn in records and own else ()
        yield _compared_turn(turn, before.get(turn.baseline_turn or turn.turn, []), own.get(turn.turn, []), checks)
    yield from (_scripted(number, after or before) for number in script)


def _asked(comparison: DialogueComparison, *, one_sided: bool) -> set[int]:
    return {turn.turn for turn in comparison.turns if one_sided or turn.label is not Label.MISSING}


def _scripted(number: int, said: Mapping[int, list[MessageView]]) -> TurnView:
    return TurnView(number, tuple(said[number]), ())


def _compared_turn(
    turn: TurnComparison, before: list[MessageView], after: list[MessageView], checks: tuple[CheckView, ...]
) -> TurnView:
    before = [] if turn.label is Label.ADDED else before
    checks = (*_changed_checks(turn), *(check for check in checks if check.verdict == "met" or not turn.expectations))
    if turn.label is Label.SAME:
        view = TurnView(turn.turn, tuple(after or before), ())
    else:
        old, new = _with_changes(_replies(before), _replies(after))
        sides = [SideView("baseline", tuple(old)), SideView("candidate", tuple(new))]
        if turn.pinned and turn.pinned != turn.candidate:
            sides.append(SideView("candidate, on the baseline's history", tuple(map(_reply_view, turn.pinned))))
        view = TurnView(turn.turn, _said(after or before), tuple(sides))
    return replace(view, label=turn.label.value, note=" · ".join(_remarks(turn)), checks=checks)


def _remarks(turn: TurnComparison) -> Iterator[str]:
    if turn.baseline_turn is not None:
        yield f"turn {turn.baseline_turn} of the baseline"
    if turn.reason:
        yield turn.reason
    if turn.similarity is not None:
        yield f"similarity {turn.similarity:.2f}"
    if turn.noise is not None:
        share = f"{turn.noise.self_difference:.0%} of pairs"
        yield f"of {turn.noise.resamples} resamples of the baseline {share} differ"


def _changed_checks(turn: TurnComparison) -> Iterator[CheckView]:
    for each in turn.expectations:
        found = each.candidate_found or each.baseline_found
        what = each.kind if each.value is None else f"{each.kind}: {text_of(each.value)}"
        yield CheckView(each.label.value, TONES[each.label.value], what, f"found: {found.raw}" if found else "")


def _reply_view(reply: Reply) -> MessageView:
    message = {
        "role": "assistant",
        "content": reply.content.raw if reply.content else None,
        "refusal": reply.refusal.raw if reply.refusal else None,
        "tool_calls": [
            {"function": {"name": call.name.raw, "arguments": call.arguments.raw}} for call in reply.tool_calls
        ],
    }
    return message_view(message, None, None, facts=reply.finish_reason or "")


def _said(messages: list[MessageView]) -> tuple[MessageView, ...]:
    """Return what the script says before the first reply."""
    first = next((index for index, one in enumerate(messages) if one.is_reply), len(messages))
    return tuple(messages[:first])


def _replies(messages: list[MessageView]) -> list[MessageView]:
    return messages[len(_said(messages)) :]


def _with_changes(
    before: Sequence[MessageView], after: Sequence[MessageView]
) -> tuple[list[MessageView], list[MessageView]]:
    old_side: list[MessageView] = []
    new_side: list[MessageView] = []
    for old, new in zip_longest(before, after):
        if old is not None and new is not None:
            old, new = _pair_with_changes(old, new)  # noqa: PLW2901 - the same two, with their marks
        old_side += [old] if old is not None else []
        new_side += [new] if new is not None else []
    return old_side, new_side


def _pair_with_changes(old: MessageView, new: MessageView) -> tuple[MessageView, MessageView]:
    old_text, new_text = old.text(), new.text()
    if old_text is None or new_text is None or old_text == new_text:
        return old, new
    pieces = word_diff(old_text, new_text)
    return (old, new) if pieces is None else woven(old, new, pieces)


def _groups(turns: list[TurnView]) -> Iterator[GroupView]:
    """Fold what follows from an earlier change."""
    folded_labels = {label.value for label in _FOLDED}
    for folds, together in groupby(turns, key=lambda turn: turn.label in folded_labels):
        group = tuple(together)
        if not folds:
            yield GroupView(group)
            continue
        names = ", ".join(dict.fromkeys(turn.label for turn in group))
        yield GroupView(group, f"{count(len(group), 'turn')} {names}: an earlier turn differs")
