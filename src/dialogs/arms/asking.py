"""Asks one turn in one arm, to its last reply."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dialogs.chat import Endpoint, Fault
from dialogs.encoding import JsonObject
from dialogs.playing import Observer, error_of
from dialogs.talk import Talk
from dialogs.transcript import ArmRecord, TurnRecord

Judging: TypeAlias = Callable[[Talk], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a turn; `fault` is why there is no reply, `unjudged` why there is no verdict on it."""

    turn: TurnRecord
    messages: tuple[JsonObject, ...]
    fault: Fault | None
    unjudged: Fault | None = None

    def arm(self, script: tuple[JsonObject, ...] = ()) -> ArmRecord:
        """Return the record of an arm that was asked after `script`."""
        return ArmRecord(
            messages=self.messages,
            completions=self.turn.completions,
            script=script,
            error=error_of(self.fault, self.turn.turn),
            expectations=self.turn.expectations,
        )


def asked_since(begin: int, talk: Talk) -> Asked:
    """Return what came of a talk's last turn, whose request had `begin` messages."""
    record = talk.turns[-1]
    rebased = tuple(replace(completion, reply=completion.reply - begin) for completion in record.completions)
    messages = tuple(message.data for message in talk.history.messages[begin:])
    # A fault behind the reply, as of a capture, ends the dialogue for the turns to come, which this asking has none of.
    has_reply = bool(messages) and messages[-1]["role"] == "assistant"
    return Asked(replace(record, completions=rebased), messages, None if has_reply else talk.fault)


class Asker:
    """Carries the turns of talks to an endpoint."""

    def __init__(self, endpoint: Endpoint, observer: Observer, judge: Judging | None = None) -> None:
        """Ask `endpoint`, and tell `observer` of each answer; `judge` has a turn's expectations judged."""
        self._endpoint = endpoint
        self._observer = observer
        self._judge = judge

    async def ask(self, talk: Talk) -> Asked:
        """Ask the turn that a talk has begun, round by round, and have its first reply judged."""
        begin = len(talk.history)
        while talk.is_in_turn and (request := talk.next_request()) is not None:
            answer = await self._endpoint.complete(request)
            self._observer.answered(request.place, answer)
            talk.take(answer)
        if self._judge is None or talk.resample:
            return asked_since(begin, talk)
        talk.unjudged = [each for each in talk.unjudged if each.turn == len(talk.turns) - 1]
        fault = talk.fault
        await self._judge(talk)
        return replace(asked_since(begin, talk), unjudged=None if talk.fault is fault else talk.fault)
