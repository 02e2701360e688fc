"""Plays dialogues in every arm that is wanted: live, on the baseline's history, and again on the same one."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from dialogs.arms.asking import Asker
from dialogs.arms.dialogue import DialogueArms, Pin
from dialogs.arms.histories import History
from dialogs.arms.merging import merged
from dialogs.arms.pinning import pin
from dialogs.arms.plan import Plan
from dialogs.arms.sharing import SharingEndpoint
from dialogs.chat import Endpoint
from dialogs.clock import Clock
from dialogs.judging import Judge
from dialogs.playing import Observer, Player
from dialogs.scenario import Dialogue
from dialogs.talk import Talk
from dialogs.transcript import Transcript


class ArmsPlayer(Player):
    """A player that asks each turn in as many arms as a plan wants, and a request that is the same in two only once."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        clock: Clock,
        observer: Observer,
        kept: Mapping[str, Transcript] | None = None,
        *,
        plan: Plan,
        judge: Judge | None = None,
        inline_media: bool = False,
    ) -> None:
        """Play as a Player does, and beside it what `plan` wants."""
        if plan.shares and plan.baselines is not None:
            baselines = plan.baselines
            endpoints = {name: SharingEndpoint(endpoint, baselines) for name, endpoint in endpoints.items()}
        super().__init__(endpoints, clock, observer, kept, judge=judge, inline_media=inline_media)
        self._plan = plan

    async def _play(self, dialogue: Dialogue) -> Transcript:
        baselines = self._plan.baselines_of(dialogue)
        resamples = self._plan.resamples_of(dialogue)
        if not baselines and not resamples:
            return await super()._play(dialogue)
        started_at, began = self._clock.now(), self._clock.monotonic()
        endpoint = self._endpoints[dialogue.model]
        pins = [Pin(baseline, pin(self._talk(dialogue, endpoint), baseline)) for baseline in baselines]
        is_pinned = bool(pins) and self._plan.history is History.PINNED
        talk = self._talk(dialogue, endpoint)
        async with asyncio.TaskGroup() as group:
            asker = Asker(endpoint, self._observer, self._judged if is_pinned else None)
            arms = DialogueArms(self._plan, resamples, pins, asker, group)
            if is_pinned:
                arms.ask_pinned()
            else:
                await self._carry_beside(talk, endpoint, arms)
        await self._judged(talk)
        transcript = self._transcript(talk, endpoint, started_at, began)
        if is_pinned:
            transcript = replace(transcript, messages=pins[0].history.messages)
        return merged(transcript, arms, dialogue.scenario)

    async def _carry_beside(self, talk: Talk, endpoint: Endpoint, arms: DialogueArms) -> None:
        """Carry the live requests to the endpoint, and let the other arms know of each turn."""
        while (request := talk.next_request()) is not None:
            if request.place.round == 1:
                arms.begins(talk, request)
            answer = await endpoint.complete(request)
            self._observer.answered(request.place, answer)
            talk.take(answer)
            if not talk.is_in_turn:
                arms.ended(talk)
        arms.over(talk)
