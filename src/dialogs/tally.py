"""What a run has done so far, counted without keeping it."""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Final, TypeVar

from dialogs.chat import Answer, Arm, ChatReply, CompletionPlace, Fault, FaultKind
from dialogs.transcript import ExpectationRecord, Outcome, Transcript


@dataclass(slots=True)
class ErrorGroup:
    """Dialogues that ended for the same reason: how many, and the first of them."""

    first_dialogue: str
    first_turn: int
    count: int = 1


@dataclass(slots=True)
class UnmetGroup:
    """Replies that do not meet the same expectation: how many, the first of them, and what was found in that one."""

    first_dialogue: str
    first_turn: int
    first: ExpectationRecord
    count: int = 1


_Group = TypeVar("_Group", ErrorGroup, UnmetGroup)


@dataclass(slots=True)
class Tally:
    """Counts of a run; an observer of its player. Its size does not grow with the number of dialogues.

    `rounds` counts the replies after a turn's first, to the results of tools.
    `kept` counts the dialogues whose transcripts were taken over from an earlier run; `unmet` holds expectations by
    their place and kind, those about time too, whose number is `slow`; `judged` counts what a judge was asked, in
    `judge_prompt_tokens` and `judge_completion_tokens`.

    `arm` is "pinned" where turns are asked on a baseline's history alone, and `has_resamples` says that each turn of
    sample 0 is asked again. `sources` counts the turns by where their replies came from; what was asked beside them are
    `pinned` replies, `confirmations` and `resamples`, together by where they came from in `sources_beside`.
    """

    arm: Arm = "live"
    has_resamples: bool = False
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    rounds: int = 0
    truncated: int = 0
    retried: int = 0
    failed_turns: int = 0
    sources_beside: Counter[str] = field(default_factory=Counter)
    pinned: int = 0
    confirmations: int = 0
    resamples: int = 0
    kept: int = 0
    errors: dict[tuple[str, str], ErrorGroup] = field(default_factory=dict)
    expectations: Counter[bool | None] = field(default_factory=Counter)
    slow: int = 0
    unmet: dict[tuple[str, str], UnmetGroup] = field(default_factory=dict)
    judged: int = 0
    judge_prompt_tokens: int = 0
    judge_completion_tokens: int = 0

    @property
    def dialogues(self) -> int:
        """How many dialogues have ended."""
        return self.outcomes.total()

    @property
    def turns(self) -> int:
        """How many turns have got a reply, asked or kept."""
        return self.sources.total()

    def add(self, other: "Tally") -> None:
        """Count what another process has counted of the same run, too; of groups the first here stays the first."""
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        _add_groups(self.errors, other.errors)
        _add_groups(self.unmet, other.unmet)

    def is_of_turn(self, place: CompletionPlace) -> bool:
        """Whether an answer is the one that its turn is counted by: no further round, and not asked beside it."""
        return place.arm in {self.arm, "live"} and place.resample == 0 and place.round == 1

    def _count_expectation(self, expectation: ExpectationRecord, dialogue: str, turn: int) -> None:
        if expectation.passed is not False:
            self.expectations[expectation.passed] += 1
            return
        if expectation.is_timing:
            self.slow += 1
        else:
            self.expectations[False] += 1
        written = (expectation.place or "", expectation.kind)
        group = self.unmet.get(written)
        if group is None:
            self.unmet[written] = UnmetGroup(dialogue, turn, expectation)
        else:
            group.count += 1

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Count an answer."""
        if place.arm == "judge":
            self._count_verdict(answer)
            return
        match answer:
            case ChatReply():
                self._count_reply(place, answer)
            case Fault():
                self.failed_turns += answer.kind is not FaultKind.STOPPED
                self.retried += max(answer.attempts - 1, 0)

    def _count_verdict(self, answer: Answer) -> None:
        self.retried += max(answer.attempts - 1, 0)
        if isinstance(answer, ChatReply):
            self.judged += 1
            if answer.usage is not None:
                self.judge_prompt_tokens += answer.usage.prompt_tokens
                self.judge_completion_tokens += answer.usage.completion_tokens

    def _count_reply(self, place: CompletionPlace, reply: ChatReply) -> None:
        if place.round > 1:
            self.rounds += 1
        elif self.is_of_turn(place):
            self.sources[reply.source] += 1
        else:
            self._count_beside(place, reply)
        self.retried += max(reply.attempts - 1, 0)
        self.truncated += reply.finish_reason == "length"
        if reply.usage is not None:
            self.prompt_tokens += reply.usage.prompt_tokens
            self.completion_tokens += reply.usage.completion_tokens

    def _count_beside(self, place: CompletionPlace, reply: ChatReply) -> None:
        self.sources_beside[reply.source] += 1
        if place.resample == 0:
            self.pinned += 1
        elif self.has_resamples and place.dialogue.endswith("#0"):  # the sample that is resampled; others are confirmed
            self.resamples += 1
        else:
            self.confirmations += 1

    def played(self, transcript: Transcript) -> None:
        """Count a dialogue."""
        self.outcomes[transcript.outcome] += 1
        for turn in transcript.turns:
            asked = turn.pinned if transcript.is_pinned and turn.pinned else turn
            for expectation in asked.expectations:
                self._count_expectation(expectation, transcript.id, turn.turn)
        error = transcript.error
        if error is None:
            return
        cause = (error.kind, error.message.removeprefix("not sent: "))
        group = self.errors.get(cause)
        if group is None:
            self.errors[cause] = ErrorGroup(transcript.id, error.turn)
        else:
            group.count += 1


def _add_groups(mine: dict[tuple[str, str], _Group], theirs: dict[tuple[str, str], _Group]) -> None:
    for cause, group in theirs.items():
        if cause in mine:
            mine[cause].count += group.count
        else:
            mine[cause] = replace(group)


_COUNTERS: Final = ("outcomes", "sources", "sources_beside", "expectations")
_NUMBERS: Final = tuple(each.name for each in fields(Tally) if each.type is int)
