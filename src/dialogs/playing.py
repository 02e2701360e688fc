"""Plays one dialogue: its turns in sequence, each on the whole history so far."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from dialogs.chat import Answer, CompletionPlace, Endpoint, Fault, FaultKind, tools_hash
from dialogs.clock import Clock
from dialogs.judging import Judge, put_to_judge
from dialogs.scenario import Dialogue
from dialogs.talk import Talk
from dialogs.transcript import Outcome, Transcript, TranscriptError, TurnRecord

NOT_THE_ENDPOINT_S: Final = frozenset((FaultKind.STOPPED, FaultKind.JOURNAL_FAILED))


class Observer(Protocol):
    """Is told what happens in a run, as it happens."""

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Take note of a request's end."""

    def played(self, transcript: Transcript) -> None:
        """Take note of a dialogue's end."""


class Player:
    """Plays dialogues against endpoints. One player serves any number of dialogues at the same time."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        clock: Clock,
        observer: Observer,
        kept: Mapping[str, Transcript] | None = None,
        *,
        judge: Judge | None = None,
        inline_media: bool = False,
    ) -> None:
        """Ask `endpoints`, which are found by the dialogues' model names.

        `kept` holds, by id, whole transcripts of an earlier run that stand for playing their dialogues again. `judge`
        tells of expectations what no check can; without one they stay unjudged. With `inline_media`, transcripts keep
        the bytes of media, in place of references.
        """
        self._endpoints = endpoints
        self._clock = clock
        self._observer = observer
        self._kept = kept or {}
        self._judge = judge
        self._inline_media = inline_media

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
        endpoint = self._endpoints[dialogue.model]
        talk = self._talk(dialogue, endpoint)
        await self._carry(talk, endpoint)
        await self._judged(talk)
        return self._transcript(talk, endpoint, started_at, began)

    def _talk(self, dialogue: Dialogue, endpoint: Endpoint) -> Talk:
        return Talk(dialogue, endpoint.model, inline_media=self._inline_media)

    def _transcript(self, talk: Talk, endpoint: Endpoint, started_at: datetime, began: float) -> Transcript:
        dialogue = talk.dialogue
        return Transcript(
            id=dialogue.id,
            scenario=dialogue.scenario.id,
            case=dialogue.case,
            model=dialogue.model,
            sample=dialogue.sample,
            params=dialogue.params,
            extra_body=dialogue.extra_body,
            send_back=dialogue.scenario.send_back,
            tools_sha256=tools_hash(dialogue.scenario.tools),
            outcome=outcome_of(talk.fault, talk.turns),
            messages=tuple(message.data for message in talk.history.messages),
            turns=tuple(talk.turns),
            error=error_of(talk.fault, talk.fault_turn),
            tags=dialogue.scenario.tags,
            position=dialogue.position,
            place=str(dialogue.scenario.place),
            endpoint=endpoint.identity,
            started_at=started_at.isoformat(timespec="milliseconds"),
            elapsed_ms=round((self._clock.monotonic() - began) * 1000, 1),
        )

    async def _carry(self, talk: Talk, endpoint: Endpoint) -> None:
        """Carry each request of a talk to its endpoint, and the answer back."""
        while (request := talk.next_request()) is not None:
            answer = await endpoint.complete(request)
            self._observer.answered(request.place, answer)
            talk.take(answer)

    async def _judged(self, talk: Talk) -> None:
        if self._judge is not None:
            await put_to_judge(talk, self._judge)


def outcome_of(fault: Fault | None, turns: Sequence[TurnRecord] = ()) -> Outcome:
    """Say how a dialogue ended that a fault ended early, or none did."""
    if fault is not None:
        return Outcome.INTERRUPTED if fault.kind in NOT_THE_ENDPOINT_S else Outcome.ERROR
    return Outcome.COMPLETED if all(turn.is_met for turn in turns) else Outcome.UNMET


def error_of(fault: Fault | None, turn: int) -> TranscriptError | None:
    """Return what a transcript says of a fault; nothing of one that is none of the endpoint's."""
    if fault is None or fault.kind in NOT_THE_ENDPOINT_S:
        return None
    return TranscriptError(turn, fault.kind.value, fault.message, fault.status)
