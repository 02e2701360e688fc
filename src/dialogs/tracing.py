"""A run as spans of OpenTelemetry: one for each dialogue, turn and request.

Names are those of the semantic conventions for generative AI
(https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/); what they have no name for begins with `dialogs.`.
"""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dialogs.chat import Answer, ChatReply, ChatRequest, CompletionPlace, Endpoint, EndpointAround
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.traced_messages import input_messages, output_messages, system_instructions
from dialogs.transcript import Outcome, Transcript

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

CAPTURE_CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_CAPTURED: Final = frozenset({"true", "1", "span_only", "span_and_event"})
_PARAMS: Final[Mapping[str, str]] = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
}


@dataclass(slots=True)
class _Open:
    """A dialogue in progress: its span, and those of its turns with the moments at which their last requests ended."""

    span: "Span"
    turns: "dict[int, Span]" = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)


class Tracing:
    """Makes the spans of a run. What is said stands in none of them, unless the environment asks for it."""

    def __init__(self, provider: "TracerProvider | None" = None, environ: Mapping[str, str] = os.environ) -> None:
        """Give spans to `provider`, or to the program's own, under the span that is current now."""
        from opentelemetry import context, trace  # noqa: PLC0415 - of an extra

        self._tracer = trace.get_tracer("dialogs", tracer_provider=provider)
        self._trace = trace
        self._parent = context.get_current()
        self._captures = environ.get(CAPTURE_CONTENT, "").lower() in _CAPTURED
        self._open: dict[str, _Open] = {}

    def around(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint whose requests are traced."""
        return _TracedEndpoint(endpoint, self)

    async def asked(self, inner: Endpoint, request: ChatRequest) -> Answer:
        """Ask, within a span."""
        place = request.place
        span = self._tracer.start_span(
            f"chat {request.model}",
            self._trace.set_span_in_context(self._turn(place)),
            kind=self._trace.SpanKind.CLIENT,
            attributes=dict(_asked(inner.identity, request)),
        )
        with self._trace.use_span(span, end_on_exit=True):
            answer = await inner.complete(request)
            self._note(span, request, answer)
        if (there := self._open.get(place.dialogue)) is not None:
            there.ended[place.turn] = time.time_ns()
        return answer

    def _turn(self, place: CompletionPlace) -> "Span":
        there = self._open.get(place.dialogue)
        if there is None:
            there = self._open[place.dialogue] = _Open(self._begin(place.dialogue))
        if place.turn not in there.turns:
            there.turns[place.turn] = self._tracer.start_span(
                f"turn {place.turn}",
                self._trace.set_span_in_context(there.span),
                attributes={"gen_ai.conversation.id": place.dialogue, "dialogs.turn": place.turn},
            )
        return there.turns[place.turn]

    def _begin(self, dialogue: str) -> "Span":
        scenario = dialogue.partition("@")[0].partition("[")[0]
        attributes: dict[str, AttributeValue] = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": scenario,
            "gen_ai.conversation.id": dialogue,
        }
        return self._tracer.start_span(f"invoke_workflow {scenario}", self._parent, attributes=attributes)

    def _note(self, span: "Span", request: ChatRequest, answer: Answer) -> None:
        if isinstance(answer, ChatReply):
            span.set_attributes(dict(_answered(answer)))
        else:
            span.set_attributes({"error.type": answer.kind.value, "dialogs.attempts": answer.attempts})
            span.set_status(self._trace.StatusCode.ERROR, answer.kind.value)
        if self._captures:
            said = [message.data for message in request.messages]
            content = {
                "gen_ai.system_instructions": system_instructions(said),
                "gen_ai.input.messages": input_messages(said),
                "gen_ai.output.messages": output_messages(answer) if isinstance(answer, ChatReply) else [],
            }
            span.set_attributes({name: encode_line(value) for name, value in content.items() if value})

    def played(self, transcript: Transcript) -> None:
        """End the spans of a dialogue."""
        there = self._open.pop(transcript.id, None)
        if there is None:  # nothing was asked
            return
        for turn in transcript.turns:
            for each in turn.expectations:
                if turn.turn in there.turns and each.passed is not None:
                    label = "pass" if each.passed else "fail"
                    attributes = {"gen_ai.evaluation.name": each.kind, "gen_ai.evaluation.score.label": label}
                    there.turns[turn.turn].add_event("gen_ai.evaluation.result", attributes)
        for number, span in there.turns.items():
            span.end(there.ended.get(number))
        there.span.set_attribute("dialogs.outcome", transcript.outcome.value)
        if transcript.error is not None:
            there.span.set_attribute("error.type", transcript.error.kind)
        if transcript.outcome not in (Outcome.COMPLETED, Outcome.UNMET):
            there.span.set_status(self._trace.StatusCode.ERROR, transcript.outcome.value)
        there.span.end()


class _TracedEndpoint(EndpointAround):
    """An endpoint whose requests are spans, retries and waits within."""

    def __init__(self, inner: Endpoint, tracing: Tracing) -> None:
        super().__init__(inner)
        self._tracing = tracing

    async def complete(self, request: ChatRequest) -> Answer:
        return await self._tracing.asked(self.inner, request)


def _asked(identity: str, request: ChatRequest) -> "Iterator[tuple[str, AttributeValue]]":
    yield "gen_ai.operation.name", "chat"
    yield "gen_ai.request.model", request.model
    yield "gen_ai.conversation.id", request.place.dialogue
    yield "dialogs.turn", request.place.turn
    yield "dialogs.round", request.place.round
    yield "dialogs.arm", request.place.arm
    yield from _server(identity)
    for name, value in {**request.params, **request.extra_body}.items():
        if name in _PARAMS and isinstance(value, int | float):
            yield _PARAMS[name], value
    stop = request.params.get("stop")
    if stop:
        yield "gen_ai.request.stop_sequences", [stop] if isinstance(stop, str) else [str(each) for each in _items(stop)]


def _server(identity: str) -> "Iterator[tuple[str, AttributeValue]]":
    """Say who answers: the server's address, and the provider by the convention's names where they fit."""
    url = urlsplit(identity.split(" ", 1)[0])
    if url.scheme in {"http", "https"} and url.hostname:
        is_azure = url.hostname.endswith((".openai.azure.com", ".cognitiveservices.azure.com"))
        yield "gen_ai.provider.name", "azure.ai.openai" if is_azure else "openai"
        yield "server.address", url.hostname
        yield "server.port", url.port or (443 if url.scheme == "https" else 80)
    else:
        yield "gen_ai.provider.name", identity.partition(":")[0]


def _answered(reply: ChatReply) -> "Iterator[tuple[str, AttributeValue]]":
    response = reply.extra.get("id")
    if isinstance(response, str):
        yield "gen_ai.response.id", response
    if reply.served_model:
        yield "gen_ai.response.model", reply.served_model
    if reply.finish_reason:
        yield "gen_ai.response.finish_reasons", [reply.finish_reason]
    if reply.usage:
        yield "gen_ai.usage.input_tokens", reply.usage.prompt_tokens
        yield "gen_ai.usage.output_tokens", reply.usage.completion_tokens
        yield from _details(reply.usage.data)
    yield "dialogs.attempts", reply.attempts
    yield "dialogs.source", reply.source


def _details(usage: JsonObject) -> "Iterator[tuple[str, AttributeValue]]":
    for group, name, attribute in (
        ("prompt_tokens_details", "cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
        ("completion_tokens_details", "reasoning_tokens", "gen_ai.usage.reasoning.output_tokens"),
    ):
        details = usage.get(group)
        number = details.get(name) if isinstance(details, Mapping) else None
        if isinstance(number, int):
            yield attribute, number


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
