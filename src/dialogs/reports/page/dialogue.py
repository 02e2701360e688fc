"""One dialogue on the page: alone, or with the baseline's beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from shlex import quote
from typing import Final

from dialogs.compare import DialogueComparison, Label, Reply, TurnComparison
from dialogs.reports.page.arms import ArmsView, arms_view, error_text
from dialogs.reports.page.facts import InputView, facts, input_view, settings
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
from dialogs.reports.verdicts import noise_sentence
from dialogs.reports.word_diff import word_diff
from dialogs.transcript import Outcome, Transcript

# What changed only because something before it did, or not for sure; a reader wants it last.
_EARLIER: Final = "an earlier turn differs"
_FOLDED: Final = {
    Label.KNOCK_ON.value: _EARLIER,
    Label.UNATTRIBUTED.value: _EARLIER,
    Label.UNREACHED.value: _EARLIER,
    Label.NOT_DISTINGUISHABLE.value: "each side differs as much from itself",
}
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
    arms: tuple[ArmsView, ...] = ()
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
    settings: str
    inputs: tuple[InputView, ...]
    notes: tuple[NoteView, ...]
    groups: tuple[GroupView, ...]
    accept: str | None = None

    @property
    def tone(self) -> str:
        """The colour of its verdict."""
        return TONES.get(self.verdict, "")

    @property
    def turns(self) -> Iterator[TurnView]:
        """All turns, folded ones too."""
        return (turn for group in self.groups for turn in group.turns)


def dialogue_view(number: int, pair: PagePair, accept: str | None = None) -> DialogueView:
    """Lay out the dialogue that stands at `number` (from 0) on the page; `accept` is the command for all of them."""
    transcript = pair.transcript
    comparison = pair.comparison
    turns = _compared(pair, comparison) if comparison is not None else _alone(transcript)
    return DialogueView(
        number=number,
        id=comparison.id if comparison is not None else transcript.id,
        verdict=comparison.label.value if comparison is not None else transcript.outcome.value,
        facts=facts(transcript),
        settings=settings(transcript),
        inputs=tuple(map(input_view, comparison.inputs)) if comparison is not None else (),
        notes=tuple(_notes(pair)),
        groups=tuple(_groups(list(turns))),
        accept=f"{accept} --select {quote(comparison.id)}" if accept and comparison and _is_taken(comparison) else None,
    )


def _is_taken(comparison: DialogueComparison) -> bool:
    """Say whether `accept` takes it; where an expectation alone changed, there may be nothing new in it."""
    return comparison.is_acceptable and comparison.label is not Label.SAME


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
            yield NoteView(f"{side}{error_text(transcript.error)}", "bad")
        elif transcript.outcome is Outcome.INTERRUPTED:
            yield NoteView(f"{side}interrupted: the dialogue was stopped before its end", "warn")


def _alone(transcript: Transcript) -> Iterator[TurnView]:
    records = {turn.turn: turn for turn in transcript.turns}
    failed = transcript.error.turn if transcript.error else None
    said = messages_by_turn(transcript)
    for number in sorted({*said, *records}):
        checks = check_views(records[number].expectations) if number in records else ()
        unmet = any(check.verdict == "unmet" for check in checks)
        label = "error" if number == failed else "unmet" if unmet else ""
        arms = arms_view("", records.get(number))
        yield TurnView(number, tuple(said.get(number, ())), (), label, checks=checks, arms=arms, failed=bool(label))


def _compared(pair: PagePair, comparison: DialogueComparison) -> Iterator[TurnView]:
    after = messages_by_turn(pair.candidate) if pair.candidate else {}
    # Of the baseline, nothing is shown of turns that are the same.
    differing = {turn.baseline_turn or turn.turn for turn in comparison.turns if turn.label is not Label.SAME}
    before = messages_by_turn(pair.baseline, differing if after else None) if pair.baseline else {}
    records = {turn.turn: turn for turn in pair.transcript.turns}
    old_records = {turn.turn: turn for turn in pair.baseline.turns} if pair.baseline else {}
    script = sorted((after or before).keys() - _asked(comparison, one_sided=not after))
    for turn in comparison.turns:
        while script and script[0] < turn.turn:
            yield _scripted(script[0], after or before)
            script.pop(0)
        own = {} if turn.label is Label.MISSING else after
        checks = check_views(records[turn.turn].expectations) if turn.turn in records and own else ()
        old = old_records.get(turn.baseline_turn or turn.turn)
        arms = (*arms_view("baseline: ", old), *arms_view("candidate: ", records.get(turn.turn) if own else None))
        said = before.get(turn.baseline_turn or turn.turn, []), own.get(turn.turn, [])
        yield _compared_turn(turn, *said, checks, arms)
    yield from (_scripted(number, after or before) for number in script)


def _asked(comparison: DialogueComparison, *, one_sided: bool) -> set[int]:
    return {turn.turn for turn in comparison.turns if one_sided or turn.label is not Label.MISSING}


def _scripted(number: int, said: Mapping[int, list[MessageView]]) -> TurnView:
    return TurnView(number, tuple(said[number]), ())


def _compared_turn(
    turn: TurnComparison,
    before: list[MessageView],
    after: list[MessageView],
    checks: tuple[CheckView, ...],
    arms: tuple[ArmsView, ...],
) -> TurnView:
    before = [] if turn.label is Label.ADDED else before
    checks = (*_changed_checks(turn), *(check for check in checks if check.verdict == "met" or not turn.expectations))
    said, sides = tuple(after or before), list[SideView]()
    if turn.label is not Label.SAME:
        said = _said(after or before)
        old, new = _with_changes(_replies(before), _replies(after))
        sides = [SideView("baseline", tuple(old)), SideView("candidate", tuple(new))]
        if turn.pinned and turn.pinned != turn.candidate:
            sides.append(SideView("candidate, on the baseline's history", tuple(map(_reply_view, turn.pinned))))
    return TurnView(turn.turn, said, tuple(sides), turn.label.value, " · ".join(_remarks(turn)), checks, arms)


def _remarks(turn: TurnComparison) -> Iterator[str]:
    if turn.baseline_turn is not None:
        yield f"turn {turn.baseline_turn} of the baseline"
    if turn.reason:
        yield turn.reason
    if turn.similarity is not None:
        yield f"similarity {turn.similarity:.2f}"
    if turn.noise is not None:
        yield noise_sentence(turn.noise, turn.label)


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
    """Fold what follows from an earlier change, and what is no more than noise."""
    for why, together in groupby(turns, key=lambda turn: _FOLDED.get(turn.label, "")):
        group = tuple(together)
        names = ", ".join(dict.fromkeys(turn.label for turn in group))
        yield GroupView(group, f"{count(len(group), 'turn')} {names}: {why}" if why else "")
