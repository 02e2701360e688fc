"""Similarity of two texts, by the embeddings of an OpenAI-compatible server.

Source: https://platform.openai.com/docs/api-reference/embeddings/create.
"""

import math
import time
from collections.abc import Sequence

from dialogs.chat import Answer, ChatReply, ChatRequest, Fault, Usage
from dialogs.encoding import JsonValue, canonical, decode
from dialogs.endpoints.faults import NoAnswerError, not_a_completion
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.record import Record, RecordError


class SimilarityEndpoint(OpenAIEndpoint):
    """Answers a request of two messages with the cosine of their texts' embeddings, as the text of a reply.

    So it is kept and replayed as any completion is, and no record holds thousands of numbers.
    """

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once, within the site's deadline."""
        texts = [message.content for message in request.messages]
        body = canonical({"model": self.model, "input": texts, "encoding_format": "float"})
        async with self._client.places:
            started = time.perf_counter()
            try:
                response = await self._client.post(self._url, body)
            except NoAnswerError as error:
                return self._client.fault(error, self.identity)
            latency_ms = (time.perf_counter() - started) * 1000
        if not response.is_success:
            return self._refused(response)
        source = f"{response.status_code} from {self.identity}"
        content = self._client.redactor.data(response.content)
        return similarity_reply(content, len(texts), source=source, latency_ms=latency_ms)


def similarity_reply(body: bytes, texts: int, *, source: str, latency_ms: float = 0.0) -> ChatReply | Fault:
    """Read an answer of embeddings as a reply that says how similar the first two texts are, from -1 to 1."""
    try:
        answer = Record(decode(body))
        found = {item.integer("index", number): item for number, item in enumerate(answer.records("data"))}
        if set(found) != set(range(texts)):
            raise RecordError(f'"data" holds {len(found)}; wanted one for each of {texts} texts')
        similarity = cosine(*(_vector(found[index]) for index in range(2)))
    except ValueError as error:
        return not_a_completion(f"no embeddings: {error}", body, source=source)
    usage = answer.mapping("usage")
    tokens = usage.get("prompt_tokens")
    return ChatReply(
        message={"role": "assistant", "content": f"{similarity:.4f}"},
        finish_reason="stop",
        served_model=answer.optional_text("model"),
        usage=Usage(tokens, 0, usage) if isinstance(tokens, int) else None,
        latency_ms=latency_ms,
    )


def _vector(item: Record) -> Sequence[float]:
    numbers = [_number(value) for value in item.items("embedding")]
    if not any(numbers):
        raise RecordError("an embedding is empty")
    return numbers


def _number(value: JsonValue) -> float:
    if not isinstance(value, int | float):
        raise RecordError("an embedding holds what is no number")
    return float(value)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of the angle between two vectors.

    Raises:
        ValueError: they are of different lengths.
    """
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / (math.hypot(*one) * math.hypot(*other))
