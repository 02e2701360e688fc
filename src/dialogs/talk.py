"""One dialogue in progress: what its script says, and what the replies do to it.

A talk does no I/O: whoever drives it carries each request to an endpoint, or to where replies are kept, and the answer
back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dialogs.chat import (
    Answer,
    Arm,
    ChatReply,
    ChatRequest,
    CompletionPlace,
    Fault,
    History,
    Message,
    Role,
    script_message,
)
from dialogs.content import content_value
from dialogs.encoding import JsonValue
from dialogs.replies import enter_reply, unanswered_tool_calls
from dialogs.scenario import Dialogue, Entry, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import CompletionRecord, TurnRecord


@dataclass(slots=True)
class _Asking:
    """The turn that waits for a reply: the request's round, and the completions of the rounds before it."""

    entry: UserTurn
    round: int = 1
    completions: tuple[CompletionRecord, ...] = ()


@dataclass(slots=True)
class Talk:
    """What has been said so far in a dialogue, and the record of its turns; `model` is the name on the wire.

    A driver takes turns between `next_request` and `take`, until there is no request. `turn` counts the user's messages
    so far, `turns` are the records of those that were asked and are over. `fault` is what ended the dialogue early.
    """

    dialogue: Dialogue
    model: str
    arm: Arm = "live"
    resample: int = 0
    history: History = field(default_factory=History)
    captures: Mapping[str, JsonValue] = field(default_factory=dict)
    turns: list[TurnRecord] = field(default_factory=list)
    turn: int = 0
    fault: Fault | None = None
    _said: int = 0  # entries of the script
    _asking: _Asking | None = None

    def fork(self, arm: Arm | None = None, resample: int = 0) -> "Talk":
        """Return a talk with the same history, which goes on by itself; its requests are of `arm`, if that is given."""
        return replace(
            self,
            arm=self.arm if arm is None else arm,
            resample=resample,
            history=self.history.fork(),
            turns=self.turns.copy(),
            _asking=None if self._asking is None else replace(self._asking),
        )

    @property
    def is_in_turn(self) -> bool:
        """Whether a turn was begun that has not had its last reply."""
        return self._asking is not None

    def next_request(self) -> ChatRequest | None:
        """Say everything up to the next request, and return it; the same again until its answer is taken.

        None: the script is over, or a fault has ended it.
        """
        entries = self.dialogue.scenario.entries
        if self._said == 0 and self.fault is None:
            self._begin()
        while self.fault is None and self._asking is None and self._said < len(entries):
            self._say_entry(entries[self._said])
            self._said += 1
        return None if self._asking is None else self._request(self._asking)

    def take(self, answer: Answer) -> None:
        """Let the answer to the request enter the history and the records, or end the dialogue.

        Raises:
            ValueError: nothing was asked.
        """
        if self._asking is None:
            raise ValueError("an answer to no request")
        if isinstance(answer, Fault):
            self._fail(answer)
            return
        message = enter_reply(answer, self.dialogue.scenario.send_back)
        if isinstance(message, Fault):
            self._fail(message)
            return
        self._enter(self._asking, answer, message)

    def leave_out(self) -> None:
        """Take back what the user says in the turn that waits for a reply, and go on without it; it keeps its number.

        Raises:
            ValueError: nothing was asked.
        """
        if self._asking is None:
            raise ValueError("no turn to leave out")
        self.history = History(self.history.messages[:-1])
        self._asking = None

    def _enter(self, asking: _Asking, reply: ChatReply, message: Message) -> None:
        completion = CompletionRecord.of(
            reply, index=len(self.history), history_sha256=self.history.sha256, sanitised=message.sanitised
        )
        asking.completions += (completion,)
        self.history.append(message)
        fault = unanswered_tool_calls(message)
        if fault is None:
            self._end_turn()
        elif self._is_last_turn():
            self._end_turn()
            self._said = len(self.dialogue.scenario.entries)
        else:
            self._fail(fault)

    def _fail(self, fault: Fault) -> None:
        self.fault = fault
        self._end_turn()

    def _end_turn(self) -> None:
        if self._asking is not None:
            entry = self._asking.entry
            record = TurnRecord(self.turn, self._asking.completions, params=entry.params, extra_body=entry.extra_body)
            self.turns.append(record)
        self._asking = None

    def _is_last_turn(self) -> bool:
        return not any(isinstance(entry, UserTurn) for entry in self.dialogue.scenario.entries[self._said :])

    def _begin(self) -> None:
        system = self.dialogue.scenario.system
        if system is not None and not len(self.history):
            self._say("system", system)

    def _say_entry(self, entry: Entry) -> None:
        match entry:
            case Instruction(role, text):
                self._say(role, text)
            case ScriptedExchange(user, assistant):
                self.turn += 1
                self._say("user", content_value(user))
                self._say("assistant", assistant)
            case UserTurn(user):
                self.turn += 1
                self._say("user", content_value(user))
                self._asking = _Asking(entry)

    def _say(self, role: Role, content: JsonValue) -> None:
        self.history.append(script_message(role, content))

    def _request(self, asking: _Asking) -> ChatRequest:
        entry = asking.entry
        return ChatRequest(
            model=self.model,
            messages=self.history.messages,
            history_sha256=self.history.sha256,
            place=CompletionPlace(self.dialogue.id, self.turn, asking.round, self.arm, self.resample),
            params={**self.dialogue.params, **entry.params},
            extra_body={**self.dialogue.extra_body, **entry.extra_body},
        )
