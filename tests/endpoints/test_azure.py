import asyncio
import sys

import pytest

from builders import request
from dialogs.chat import Answer, ChatReply, Fault, FaultKind
from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints
from dialogs.errors import MissingKeyError
from servers import Received, Server, Wire, answer, completion, error, in_order, serve
from streaming import DONE, chunks_of, event, streamed

KEY = "azure-canary-0123"


def ask_deployment(
    server: Server, name: str = "my deployment", *, stream: bool = False, **environ: str
) -> tuple[Answer, str]:
    """Ask once; return the answer and the endpoint's identity."""

    async def main() -> tuple[Answer, str]:
        settings = {"AZURE_OPENAI_ENDPOINT": f"{server.origin}/", **environ}
        opened = open_endpoints([name], Configuration(), settings, concurrency=1, timeout_s=5.0, stream=stream)
        endpoint = opened[name]
        assert isinstance(endpoint, OpenAIEndpoint)
        reply = await endpoint.complete(request("Hi"))
        await endpoint.close()
        return reply, endpoint.identity

    return asyncio.run(main())


def test_without_an_api_version_asks_at_the_v1_url() -> None:
    with serve(in_order(completion())) as server:
        _answer, identity = ask_deployment(server, AZURE_OPENAI_API_KEY=KEY)
        (received,) = server.requests

    assert (received.method, received.target) == ("POST", "/openai/v1/chat/completions")
    assert received.headers["api-key"] == KEY
    assert "authorization" not in received.headers
    assert received.body == request("Hi").body()
    assert identity == f"{server.origin}/openai/v1"


def test_with_an_api_version_asks_at_the_deployments_url() -> None:
    with serve(in_order(completion())) as server:
        _answer, identity = ask_deployment(server, AZURE_OPENAI_API_KEY=KEY, OPENAI_API_VERSION="2024-10-21")
        (received,) = server.requests

    assert received.target == "/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21"
    assert received.headers["api-key"] == KEY
    assert "authorization" not in received.headers
    assert received.body == request("Hi").body()
    assert identity == f"{server.origin}/openai?api-version=2024-10-21"


def test_a_stream_may_begin_with_a_chunk_about_the_prompt() -> None:
    first = {"id": "", "object": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    wire = streamed(event(first), *map(event, chunks_of("Hel", "lo")), DONE)
    with serve(in_order(wire)) as server:
        reply, _identity = ask_deployment(server, stream=True, AZURE_OPENAI_API_KEY=KEY)
        (received,) = server.requests

    assert received.json["stream_options"] == {"include_usage": True}
    assert isinstance(reply, ChatReply)
    assert (reply.message["content"], reply.served_model) == ("Hello", "served-model")
    assert reply.extra["prompt_filter_results"] == [{"prompt_index": 0}]


@pytest.mark.parametrize("path", ["", "/", "/openai", "/openai/v1/", "/openai/deployments/x/"])
def test_the_endpoint_may_be_given_with_the_path_in_it(path: str) -> None:
    with serve(in_order(completion())) as server:
        ask_deployment(server, AZURE_OPENAI_ENDPOINT=server.origin + path, AZURE_OPENAI_API_KEY=KEY)

    assert [received.target for received in server.requests] == ["/openai/v1/chat/completions"]


def test_a_configured_model_names_deployment_version_and_key() -> None:
    async def main(base_url: str) -> None:
        model = ModelConfiguration(
            "ours", "azure", model="gpt-4o-eu", base_url=base_url, api_version="2025-01-01", key_env="EU_KEY"
        )
        opened = open_endpoints(["ours"], Configuration(models={"ours": model}), {"EU_KEY": KEY}, concurrency=1)
        assert opened["ours"].model == "gpt-4o-eu"
        await opened["ours"].complete(request("Hi"))
        await opened["ours"].close()

    with serve(in_order(completion())) as server:
        asyncio.run(main(f"{server.origin}/gateway"))
        (received,) = server.requests

    assert received.target == "/gateway/openai/deployments/gpt-4o-eu/chat/completions?api-version=2025-01-01"
    assert received.headers["api-key"] == KEY


def test_a_wrong_key_is_named_and_not_shown() -> None:
    with serve(in_order(error(401, f"Access denied for {KEY}"))) as server:
        fault, identity = ask_deployment(server, AZURE_OPENAI_API_KEY=KEY)

    assert isinstance(fault, Fault)
    assert fault.message.startswith(f"401 from {identity}: Access denied for ")
    assert fault.message.endswith("check AZURE_OPENAI_API_KEY")
    assert KEY not in repr(fault)


ISSUED = "entra-canary-token"


def managed_identity(received: Received) -> Wire:
    """Give tokens as a machine on Azure does, and answer completions."""
    if received.target.startswith("/identity"):
        return answer({"access_token": ISSUED, "expires_on": "4102444800", "token_type": "Bearer", "resource": "r"})
    return error(403, f"not with {ISSUED}")


@pytest.fixture
def _on_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("azure.identity", reason="pip install 'dialogs-cli[azure]'")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "managedidentitycredential")
    monkeypatch.setenv("IDENTITY_HEADER", "header")


@pytest.mark.usefixtures("_on_azure")
@pytest.mark.parametrize("version", ["", "2024-10-21"])
def test_without_a_key_sends_a_token_of_entra_id(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(managed_identity) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.origin}/identity")
        fault, _identity = ask_deployment(server, OPENAI_API_VERSION=version)
        asked_for_token, received = server.requests

    assert "resource=https" in asked_for_token.target
    assert received.headers["authorization"] == f"Bearer {ISSUED}"
    assert "api-key" not in received.headers
    assert isinstance(fault, Fault)
    assert ISSUED not in repr(fault)


@pytest.mark.usefixtures("_on_azure")
def test_without_a_token_the_endpoint_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(in_order(error(400, "no identity"))) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.origin}/identity")
        fault, identity = ask_deployment(server)
        targets = [received.target for received in server.requests]

    assert isinstance(fault, Fault)
    assert fault.message.startswith(f"{identity}: no token from Entra ID: ")
    assert (fault.kind, fault.retryable, fault.stops_endpoint) == (FaultKind.AUTHENTICATION, False, True)
    assert not any("chat/completions" in target for target in targets)


def test_without_a_key_and_azure_identity_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity.aio", None)
    with serve(in_order(completion())) as server, pytest.raises(MissingKeyError) as caught:
        ask_deployment(server)

    assert str(caught.value) == (
        "AZURE_OPENAI_API_KEY is not set; set it, or use Entra ID, which needs: pip install 'dialogs-cli[azure]'"
    )
