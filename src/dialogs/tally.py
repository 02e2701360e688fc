"""What a run has done so far, counted without keeping it."""

from collections import Counter
from dataclasses import dataclass, field

from dialogs.chat import Answer, ChatReply, CompletionPlace, Fault, FaultKind
from dialogs.transcript import Outcome, Transcript


@dataclass(slots=True)
class ErrorGroup:
    """Dialogues that ended for the same reason: how many, and the first of them."""

    first_dialogue: str
    first_turn: int
    count: int = 1


@dataclass(slots=True)
class Tally:
    """Counts of a run; an observer of its player. Its size does not grow with the number of dialogues.

    `kept` counts the dialogues whose transcripts were taken over from an earlier run.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    truncated: int = 0
    retried: int = 0
    failed_turns: int = 0
    kept: int = 0
    errors: dict[tuple[str, str], ErrorGroup] = field(default_factory=dict)

    @property
    def dialogues(self) -> int:
        """How many dialogues have ended."""
        return self.outcomes.total()

    @property
    def turns(self) -> int:
        """How many turns have got a reply, asked or kept."""
        return self.sources.total()

    def answered(self, _place: CompletionPlace, answer: Answer) -> None:
        """Count an answer."""
        match answer:
            case ChatReply():
                self._count_reply(answer)
            case Fault():
                self.failed_turns += answer.kind is not FaultKind.STOPPED
                self.retried += max(answer.attempts - 1, 0)

    def _count_reply(self, reply: ChatReply) -> None:
        self.sources[reply.source] += 1
        self.retried += max(reply.attempts - 1, 0)
        self.truncated += reply.finish_reason == "length"
        if reply.usage is not None:
            self.prompt_tokens += reply.usage.prompt_tokens
            self.completion_tokens += reply.usage.completion_tokens

    def played(self, transcript: Transcript) -> None:
        """Count a dialogue."""
        self.outcomes[transcript.outcome] += 1
        error = transcript.error
        if error is None:
            return
        cause = (error.kind, error.message.removeprefix("not sent: "))
        group = self.errors.get(cause)
        if group is None:
            self.errors[cause] = ErrorGroup(transcript.id, error.turn)
        else:
            group.count += 1
