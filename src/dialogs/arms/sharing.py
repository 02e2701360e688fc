"""Replies that the other side of a comparison has had a moment ago, given for the same requests once more."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from dialogs.arms.baselines import Baselines
from dialogs.chat import Answer, ChatReply, ChatRequest, Endpoint, EndpointAround, tools_hash
from dialogs.completion_records import CompletionRecord
from dialogs.encoding import JsonObject
from dialogs.tool_calling import without_forced_choice
from dialogs.transcript import Transcript, TurnRecord

_Known: TypeAlias = dict[tuple[str, int], tuple[JsonObject, JsonObject, ChatReply]]
_REMEMBERED = 64


class SharingEndpoint(EndpointAround):
    """Answers a request as a baseline's transcript of the same dialogue has it, and asks `inner` for all others.

    The same is a request with the same history, model, parameters and tools. A reply is given for the sample and the
    resample that it belongs to, so nothing is shared between these. The transcripts must be of the same endpoints.
    """

    def __init__(self, inner: Endpoint, baselines: Baselines) -> None:
        """Look in `baselines` before asking `inner`."""
        super().__init__(inner)
        self._baselines = baselines
        self._known = lru_cache(maxsize=_REMEMBERED)(self._read)

    async def complete(self, request: ChatRequest) -> Answer:
        """Return the reply that is known, or ask."""
        transcript, known = self._known(request.place.dialogue)
        params, extra_body, reply = known.get((request.history_sha256, request.place.resample), ({}, {}, None))
        if (
            reply is not None
            and (params, extra_body) == (request.params, request.extra_body)
            and transcript is not None
            and transcript.tools_sha256 == tools_hash(request.tools)
        ):
            return reply
        return await self.inner.complete(request)

    def _read(self, dialogue: str) -> tuple[Transcript | None, _Known]:
        transcript = self._baselines.named(dialogue)
        return transcript, {} if transcript is None else dict(_replies(transcript))


def _replies(
    transcript: Transcript,
) -> Iterator[tuple[tuple[str, int], tuple[JsonObject, JsonObject, ChatReply]]]:
    for turn in transcript.turns:
        askings = [
            (turn.completions, transcript.messages),
            *((arm.completions, arm.messages) for arm in turn.resamples),
        ]
        for resample, (completions, messages) in enumerate(askings):
            for round_, completion in enumerate(completions, 1):
                sent = _params(transcript, turn, round_), {**transcript.extra_body, **turn.extra_body}
                yield (completion.history_sha256, resample), (*sent, _reply(completion, messages[completion.reply]))


def _params(transcript: Transcript, turn: TurnRecord, round_: int) -> JsonObject:
    params = {**transcript.params, **turn.params}
    return params if round_ == 1 else without_forced_choice(params)


def _reply(completion: CompletionRecord, message: JsonObject) -> ChatReply:
    return replace(completion.reply_with(message), attempts=1, source="baseline")  # those were another run's attempts
