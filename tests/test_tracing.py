import asyncio
import json
from collections.abc import Mapping

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from builders import PLACE, dialogue, in_turn, reply
from dialogs.chat import ChatReply, Fault, FaultKind, Usage
from dialogs.clock import SystemClock
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.playing import Player
from dialogs.scenario import Dialogue, Expectation, UserTurn
from dialogs.tally import Tally
from dialogs.tracing import CAPTURE_CONTENT, Tracing

ANSWER = ChatReply(
    {"role": "assistant", "content": "In 30 days."},
    "stop",
    served_model="gpt-x-2026",
    usage=Usage(12, 5, {"prompt_tokens_details": {"cached_tokens": 8}}),
    attempts=2,
    extra={"id": "chatcmpl-1"},
)


def traced(
    talk: Dialogue,
    *answers: str | ChatReply | Fault,
    environ: Mapping[str, str] | None = None,
    identity: str = "scripted",
) -> dict[str, ReadableSpan]:
    """Play a dialogue; return its spans by name."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider, environ or {})
    scripted = ScriptedEndpoint(in_turn(*answers))
    scripted.identity = identity
    endpoint = tracing.around(scripted)
    player = Player({talk.model: endpoint}, SystemClock(), Tally())
    tracing.played(asyncio.run(player.play(talk)))
    return {span.name: span for span in exporter.get_finished_spans()}


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_request_is_in_a_turn_and_a_turn_in_a_dialogue() -> None:
    spans = traced(dialogue("When?", "And then?"), "Soon.", "Later.")

    workflow, turn, request = spans["invoke_workflow talk"], spans["turn 2"], spans["chat scripted"]
    assert request.parent == turn.context
    assert turn.parent == workflow.context
    assert workflow.parent is None
    assert len(spans) == 4


def test_a_request_says_what_was_asked_of_whom_and_what_came_of_it() -> None:
    talk = dialogue(
        UserTurn("When?", PLACE, params={"temperature": 0, "seed": 7, "max_completion_tokens": 50, "stop": "x"})
    )
    request = traced(talk, ANSWER)["chat scripted"]

    assert request.kind is SpanKind.CLIENT
    assert attributes(request) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "scripted",
        "gen_ai.request.model": "scripted",
        "gen_ai.conversation.id": "talk@scripted#0",
        "gen_ai.request.temperature": 0,
        "gen_ai.request.seed": 7,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.stop_sequences": ("x",),
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-x-2026",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 8,
        "dialogs.turn": 1,
        "dialogs.round": 1,
        "dialogs.arm": "live",
        "dialogs.attempts": 2,
        "dialogs.source": "endpoint",
    }


def test_a_dialogue_says_how_it_ended() -> None:
    workflow = traced(dialogue("When?"), "Soon.")["invoke_workflow talk"]

    assert attributes(workflow) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "talk",
        "gen_ai.conversation.id": "talk@scripted#0",
        "dialogs.outcome": "completed",
    }


def test_a_fault_is_an_error_of_its_request_and_its_dialogue() -> None:
    spans = traced(dialogue("When?"), Fault(FaultKind.TIMEOUT, "no answer from sk-secret"))

    for name in ("chat scripted", "invoke_workflow talk"):
        assert spans[name].status.status_code is StatusCode.ERROR
        assert attributes(spans[name])["error.type"] == "timeout"
    assert "sk-secret" not in str([span.to_json() for span in spans.values()])


def test_a_turn_has_what_came_of_its_expectations_and_ends_with_its_last_request() -> None:
    expectation = Expectation("contains", ["tomorrow"], PLACE)
    spans = traced(dialogue(UserTurn("When?", PLACE, expect=(expectation,))), "Soon.")

    (event,) = spans["turn 1"].events
    assert (event.name, dict(event.attributes or {})) == (
        "gen_ai.evaluation.result",
        {"gen_ai.evaluation.name": "contains", "gen_ai.evaluation.score.label": "fail"},
    )
    assert (spans["turn 1"].end_time or 0) <= (spans["invoke_workflow talk"].end_time or 0)


def test_what_is_said_stands_in_no_span() -> None:
    spans = traced(dialogue("When?", system="You are brief."), ANSWER)

    assert not any(word in span.to_json() for span in spans.values() for word in ("When?", "In 30 days", "brief"))


@pytest.mark.parametrize("value", ["true", "SPAN_ONLY", "span_and_event"])
def test_what_is_said_is_there_where_the_environment_asks_for_it(value: str) -> None:
    spans = traced(dialogue("When?", system="You are brief."), ANSWER, environ={CAPTURE_CONTENT: value})

    found = attributes(spans["chat scripted"])
    assert json.loads(str(found["gen_ai.system_instructions"])) == [{"type": "text", "content": "You are brief."}]
    assert json.loads(str(found["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "When?"}]}
    ]
    assert json.loads(str(found["gen_ai.output.messages"])) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "In 30 days."}], "finish_reason": "stop"}
    ]


def test_calls_of_tools_have_parts_of_their_own() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": "17"}'}}
    spans = traced(dialogue("Where?"), reply(None, "tool_calls", tool_calls=[call]), environ={CAPTURE_CONTENT: "true"})

    (message,) = json.loads(str(attributes(spans["chat scripted"])["gen_ai.output.messages"]))
    (part,) = message["parts"]
    assert (part["type"], part["id"], part["name"]) == ("tool_call", "c1", "look_up")


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        ("https://api.example.com/v1", ("openai", "api.example.com", 443)),
        ("http://127.0.0.1:8080/v1", ("openai", "127.0.0.1", 8080)),
        ("https://eu.openai.azure.com/openai (2024-10-21)", ("azure.ai.openai", "eu.openai.azure.com", 443)),
        ("embedded:0a1b:xllamacpp-1", ("embedded", None, None)),
        ("function:bot:answer", ("function", None, None)),
    ],
)
def test_a_request_names_its_server(identity: str, found: tuple[object, ...]) -> None:
    request = attributes(traced(dialogue("When?"), ANSWER, identity=identity)["chat scripted"])

    assert tuple(request.get(name) for name in ("gen_ai.provider.name", "server.address", "server.port")) == found
