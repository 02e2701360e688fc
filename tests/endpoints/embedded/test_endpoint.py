import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from builders import request
from dialogs.chat import ChatReply, ChatRequest, Fault, FaultKind
from dialogs.endpoints.embedded.endpoint import EmbeddedEndpoint, open_embedded
from dialogs.endpoints.embedded.weights import default_weights
from embedded_model import NEEDS_EMBEDDED

pytestmark = NEEDS_EMBEDDED

T = TypeVar("T")


def using(act: Callable[[EmbeddedEndpoint], Awaitable[T]], path: str | None = None, *, stream: bool = False) -> T:
    """Open the model, act, close it."""

    async def use() -> T:
        endpoint = open_embedded(path, stream=stream)
        try:
            return await act(endpoint)
        finally:
            await endpoint.close()

    return asyncio.run(use())


def ask(*contents: str, **params: object) -> ChatRequest:
    return request(*contents, params={"max_tokens": 12, **params})


async def content(endpoint: EmbeddedEndpoint, asked: ChatRequest) -> str:
    answer = await endpoint.complete(asked)
    assert isinstance(answer, ChatReply), answer
    return str(answer.message["content"])


def test_a_reply_is_kept_whole() -> None:
    answer = using(lambda endpoint: endpoint.complete(ask("Who founded Microsoft?")))

    assert isinstance(answer, ChatReply)
    assert answer.message["role"] == "assistant"
    assert answer.served_model == "SmolLM2-135M-Instruct.Q4_1"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 12
    assert answer.finish_reason == "length"
    assert "timings" in answer.extra


@pytest.mark.parametrize("params", [{}, {"temperature": 0.9}])
def test_a_reply_depends_on_its_request_alone(params: dict[str, object]) -> None:
    first, other = ask("Who founded Microsoft?", **params), ask("Sing of the rain.", **params)

    async def in_order(endpoint: EmbeddedEndpoint) -> list[str]:
        return [await content(endpoint, each) for each in (first, other, first)]

    async def in_another_order(endpoint: EmbeddedEndpoint) -> list[str]:
        return [await content(endpoint, each) for each in (other, first, first)]

    one, two, three = using(in_order)
    assert (one, one) == (three, using(in_another_order)[1])
    assert one != two


def test_samples_at_a_temperature_differ() -> None:
    asked = ask("Tell me a story.", temperature=1.0)
    other = replace(asked, place=replace(asked.place, dialogue="talk@embedded#1"))

    async def both(endpoint: EmbeddedEndpoint) -> set[str]:
        return {await content(endpoint, asked), await content(endpoint, other)}

    assert len(using(both)) == 2


def test_a_reply_is_the_same_token_by_token() -> None:
    end_of_text = {"2": 100}
    asked = [
        ask("Who founded Microsoft?"),
        ask("Größe? 🦊"),
        ask("Hi", logit_bias=end_of_text),
        ask("1?", logprobs=True),
    ]

    async def in_order(endpoint: EmbeddedEndpoint) -> list[tuple[object, ...]]:
        answers = [await endpoint.complete(each) for each in asked]
        assert all(isinstance(each, ChatReply) for each in answers), answers
        replies = [each for each in answers if isinstance(each, ChatReply)]
        return [(each.message, each.finish_reason, each.served_model, each.extra.get("choice")) for each in replies]

    assert using(in_order, stream=True) == using(in_order)


def test_requests_at_the_same_time_take_turns_at_one_server() -> None:
    async def together(endpoint: EmbeddedEndpoint) -> list[str]:
        return await asyncio.gather(*(content(endpoint, ask(text)) for text in ("One?", "Two?", "One?")))

    one, _two, again = using(together)
    assert one == again


def test_a_server_that_dies_is_reported_with_its_last_words_and_started_again() -> None:
    async def kill_between(endpoint: EmbeddedEndpoint) -> tuple[object, object]:
        await endpoint.complete(ask("Hi"))
        asking = asyncio.create_task(endpoint.complete(ask("Count to a thousand.", max_tokens=2000)))
        await asyncio.sleep(0.2)  # by then it is being answered
        assert endpoint.server_pid
        os.kill(endpoint.server_pid, signal.SIGKILL)
        return await asking, await endpoint.complete(ask("Hi"))

    fault, reply = using(kill_between)
    assert isinstance(fault, Fault)
    assert fault.retryable
    assert "SIGKILL" in fault.message
    assert isinstance(reply, ChatReply)


def test_a_history_beyond_the_context_is_refused_and_named_without_a_port() -> None:
    fault = using(lambda endpoint: endpoint.complete(ask("word " * 9000)))

    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.INVALID_REQUEST
    assert fault.message.startswith("400 from the embedded model: request (9")
    assert "127.0.0.1" not in fault.message


def test_weights_that_do_not_load_stop_the_endpoint(tmp_path: Path) -> None:
    path = tmp_path / "torn.gguf"
    with default_weights().path.open("rb") as whole:
        path.write_bytes(whole.read(5_000_000))

    fault = using(lambda endpoint: endpoint.complete(ask("Hi")), str(path))

    assert isinstance(fault, Fault)
    assert fault.stops_endpoint
    assert "torn.gguf" in fault.message
    assert "model is corrupted or incomplete" in fault.message


def test_the_weights_identify_the_endpoint() -> None:
    endpoint = open_embedded(None)

    assert endpoint.identity.startswith(
        "embedded:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53:xllamacpp-"
    )
