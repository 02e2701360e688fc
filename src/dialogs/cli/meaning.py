"""How alike texts are in meaning: asked of a model of embeddings, each pair once, and kept in a cassette."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TypeAlias

from dialogs.chat import Answer, ChatReply, ChatRequest, CompletionPlace, Fault, History, script_message
from dialogs.cli.keeping import kept
from dialogs.cli.options import CONCURRENCY
from dialogs.cli.sameness_flags import Meaning
from dialogs.configuration import Configuration
from dialogs.endpoints.cassette import CassetteEndpoint
from dialogs.endpoints.judges import SIMILARITIES
from dialogs.endpoints.opening import open_similarity
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.journal.cassette import Cassette

_Ask: TypeAlias = Callable[[ChatRequest], Awaitable[Answer]]
_Pair: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Wanted:
    """Takes note of each pair of texts whose likeness is asked for."""

    pairs: dict[_Pair, None] = field(default_factory=dict)

    def __call__(self, one: str, other: str) -> float:
        """Note a pair; it counts as not alike."""
        self.pairs[one, other] = None
        return 0.0


def likenesses(pairs: Iterable[_Pair], meaning: Meaning, configuration: Configuration) -> Callable[[str, str], float]:
    """Return the likeness of every pair, from 0 to 1.

    Raises:
        WrongUseError: no model of embeddings is named, or a file cannot be used.
        IncompleteError: an answer could not be had.
    """
    asked = [pair for pair in pairs if all(pair)]  # servers refuse an empty text
    with ExitStack() as stack:
        if meaning.replay is not None:
            cassette = stack.enter_context(closing(Cassette(meaning.replay)))
            endpoint = CassetteEndpoint(cassette, SIMILARITIES)
            found = asyncio.run(_all(asked, endpoint.model, endpoint.complete))
        else:
            found = asyncio.run(_recorded(asked, meaning, configuration))
    return lambda one, other: found.get((one, other), 0.0)


async def _recorded(pairs: Sequence[_Pair], meaning: Meaning, configuration: Configuration) -> Mapping[_Pair, float]:
    name, record = meaning.embedding_model or configuration.judge.embedding_model, meaning.record
    if name is None or record is None:
        raise WrongUseError(
            "--metric semantic needs a model of embeddings; wanted --embedding-model NAME, or embedding_model under "
            "judge in dialogs.yaml"
        )
    endpoint = open_similarity(name, configuration, os.environ, concurrency=CONCURRENCY)
    async with kept({SIMILARITIES: endpoint}, record, configuration) as endpoints:
        return await _all(pairs, endpoint.model, endpoints[SIMILARITIES].complete)


async def _all(pairs: Sequence[_Pair], model: str, ask: _Ask) -> Mapping[_Pair, float]:
    places = asyncio.Semaphore(CONCURRENCY)

    async def one(pair: _Pair) -> Answer:
        async with places:
            return await ask(_request(pair, model))

    answers = await asyncio.gather(*map(one, pairs))
    for answer in answers:
        if isinstance(answer, Fault):
            raise IncompleteError(f"a likeness could not be had: {answer.message}")
    return {pair: _number(answer) for pair, answer in zip(pairs, answers, strict=True) if isinstance(answer, ChatReply)}


def _request(pair: _Pair, model: str) -> ChatRequest:
    history = History(tuple(script_message("user", text) for text in pair))
    place = CompletionPlace(f"(likeness {history.sha256[:32]})", 1, arm="judge")
    return ChatRequest(model, history.messages, history.sha256, place)


def _number(reply: ChatReply) -> float:
    return max(0.0, float(str(reply.message.get("content"))))
