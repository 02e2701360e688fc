"""The baseline's history: what the candidate's script asks where the replies so far are the baseline's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dialogs.chat import ChatReply, Fault, FaultKind
from dialogs.compare.aligning import align
from dialogs.compare.replies import text_of
from dialogs.content import content_value
from dialogs.encoding import JsonObject, JsonValue
from dialogs.scenario import Instruction, UserTurn
from dialogs.talk import Talk
from dialogs.transcript import Outcome, Transcript

_NO_FURTHER_REPLY: Final = Fault(
    FaultKind.UNANSWERED_TOOL_CALL, "the baseline's reply calls tools, and it has no reply to their results"
)


@dataclass(frozen=True, slots=True)
class PinnedTurn:
    """A turn that can be asked on the baseline's history.

    `talk` stands before its reply; fork it to ask. `script` is what the script has said since the user spoke in the
    paired turn before. `baseline_turn` is None where the baseline has no such turn: it enters no later history.
    """

    turn: int
    baseline_turn: int | None
    talk: Talk
    script: tuple[JsonObject, ...]
    history_sha256: str

    @property
    def is_paired(self) -> bool:
        """Whether the baseline has the turn."""
        return self.baseline_turn is not None


@dataclass(frozen=True, slots=True)
class PinnedHistory:
    """All turns that can be asked on a baseline's history, by number, and where that ends.

    `fault` says why the script cannot go on with the baseline's replies after `fault_turn`: no more turns are there
    then. `messages` are the baseline's replies in the candidate's script.
    """

    turns: Mapping[int, PinnedTurn]
    messages: tuple[JsonObject, ...]
    fault: Fault | None = None
    fault_turn: int = 0


def pin(talk: Talk, baseline: Transcript) -> PinnedHistory:
    """Go through the script of a talk, which has not begun, with the replies of a baseline's transcript.

    What is said is the candidate's: system prompt, user texts (with its captures of the baseline's replies), scripted
    exchanges, results of tools. A turn that the baseline lacks is left out of later histories. The history ends where
    the baseline ended early.
    """
    replies = _replies(baseline)
    history = _Walk(talk.fork("pinned"), replies).through({turn.turn: turn.turn for turn in baseline.turns})
    if _users(history.messages) == _users(baseline.messages):  # as nearly always: the script's turns are the baseline's
        return history
    return _Walk(talk.fork("pinned"), replies).through(_pairing(talk, baseline))


def _users(messages: Sequence[JsonObject]) -> list[str]:
    return [_text(message.get("content")) for message in messages if message.get("role") == "user"]


@dataclass(slots=True)
class _Walk:
    """A script gone through with the replies that a baseline's turns were given."""

    talk: Talk
    replies: Mapping[int, Sequence[ChatReply]]
    turns: dict[int, PinnedTurn] = field(default_factory=dict)
    left_out: list[tuple[int, JsonObject]] = field(default_factory=list)

    def through(self, pairing: Mapping[int, int]) -> PinnedHistory:
        """Pair each asked turn, by its number, with the baseline's."""
        since, entered = 0, frozenset[int]()
        while (request := self.talk.next_request()) is not None:
            before = pairing.get(self.talk.turn)
            if before is not None and before not in self.replies:
                break
            history = self.talk.history.messages
            script = tuple(each.data for index, each in enumerate(history[since:], since) if index not in entered)
            self.turns[self.talk.turn] = PinnedTurn(
                self.talk.turn, before, self.talk.fork(), script, request.history_sha256
            )
            if before is None:
                self.left_out.append((len(history) - 1, history[-1].data))
                self.talk.leave_out()
            else:
                since, entered = len(history), frozenset(_take(self.talk, self.replies[before]))
        return PinnedHistory(self.turns, self._messages(), self.talk.fault, self.talk.turn)

    def _messages(self) -> tuple[JsonObject, ...]:
        messages = [message.data for message in self.talk.history.messages]
        for index, message in reversed(self.left_out):
            messages.insert(index, message)
        return tuple(messages)


def _take(talk: Talk, replies: Sequence[ChatReply]) -> Iterator[int]:
    """Let a turn's replies enter, round by round; give their places in the history."""
    for reply in replies:
        if not talk.is_in_turn:
            return
        yield len(talk.history)
        talk.take(reply)
        if talk.is_in_turn:
            talk.next_request()  # says the results of tools
    if talk.is_in_turn:
        talk.take(_NO_FURTHER_REPLY)


def _replies(baseline: Transcript) -> dict[int, list[ChatReply]]:
    """Return the replies of each turn that has its last one."""
    last = baseline.messages[-1] if baseline.messages else {}
    ended_early = baseline.outcome in {Outcome.ERROR, Outcome.INTERRUPTED} and last.get("role") != "assistant"
    cut_off = baseline.turns[-1].turn if ended_early and baseline.turns else None
    return {
        turn.turn: [
            ChatReply(baseline.messages[completion.reply], completion.finish_reason) for completion in turn.completions
        ]
        for turn in baseline.turns
        if turn.completions and turn.turn != cut_off
    }


def _pairing(talk: Talk, baseline: Transcript) -> dict[int, int]:
    """Pair the turns by what the user says in them, as a comparison does."""
    pairs = align(_users(baseline.messages), _user_texts(talk.fork(), baseline))
    asked = {turn.turn for turn in baseline.turns}
    return {new + 1: old + 1 for old, new in pairs if old is not None and new is not None and old + 1 in asked}


def _user_texts(talk: Talk, baseline: Transcript) -> list[str]:
    """Return what the user says in each turn, as it would be with the replies of the baseline's turns in their places.

    From where these do not carry the script on, texts are as they are written.
    """
    replies = _replies(baseline)
    while talk.next_request() is not None and talk.turn in replies:
        list(_take(talk, replies[talk.turn]))
    users = [message.content for message in talk.history.messages if message.role == "user"]
    written = [
        content_value(entry.content if isinstance(entry, UserTurn) else entry.user)
        for entry in talk.dialogue.scenario.entries
        if not isinstance(entry, Instruction)
    ]
    return [_text(content) for content in [*users, *written[len(users) :]]]


def _text(content: JsonValue) -> str:
    text = text_of(content)
    return text.raw if text else ""
