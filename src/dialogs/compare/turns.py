"""Compares the turns of two sides of a dialogue, and says of each what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dialogs.compare.comparison import TurnComparison
from dialogs.compare.evidence import NoiseEvidence
from dialogs.compare.expectations import expectation_changes
from dialogs.compare.labelling import State, Verdict, both, confirmed, live_alone, pinned_alone, tested
from dialogs.compare.likeness import Difference, Rules
from dialogs.compare.noise import LEVEL
from dialogs.compare.replies import Replies, arm_replies, live_replies
from dialogs.compare.sides import AlignedTurn, SideTurn
from dialogs.encoding import JsonObject
from dialogs.labels import Label
from dialogs.transcript import Transcript, TurnRecord

_NO_DIFFERENCE: Final = Difference()


@dataclass(frozen=True, slots=True)
class Judge:
    """What a comparison judges by: the rules of sameness, and the noise measured at a candidate's turn, by its id."""

    rules: Rules
    noise: Mapping[tuple[str, int], NoiseEvidence] = field(default_factory=dict)

    def difference(self, old: Replies, new: Replies) -> Difference | None:
        """Return the difference of two replies; None where one of them is not there."""
        return self.rules.difference(old, new) if old and new else None


def compare_turns(
    baseline: Transcript, candidate: Transcript, aligned: Sequence[AlignedTurn], judge: Judge
) -> Iterator[TurnComparison]:
    """Compare the turns that either side has asked, in the order of the scripts."""
    pair = _Pair(baseline, candidate, judge)
    for turn in aligned:
        if compared := pair.turn(turn):
            yield compared


def is_attributed(baseline: Transcript, candidate: Transcript) -> bool:
    """Say whether the candidate's replies on the baseline's history are on this baseline's."""
    return candidate.baseline_sha256 is not None and candidate.baseline_sha256 == baseline.stable_sha256


class _Pair:
    """Two sides of a dialogue, gone through turn by turn."""

    def __init__(self, baseline: Transcript, candidate: Transcript, judge: Judge) -> None:
        self._baseline = baseline
        self._candidate = candidate
        self._judge = judge
        self._same_history = True  # under the rules
        self._same_letters = True
        self._is_attributed = is_attributed(baseline, candidate)
        self._is_pinned_alone = self._is_attributed and candidate.is_pinned

    def turn(self, turn: AlignedTurn) -> TurnComparison | None:
        """Compare a turn; None where neither side asks."""
        before, after = turn.before, turn.after
        old, new = before.record if before else None, after.record if after else None
        if before and old and after and new:
            return self._asked(before, old, after, new)
        if (before and old) or (after and new):
            self._same_history = False
            # The history of a turn that was taken out is not the baseline's own: it is the script's, in both arms.
            self._same_letters = self._same_letters and not (after and new)
        if before and old:
            label = Label.ERROR if turn.is_unreached else Label.MISSING
            return TurnComparison(before.turn, label, before.user, baseline=live_replies(self._baseline, old))
        if after and new:
            return TurnComparison(
                turn=after.turn,
                label=Label.ERROR if turn.is_unreached else Label.ADDED,
                user=after.user,
                candidate=live_replies(self._candidate, new),
                expectations=tuple(expectation_changes((), new.expectations)),
            )
        return None

    def _is_plainly_same(self, old: TurnRecord, new: TurnRecord) -> bool:
        """Say whether a turn was asked once on each side, and answered by equal messages, with no more to be judged."""
        if old.expectations or new.expectations or new.pinned or (self._candidate.id, new.turn) in self._judge.noise:
            return False
        return _sent(self._baseline, old) == _sent(self._candidate, new) != []

    def _asked(self, before: SideTurn, old: TurnRecord, after: SideTurn, new: TurnRecord) -> TurnComparison:
        if self._is_plainly_same(old, new):
            return TurnComparison(new.turn, Label.SAME, baseline_turn=None if old.turn == new.turn else old.turn)
        replies, live = live_replies(self._baseline, old), live_replies(self._candidate, new)
        arm = new.pinned if self._is_attributed else None
        pinned = arm_replies(self._candidate, new, arm) if arm else ()
        of_live, of_pinned = self._judge.difference(replies, live), self._judge.difference(replies, pinned)
        verdict = self._verdict(new, of_live, of_pinned, has_reply=bool(replies))
        verdict = confirmed(verdict, repeats=self._repeats(new, pinned if verdict.of_pinned else live))
        noise = self._judge.noise.get((self._candidate.id, new.turn))
        if noise is not None:
            verdict = tested(verdict, differs=noise.adjusted_p <= LEVEL)
        self._same_history = self._same_history and _state(of_live) is State.SAME
        self._same_letters = self._same_letters and replies == live
        shown = (of_pinned if verdict.of_pinned else of_live) or _NO_DIFFERENCE
        kept = verdict.label is not Label.SAME
        return TurnComparison(
            turn=new.turn,
            label=verdict.label,
            user=(after.user or before.user) if kept else None,
            aspects=shown.aspects if kept else (),
            baseline=replies if kept else (),
            candidate=live if kept else (),
            baseline_turn=None if old.turn == new.turn else old.turn,
            pinned=pinned if kept else (),
            pinned_error=arm.error if arm else None,
            reason=verdict.reason,
            similarity=shown.similarity if kept else None,
            expectations=tuple(expectation_changes(old.expectations, (new if live or not arm else arm).expectations)),
            noise=noise,
        )

    def _verdict(
        self, new: TurnRecord, of_live: Difference | None, of_pinned: Difference | None, *, has_reply: bool
    ) -> Verdict:
        live, pinned = _state(of_live), _state(of_pinned)
        if not has_reply:
            return Verdict(Label.ERROR, "the baseline has no reply")
        if self._is_pinned_alone:
            return pinned_alone(pinned)
        if new.pinned and self._is_attributed:
            return both(live, pinned)
        # A turn that was not asked beside was asked on the baseline's history as it was, or not asked in time.
        return live_alone(live, same_history=self._same_letters if self._is_attributed else self._same_history)

    def _repeats(self, new: TurnRecord, first: Replies) -> bool:
        again = [arm_replies(self._candidate, new, arm) for arm in new.confirmations if not arm.error]
        return not any(self._judge.rules.difference(first, replies).aspects for replies in again)


def _sent(transcript: Transcript, turn: TurnRecord) -> list[tuple[JsonObject, str | None]]:
    """Return the messages of a turn's replies as they are, each with its finish reason."""
    messages = transcript.messages
    return [
        (messages[completion.reply], completion.finish_reason)
        for completion in turn.completions
        if 0 <= completion.reply < len(messages)
    ]


def _state(difference: Difference | None) -> State:
    if difference is None:
        return State.ERROR
    return State.DIFFERS if difference.aspects else State.SAME
