"""Plays one dialogue: its turns in sequence, each on the whole history so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from dialogs.chat import (
    Answer,
    ChatRequest,
    CompletionPlace,
    Endpoint,
    Fault,
    FaultKind,
    History,
    Role,
    script_message,
)
from dialogs.clock import Clock
from dialogs.content import content_value
from dialogs.encoding import JsonValue
from dialogs.replies import enter_reply, unanswered_tool_calls
from dialogs.scenario import Dialogue, Entry, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import CompletionRecord, Outcome, Transcript, TranscriptError, TurnRecord

_NOT_THE_ENDPOINT_S: Final = frozenset((FaultKind.STOPPED, FaultKind.JOURNAL_FAILED))


class Observer(Protocol):
    """Is told what happens in a run, as it happens."""

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Take note of a request's end."""

    def played(self, transcript: Transcript) -> None:
        """Take note of a dialogue's end."""


@dataclass(slots=True)
class _Talk:
    """A dialogue in progress: what has been said, and the record of its turns."""

    dialogue: Dialogue
    endpoint: Endpoint
    history: History = field(default_factory=History)
    turns: list[TurnRecord] = field(default_factory=list)
    turn: int = 0

    def say(self, role: Role, content: JsonValue) -> None:
        """Let a message of the script enter the history."""
        self.history.append(script_message(role, content))

    def request(self, entry: UserTurn) -> ChatRequest:
        """Ask for the next reply, on the whole history."""
        return ChatRequest(
            model=self.endpoint.model,
            messages=self.history.messages,
            history_sha256=self.history.sha256,
            place=CompletionPlace(self.dialogue.id, self.turn),
            params={**self.dialogue.params, **entry.params},
            extra_body={**self.dialogue.extra_body, **entry.extra_body},
        )

    def take(self, request: ChatRequest, entry: UserTurn, answer: Answer) -> Fault | None:
        """Let an answer enter the history and the record; return the fault that ends the dialogue."""
        if isinstance(answer, Fault):
            self._record(entry)
            return answer
        message = enter_reply(answer, self.dialogue.scenario.send_back)
        if isinstance(message, Fault):
            self._record(entry)
            return message
        completion = CompletionRecord.of(
            answer, index=len(self.history), history_sha256=request.history_sha256, sanitised=message.sanitised
        )
        self._record(entry, completion)
        self.history.append(message)
        return unanswered_tool_calls(message)

    def _record(self, entry: UserTurn, *completions: CompletionRecord) -> None:
        self.turns.append(TurnRecord(self.turn, completions, params=entry.params, extra_body=entry.extra_body))


class Player:
    """Plays dialogues against endpoints. One player serves any number of dialogues at the same time."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        clock: Clock,
        observer: Observer,
        kept: Mapping[str, Transcript] | None = None,
    ) -> None:
        """Ask `endpoints`, which are found by the dialogues' model names.

        `kept` holds, by id, whole transcripts of an earlier run that stand for playing their dialogues again.
        """
        self._endpoints = endpoints
        self._clock = clock
        self._observer = observer
        self._kept = kept or {}

    def keeps(self, dialogue: Dialogue) -> bool:
        """Say whether an earlier run has finished the dialogue."""
        return dialogue.id in self._kept

    async def play(self, dialogue: Dialogue) -> Transcript:
        """Replay the script; a turn that gets no reply ends the dialogue, and nothing is made up for it."""
        transcript = self._kept.get(dialogue.id) or await self._play(dialogue)
        self._observer.played(transcript)
        return transcript

    async def _play(self, dialogue: Dialogue) -> Transcript:
        started_at, began = self._clock.now(), self._clock.monotonic()
        talk = _Talk(dialogue, self._endpoints[dialogue.model])
        fault = await self._play_entries(talk)
        return Transcript(
            id=dialogue.id,
            scenario=dialogue.scenario.id,
            case=dialogue.case,
            model=dialogue.model,
            sample=dialogue.sample,
            params=dialogue.params,
            extra_body=dialogue.extra_body,
            send_back=dialogue.scenario.send_back,
            outcome=_outcome(fault),
            messages=tuple(message.data for message in talk.history.messages),
            turns=tuple(talk.turns),
            error=_error(fault, talk.turn),
            tags=dialogue.scenario.tags,
            place=str(dialogue.scenario.place),
            endpoint=talk.endpoint.identity,
            started_at=started_at.isoformat(timespec="milliseconds"),
            elapsed_ms=round((self._clock.monotonic() - began) * 1000, 1),
        )

    async def _play_entries(self, talk: _Talk) -> Fault | None:
        scenario = talk.dialogue.scenario
        if scenario.system is not None:
            talk.say("system", scenario.system)
        last_asked = max(index for index, entry in enumerate(scenario.entries) if isinstance(entry, UserTurn))
        for index, entry in enumerate(scenario.entries):
            fault = await self._play_entry(talk, entry)
            if fault is not None and fault.kind is FaultKind.UNANSWERED_TOOL_CALL and index == last_asked:
                return None
            if fault is not None:
                return fault
        return None

    async def _play_entry(self, talk: _Talk, entry: Entry) -> Fault | None:
        match entry:
            case Instruction(role, text):
                talk.say(role, text)
            case ScriptedExchange(user, assistant):
                talk.turn += 1
                talk.say("user", content_value(user))
                talk.say("assistant", assistant)
            case UserTurn(user):
                talk.turn += 1
                talk.say("user", content_value(user))
                request = talk.request(entry)
                answer = await talk.endpoint.complete(request)
                self._observer.answered(request.place, answer)
                return talk.take(request, entry, answer)
        return None


def _outcome(fault: Fault | None) -> Outcome:
    if fault is None:
        return Outcome.COMPLETED
    return Outcome.INTERRUPTED if fault.kind in _NOT_THE_ENDPOINT_S else Outcome.ERROR


def _error(fault: Fault | None, turn: int) -> TranscriptError | None:
    if fault is None or fault.kind in _NOT_THE_ENDPOINT_S:
        return None
    return TranscriptError(turn, fault.kind.value, fault.message, fault.status)
