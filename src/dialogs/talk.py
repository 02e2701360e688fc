"""One dialogue in progress: what its script says, and what the replies do to it.

A talk does no I/O: whoever drives it carries each request to an endpoint, or to where replies are kept, and the answer
back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from dialogs.captures import capture_all
from dialogs.chat import (
    Answer,
    Arm,
    ChatReply,
    ChatRequest,
    CompletionPlace,
    Fault,
    FaultKind,
    History,
    Message,
    Role,
    script_message,
)
from dialogs.content import content_value, has_media, media_message, worded_content
from dialogs.encoding import JsonValue
from dialogs.errors import Place
from dialogs.expectations import Seen, Verdict, check, seen_in
from dialogs.expecting import Unjudged, check_all, rendered
from dialogs.replies import enter_reply
from dialogs.scenario import Capture, Content, Dialogue, Entry, Expectation, Instruction, ScriptedExchange, UserTurn
from dialogs.templating import TemplateFault
from dialogs.tool_calling import (
    MOST_ROUNDS,
    ToolDesk,
    too_many_rounds,
    tool_calls,
    unanswered_tool_calls,
    without_forced_choice,
)
from dialogs.transcript import CompletionRecord, TurnRecord
from dialogs.variables import Variables

_Made = TypeVar("_Made")


@dataclass(slots=True)
class _Asking:
    """The turn that waits for a reply: the request's round, and the completions of the rounds before it.

    `begins` is the index of what the user says.
    """

    entry: UserTurn
    begins: int
    round: int = 1
    completions: tuple[CompletionRecord, ...] = ()


@dataclass(slots=True, eq=False)
class Talk:
    """What has been said so far in a dialogue, and the record of its turns; `model` is the name on the wire.

    A driver takes turns between `next_request` and `take`, until there is no request. `turn` counts the user's messages
    so far, `turns` are the records of those that were asked and are over. `fault` is what ended the dialogue early.
    `unjudged` are expectations that wait for `judge`; nothing else waits for them. With `inline_media`, messages keep
    the bytes that were sent, in place of references.
    """

    dialogue: Dialogue
    model: str
    arm: Arm = "live"
    resample: int = 0
    inline_media: bool = False
    history: History = field(default_factory=History)
    captures: Mapping[str, JsonValue] = field(default_factory=dict)
    turns: list[TurnRecord] = field(default_factory=list)
    turn: int = 0
    fault: Fault | None = None
    unjudged: list[Unjudged] = field(default_factory=list)
    _variables: Variables = field(init=False)
    _desk: ToolDesk = field(default_factory=ToolDesk)
    _said: int = 0  # entries of the script
    _asking: _Asking | None = None
    _fault_turn: int | None = None

    def __post_init__(self) -> None:
        """Begin with the variables of the dialogue."""
        self._variables = Variables.of(self.dialogue).with_captures(self.captures)

    def fork(self, arm: Arm | None = None, resample: int = 0) -> "Talk":
        """Return a talk with the same history, which goes on by itself; its requests are of `arm`, if that is given."""
        return replace(
            self,
            arm=self.arm if arm is None else arm,
            resample=resample,
            history=self.history.fork(),
            turns=self.turns.copy(),
            unjudged=self.unjudged.copy(),
            _desk=self._desk.fork(),
            _asking=None if self._asking is None else replace(self._asking),
        )

    @property
    def fault_turn(self) -> int:
        """The turn that the fault is of."""
        return self._fault_turn or self.turn

    @property
    def is_in_turn(self) -> bool:
        """Whether a turn was begun that has not had its last reply."""
        return self._asking is not None

    def next_request(self) -> ChatRequest | None:
        """Say everything up to the next request, and return it; the same again until its answer is taken.

        None: the script is over, or a fault has ended it.
        """
        entries = self.dialogue.scenario.entries
        if not self._said and not len(self.history):
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
        self.history = History(self.history.messages[: self._asking.begins])
        self._asking = None

    def judge(self, unjudged: Unjudged, verdicts: tuple[Verdict, ...] | Fault) -> None:
        """Take a judge's verdicts on the judged parts of an expectation into its record.

        A judge that could not be had ends the dialogue as an endpoint does: what is not judged is not met either.
        """
        self.unjudged.remove(unjudged)
        turn = self.turns[unjudged.turn]
        if isinstance(verdicts, Fault):
            if self.fault is None:
                message = f"{unjudged.expectation.place}: not judged: {verdicts.message}"
                self.fault, self._fault_turn = replace(verdicts, message=message), turn.turn
            return
        record = check(unjudged.expectation, unjudged.seen, verdicts)
        expectations = (*turn.expectations[: unjudged.index], record, *turn.expectations[unjudged.index + 1 :])
        self.turns[unjudged.turn] = replace(turn, expectations=expectations)

    def _enter(self, asking: _Asking, reply: ChatReply, message: Message) -> None:
        completion = CompletionRecord.of(
            reply, index=len(self.history), history_sha256=self.history.sha256, sanitised=message.sanitised
        )
        asking.completions += (completion,)
        self.history.append(message)
        if not tool_calls(message.data):
            self._finish_turn(asking)
        elif self.dialogue.scenario.tool_results:
            self._call_tools(asking, message)
        elif self._is_last_turn():
            self._finish_turn(asking)
            self._said = len(self.dialogue.scenario.entries)
        else:
            self._fail(unanswered_tool_calls(message.data))

    def _call_tools(self, asking: _Asking, message: Message) -> None:
        """Answer the calls of a reply, so that the turn's next round can be asked."""
        calls, results = tool_calls(message.data), self.dialogue.scenario.tool_results
        if asking.round == MOST_ROUNDS:
            self._fail(too_many_rounds(calls))
            return
        answers = self._tried(asking.entry.place, lambda: self._desk.answer(calls, results, self._variables))
        if isinstance(answers, Fault):
            self._fail(answers)
            return
        for answer in answers:
            self.history.append(answer)
        asking.round += 1

    def _finish_turn(self, asking: _Asking) -> None:
        """Hold the turn's last reply against its expectations, and capture from it for the turns to come."""
        self._end_turn()
        expectations = (*asking.entry.expect, *self.dialogue.scenario.expect)
        if not expectations and not asking.entry.captures:
            return
        seen = seen_in(self.turns[-1], [message.data for message in self.history.messages])
        if seen is not None:
            self._check(expectations, seen)
            self._capture(asking.entry.captures, seen)

    def _check(self, expectations: tuple[Expectation, ...], seen: Seen) -> None:
        worded: list[Expectation] = []
        for each in expectations:
            found = self._tried(each.place, partial(rendered, each, self._variables))
            if isinstance(found, Fault):
                self.fault = found
                return
            worded.append(found)
        records, unjudged = check_all(worded, seen, turn=len(self.turns) - 1, reply=len(self.history) - 1)
        self.turns[-1] = replace(self.turns[-1], expectations=records)
        self.unjudged += unjudged

    def _capture(self, captures: tuple[Capture, ...], seen: Seen) -> None:
        captured = capture_all(captures, seen)
        if isinstance(captured, Fault):
            self.fault = self.fault or captured
            return
        self.captures = {**self.captures, **captured}
        self._variables = self._variables.with_captures(captured)

    def _tried(self, place: Place, make: Callable[[], _Made]) -> _Made | Fault:
        try:
            return make()
        except TemplateFault as fault:
            where = f"line {fault.line} of the template: " if fault.line > 1 else ""
            return Fault(FaultKind.TEMPLATE_FAILED, f"{place}: {where}{fault.message}")

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
        scenario = self.dialogue.scenario
        if scenario.system is not None:
            self._say("system", scenario.system, scenario.place)

    def _say_entry(self, entry: Entry) -> None:
        match entry:
            case Instruction(role, text):
                self._say(role, text, entry.place)
            case ScriptedExchange(user, assistant):
                self.turn += 1
                self._say("user", user, entry.place)
                self._say("assistant", assistant, entry.place)
            case UserTurn(user):
                self.turn += 1
                self._say("user", user, entry.place)
                self._asking = None if self.fault else _Asking(entry, len(self.history) - 1)

    def _say(self, role: Role, content: Content, place: Place) -> None:
        """Let a message of the script enter the history, unless a template in it cannot be rendered."""
        message = self._tried(place, lambda: self._message(role, content))
        if isinstance(message, Fault):
            self.fault = self.fault or message
        elif self.fault is None:
            self.history.append(message)

    def _message(self, role: Role, content: Content) -> Message:
        variables = self._variables
        sent = worded_content(content, variables.sent_text)
        kept = worded_content(content, variables.kept_text) if variables.has_secrets else sent
        if has_media(content):
            return media_message(role, sent, kept, references=not self.inline_media)
        return script_message(role, content_value(sent), None if kept is sent else content_value(kept))

    def _request(self, asking: _Asking) -> ChatRequest:
        entry = asking.entry
        params = {**self.dialogue.params, **entry.params}
        return ChatRequest(
            model=self.model,
            messages=self.history.messages,
            history_sha256=self.history.sha256,
            place=CompletionPlace(self.dialogue.id, self.turn, asking.round, self.arm, self.resample),
            params=params if asking.round == 1 else without_forced_choice(params),
            extra_body={**self.dialogue.extra_body, **entry.extra_body},
            tools=self.dialogue.scenario.tools,
        )
