"""The arms of one dialogue: asked beside its live turns as soon as it is known that they are needed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialogs.arms.asking import Asked, Asker, asked_since
from dialogs.arms.pinning import PinnedHistory, PinnedTurn
from dialogs.arms.plan import Plan
from dialogs.chat import Arm, ChatRequest
from dialogs.compare.replies import arm_replies, live_replies
from dialogs.encoding import JsonObject
from dialogs.playing import NOT_THE_ENDPOINT_S, error_of
from dialogs.talk import Talk
from dialogs.transcript import ArmRecord, CompletionRecord, Transcript, TranscriptError, TurnRecord


@dataclass(frozen=True, slots=True)
class Pin:
    """A variant of the baseline, and the dialogue's script on its history."""

    baseline: Transcript
    history: PinnedHistory

    def asks(self, turn: int, request: ChatRequest) -> bool:
        """Say whether a turn's first request is the same on the baseline's history."""
        pinned = self.history.turns.get(turn)
        return pinned is not None and pinned.is_paired and pinned.history_sha256 == request.history_sha256

    def differs(self, asked: Asked, plan: Plan) -> bool:
        """Say whether the reply to a turn differs from the baseline's, under the plan's rules."""
        pinned = self.history.turns[asked.turn.turn]
        before = next(record for record in self.baseline.turns if record.turn == pinned.baseline_turn)
        if _whole(asked.turn.completions, asked.messages) == _whole(before.completions, self.baseline.messages):
            return False
        old, new = live_replies(self.baseline, before), arm_replies(self.baseline, asked.turn, asked.arm())
        return bool(plan.rules.difference(old, new).aspects)


def _whole(completions: Sequence[CompletionRecord], messages: Sequence[JsonObject]) -> list[object]:
    return [(messages[completion.reply], completion.finish_reason) for completion in completions]


@dataclass(slots=True)
class TurnArms:
    """What was asked of one turn beside the live request, the repetitions by their numbers, from 1.

    `record` has the turn's parameters.
    """

    record: TurnRecord
    pinned: ArmRecord | None = None
    confirmations: dict[int, ArmRecord] = field(default_factory=dict)
    resamples: dict[int, ArmRecord] = field(default_factory=dict)


class DialogueArms:
    """Watches a dialogue as it is played live, and asks in `group` what its plan wants beside.

    `turns` is what came of it, `pins` the variants of the baseline that the replies have not parted from: at the end
    the first is the one whose history was asked on. `is_stopped` says that something was not asked to its end,
    `unjudged` what the judge could not be asked about.
    """

    def __init__(self, plan: Plan, resamples: int, pins: Sequence[Pin], asker: Asker, group: asyncio.TaskGroup) -> None:
        """Begin before the first turn; there are no `pins` where turns are only resampled."""
        self.turns: dict[int, TurnArms] = {}
        self.pins = list(pins)
        self.is_parted = False
        self.is_stopped = False
        self.unjudged: list[TranscriptError] = []
        self._plan = plan
        self._resamples = resamples
        self._asker = asker
        self._group = group
        self._begun: Talk | None = None

    def ask_pinned(self) -> None:
        """Ask every turn on the baseline's history, all at the same time; also those that the baseline lacks."""
        self.is_parted = True
        for turn in self.pins[0].history.turns.values():
            self._group.create_task(self._ask_pinned(turn))

    def begins(self, talk: Talk, request: ChatRequest) -> None:
        """Take note of the first request of a live turn: it stands for the pinned one as long as they are the same."""
        if self.pins and not self.is_parted:
            same = [pin for pin in self.pins if pin.asks(talk.turn, request)]
            self.pins = same or self.pins
            if not same:
                self._part(talk.turn)
        self._begun = None if self.is_parted else talk.fork()
        if self._begun is not None:
            self._resample(self._begun, "resample")

    def ended(self, talk: Talk) -> None:
        """Take note that a live turn is over."""
        if self._begun is None or talk.fault is not None or self._resamples or not self.pins:
            return
        asked = asked_since(len(self._begun.history), talk)
        if all(pin.differs(asked, self._plan) for pin in self.pins):
            self._confirm(self._begun, "resample")

    def over(self, talk: Talk) -> None:
        """Take note that the live dialogue is over, perhaps before its last turn."""
        if self.pins and not self.is_parted and talk.fault is not None and talk.fault.kind not in NOT_THE_ENDPOINT_S:
            self._part(talk.turn + 1)

    def _part(self, turn: int) -> None:
        """Ask the turns from this one on on the baseline's history, all at the same time."""
        self.is_parted = True
        for pinned in self.pins[0].history.turns.values():
            if pinned.turn >= turn and pinned.is_paired:
                self._group.create_task(self._ask_pinned(pinned))

    async def _ask_pinned(self, turn: PinnedTurn) -> None:
        if turn.is_paired:
            self._resample(turn.talk, "pinned")
        asked = await self._asker.ask(turn.talk.fork())
        if self._was_stopped(asked):
            return
        self._of(asked.turn).pinned = asked.arm(turn.script)
        self.unjudged += filter(None, [error_of(asked.unjudged, turn.turn)])
        if asked.fault is None and turn.is_paired and not self._resamples and self.pins[0].differs(asked, self._plan):
            self._confirm(turn.talk, "pinned")

    def _resample(self, talk: Talk, arm: Arm) -> None:
        for number in range(1, self._resamples + 1):
            self._group.create_task(self._ask_again(talk.fork(arm, number), is_confirmation=False))

    def _confirm(self, talk: Talk, arm: Arm) -> None:
        for number in range(1, self._plan.confirm + 1):
            self._group.create_task(self._ask_again(talk.fork(arm, number), is_confirmation=True))

    async def _ask_again(self, talk: Talk, *, is_confirmation: bool) -> None:
        asked = await self._asker.ask(talk)
        if not self._was_stopped(asked):
            arms = self._of(asked.turn)
            (arms.confirmations if is_confirmation else arms.resamples)[talk.resample] = asked.arm()

    def _was_stopped(self, asked: Asked) -> bool:
        is_stopped = any(fault and fault.kind in NOT_THE_ENDPOINT_S for fault in (asked.fault, asked.unjudged))
        self.is_stopped = self.is_stopped or is_stopped
        return is_stopped

    def _of(self, record: TurnRecord) -> TurnArms:
        return self.turns.setdefault(record.turn, TurnArms(record))
