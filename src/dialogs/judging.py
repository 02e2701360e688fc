"""Puts what only a judge can tell to the judge's endpoints."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dialogs.chat import Answer, CompletionPlace, Endpoint, Fault, FaultKind
from dialogs.encoding import JsonObject
from dialogs.expectations import judged_parts
from dialogs.expectations.checking import Verdict
from dialogs.expectations.judging import Question, rubric_request, similarity_request, verdict_at_once, verdict_of
from dialogs.expecting import Unjudged
from dialogs.talk import Talk


class Judge(Protocol):
    """Who answers what no check can."""

    async def verdict(self, question: Question) -> Verdict | Fault:
        """Say whether the reply meets the expectation; a fault where no answer could be had."""


def _unseen(_place: CompletionPlace, _answer: Answer) -> None:
    pass


@dataclass(frozen=True, slots=True)
class EndpointJudge:
    """Asks endpoints: `rubrics` is a model, `similarities` one of embeddings; None where the configuration names none.

    `params` are those of the model's requests. `answered` is told of every answer.
    """

    rubrics: Endpoint | None = None
    similarities: Endpoint | None = None
    params: JsonObject = field(default_factory=dict)
    answered: Callable[[CompletionPlace, Answer], None] = _unseen

    async def verdict(self, question: Question) -> Verdict | Fault:
        """Ask, unless the answer is plain."""
        known = verdict_at_once(question)
        if known is not None:
            return known
        is_similarity = question.expectation.kind == "similar"
        endpoint = self.similarities if is_similarity else self.rubrics
        if endpoint is None:
            return Fault(FaultKind.INVALID_REQUEST, f"nobody judges {question.expectation.kind}")
        request = (
            similarity_request(question, endpoint.model)
            if is_similarity
            else rubric_request(question, endpoint.model, self.params)
        )
        answer = await endpoint.complete(request)
        self.answered(request.place, answer)
        if isinstance(answer, Fault):
            return answer
        return verdict_of(question, answer) or Fault(FaultKind.NOT_A_COMPLETION, "the judge's answer is no verdict")


async def put_to_judge(talk: Talk, judge: Judge) -> None:
    """Have a talk's expectations judged, all of them at the same time, once it is over."""
    waiting = tuple(talk.unjudged)
    answers = await asyncio.gather(*(_verdicts(judge, talk, each) for each in waiting))
    for unjudged, verdicts in zip(waiting, answers, strict=True):
        talk.judge(unjudged, verdicts)


async def _verdicts(judge: Judge, talk: Talk, unjudged: Unjudged) -> tuple[Verdict, ...] | Fault:
    """Ask for each judged part of an expectation in turn."""
    verdicts: list[Verdict] = []
    for part, expectation in enumerate(judged_parts(unjudged.expectation)):
        place = CompletionPlace(talk.dialogue.id, talk.turns[unjudged.turn].turn, unjudged.index + 1, "judge", part)
        before = [message.data for message in talk.history.messages[: unjudged.reply]]
        verdict = await judge.verdict(Question(expectation, unjudged.seen, before, place))
        if isinstance(verdict, Fault):
            return verdict
        verdicts.append(verdict)
    return tuple(verdicts)
