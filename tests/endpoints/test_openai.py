import asyncio
import gzip
import json
import logging
import tracemalloc
from typing import Any

import pytest

from asking import KEY, ask, with_endpoint
from builders import request
from dialogs.chat import Answer, ChatReply, ChatRequest, CompletionPlace, Fault, History, message_from_record
from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints
from servers import Wire, answer, completion, completion_object, error, head, in_order, serve, unused_port


def test_sends_the_body_as_the_request_encodes_it() -> None:
    asked = request("Größe? 🦊", params={"max_tokens": 5, "temperature": 0}, extra_body={"top_k": 20})
    with serve(in_order(completion())) as server:
        ask(server.base_url, asked)
        (received,) = server.requests

    assert (received.method, received.target) == ("POST", "/v1/chat/completions")
    assert received.body == asked.body()
    assert received.headers["content-type"] == "application/json"
    assert received.headers["content-length"] == str(len(asked.body()))
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert not any(name.startswith("x-stainless") for name in received.headers)


def test_returns_the_reply_with_what_belongs_to_it() -> None:
    body = completion_object("Hi", reasoning_content="They greet.", annotations=[])
    with serve(in_order(answer(body, headers=[("x-request-id", "req_7")], compressed=True))) as server:
        reply = ask(server.base_url)

    assert isinstance(reply, ChatReply)
    assert reply.message == body["choices"][0]["message"]
    assert (reply.request_id, reply.served_model, reply.system_fingerprint) == ("req_7", "served-model", "fp_1")
    assert (reply.attempts, reply.source, json.loads(reply.body)) == (1, "endpoint", body)
    assert 0 < reply.latency_ms < 5000


def two_turns() -> tuple[ChatRequest, ChatRequest]:
    history = History(
        (
            message_from_record({"role": "system", "content": "Be brief."}),
            message_from_record({"role": "user", "content": "1?"}),
        )
    )
    first = ChatRequest("m", history.messages, history.sha256, CompletionPlace("talk", 1))
    history.append(
        message_from_record({"role": "assistant", "content": "One\ud83d.", "annotations": [], "refusal": None})
    )
    history.append(message_from_record({"role": "user", "content": "And 2?"}))
    return first, ChatRequest("m", history.messages, history.sha256, CompletionPlace("talk", 2))


def test_each_request_carries_the_whole_history() -> None:
    first, second = two_turns()

    async def play(endpoint: OpenAIEndpoint) -> list[Answer]:
        return [await endpoint.complete(first), await endpoint.complete(second)]

    with serve(in_order(completion())) as server:
        with_endpoint(server.base_url, play)

    assert [received.messages for received in server.requests] == [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "1?"}],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "1?"},
            {"role": "assistant", "content": "One\N{REPLACEMENT CHARACTER}."},
            {"role": "user", "content": "And 2?"},
        ],
    ]


def test_keeps_connections_open_and_opens_one_for_each_request_on_its_way() -> None:
    async def three_rounds(endpoint: OpenAIEndpoint) -> None:
        for _ in range(3):
            await asyncio.gather(*(endpoint.complete(request("Hi")) for _ in range(8)))

    with serve(in_order(Wire(0.05, *completion().pieces))) as server:
        with_endpoint(server.base_url, three_rounds)

    assert (server.connections, server.most_in_flight, len(server.requests)) == (8, 8, 24)


def test_models_of_one_site_share_connections_until_the_last_is_closed() -> None:
    async def main(base_url: str) -> list[Answer]:
        environ = {"OPENAI_BASE_URL": base_url}
        one, other = open_endpoints(["one", "other"], Configuration(), environ, concurrency=4).values()
        answers = [await one.complete(request("Hi"))]
        await one.close()
        await one.close()
        answers.append(await other.complete(request("Hi")))
        await other.close()
        return answers

    with serve(in_order(completion())) as server:
        answers = asyncio.run(main(server.base_url))

    assert all(isinstance(reply, ChatReply) for reply in answers)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, {"openai-organization": None, "openai-project": None}),
        ({"OPENAI_ORG_ID": "", "OPENAI_PROJECT_ID": " "}, {"openai-organization": None, "openai-project": None}),
        ({"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "p"}, {"openai-organization": "org-1", "openai-project": "p"}),
        ({"OPENAI_API_KEY": " padded-key \n"}, {"authorization": "Bearer padded-key"}),
        ({"OPENAI_API_KEY": ""}, {"authorization": None}),
    ],
)
def test_sends_the_headers_that_the_environment_says(
    environ: dict[str, Any], sent: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():  # the client would look there, too
        monkeypatch.setenv(name, value)
    with serve(in_order(completion())) as server:
        ask(server.base_url, **environ)
        (received,) = server.requests

    assert {name: received.headers.get(name) for name in sent} == sent


def test_sends_the_headers_that_the_configuration_says() -> None:
    async def main(base_url: str) -> None:
        model = ModelConfiguration(
            "m", base_url=base_url, organization="org-2", project="p-2", headers={"X-Team": "red", "User-Agent": "us"}
        )
        endpoints = open_endpoints(["m"], Configuration(models={"m": model}), {}, concurrency=1)
        await endpoints["m"].complete(request("Hi"))
        await endpoints["m"].close()

    with serve(in_order(completion())) as server:
        asyncio.run(main(server.base_url))
        headers = server.requests[0].headers

    assert [headers[name] for name in ("openai-organization", "openai-project", "x-team", "user-agent")] == [
        "org-2", "p-2", "red", "us",
    ]  # fmt: skip


def test_user_information_in_the_base_url_is_sent_and_never_shown() -> None:
    with serve(in_order(error(500, "no"))) as server:
        fault = ask(f"http://me:pass%20word@127.0.0.1:{server.port}/v1?tenant=7", OPENAI_API_KEY="")
        (received,) = server.requests

    assert received.target == "/v1/chat/completions?tenant=7"
    assert received.headers["authorization"] == "Basic bWU6cGFzcyB3b3Jk"
    assert isinstance(fault, Fault)
    assert fault.message == f"500 from {server.base_url}: no"


ECHOES = {
    "in a 401": error(401, f"Incorrect API key provided: {KEY}."),
    "in a 401 beyond the cut": error(401, "x" * 290 + KEY),
    "in a 500": answer(f"Authorization: Bearer {KEY}", 500, content_type="text/plain"),
    "in a 200 that is none": answer({"echo": KEY, "escaped": KEY.replace("/", "\\/")}),
    "in a header": error(429, "no", headers=[("x-request-id", KEY), ("Retry-After", KEY)]),
    "in a redirect": Wire(head(307, [("Location", f"https://other.example/{KEY}")], length=0)),
    "in a broken gzip": Wire(
        head(200, [("content-encoding", "gzip")], length=40) + gzip.compress(KEY.encode(), mtime=0)[:40]
    ),
}


@pytest.mark.parametrize("wire", ECHOES.values(), ids=ECHOES)
def test_a_key_that_the_server_echoes_is_nowhere(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "openai")  # below, it logs request ids as they come
    with serve(in_order(wire)) as server:
        fault = ask(f"{server.base_url}?code=canary", timeout_s=1.0)

    assert isinstance(fault, Fault)
    everything = repr(fault) + fault.message + repr(fault.body) + caplog.text
    assert "canary" not in everything
    assert "0123456789" not in everything


def test_a_refused_connection_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fault = ask(f"http://127.0.0.1:{unused_port()}/v1")

    assert "canary" not in repr(fault) + caplog.text


def test_a_bomb_takes_little_memory() -> None:
    bomb = gzip.compress(b"\0" * (100 << 20), compresslevel=1)
    with serve(in_order(Wire(head(200, [("content-encoding", "gzip")], length=len(bomb)) + bomb))) as server:
        tracemalloc.start()
        fault = ask(server.base_url, timeout_s=30.0)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert isinstance(fault, Fault)
    assert "larger than 16 MiB" in fault.message
    assert peak < 60 << 20


def test_a_cancelled_request_leaves_nothing_behind() -> None:
    async def cancel_one(endpoint: OpenAIEndpoint) -> Answer:
        task = asyncio.create_task(endpoint.complete(request("Hi")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await endpoint.complete(request("Hi"))

    with serve(in_order(Wire(30.0), completion("next"))) as server:
        reply = with_endpoint(server.base_url, cancel_one)

    assert isinstance(reply, ChatReply)
    assert reply.message["content"] == "next"


@pytest.mark.parametrize(
    ("base_url", "identity"),
    [
        ("HTTP://LocalHost:8080/v1/", "http://localhost:8080/v1"),
        ("https://api.example:443/v1", "https://api.example/v1"),
        ("http://me:secret@[::1]:80/a//?key=s", "http://[::1]/a"),
    ],
)
def test_the_identity_is_the_address_without_secrets(base_url: str, identity: str) -> None:
    async def of(endpoint: OpenAIEndpoint) -> str:
        return endpoint.identity

    assert with_endpoint(base_url, of, OPENAI_API_KEY="") == identity
