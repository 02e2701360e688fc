import asyncio
import json
from collections.abc import Sequence

import pytest

from asking import KEY
from builders import request
from dialogs.chat import Answer, ChatReply, ChatRequest, Fault, FaultKind
from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.encoding import JsonValue
from dialogs.endpoints.opening import open_similarity
from dialogs.errors import WrongUseError
from servers import Wire, answer, error, in_order, serve


def embeddings(*vectors: Sequence[object]) -> Wire:
    data = [{"object": "embedding", "index": n, "embedding": list(vector)} for n, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    return answer({"object": "list", "data": data, "model": "served", "usage": usage})


def ask(base_url: str, asked: ChatRequest) -> Answer:
    async def main() -> Answer:
        environ = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY}
        endpoint = open_similarity("e", Configuration(), environ, concurrency=1, timeout_s=5)
        try:
            return await endpoint.complete(asked)
        finally:
            await endpoint.close()

    return asyncio.run(main())


def test_two_texts_are_sent_and_their_similarity_is_the_reply() -> None:
    with serve(in_order(embeddings([1, 0], [1, 1]))) as server:
        reply = ask(server.base_url, request("A month.", "30 days."))
        (received,) = server.requests

    assert isinstance(reply, ChatReply)
    assert (reply.message["content"], reply.served_model) == ("0.7071", "served")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.body) == (8, b"")
    assert (received.target, received.headers["authorization"]) == ("/v1/embeddings", f"Bearer {KEY}")
    assert json.loads(received.body) == {"model": "e", "input": ["A month.", "30 days."], "encoding_format": "float"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"data": []}, '"data" holds 0; wanted one for each of 2 texts'),
        ({"data": [{"embedding": [1]}, {"embedding": [0]}]}, "an embedding is empty"),
        ({"data": [{"embedding": ["a"]}, {"embedding": [1]}]}, "an embedding holds what is no number"),
        ({"data": [{"embedding": [1, 2]}, {"embedding": [1]}]}, "zip() argument 2 is shorter than argument 1"),
        ({"data": [{}, {"embedding": [1]}]}, "an embedding is empty"),
        ([], "the line is []; wanted an object"),
    ],
)
def test_an_answer_without_two_embeddings_is_a_fault(body: dict[str, JsonValue], reason: str) -> None:
    with serve(in_order(answer(body))) as server:
        fault = ask(server.base_url, request("a", "b"))

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.retryable) == (FaultKind.NOT_A_COMPLETION, True)
    assert f"no embeddings: {reason};" in fault.message


def test_a_refused_request_is_a_fault_as_any_other() -> None:
    with serve(in_order(error(401, f"bad key {KEY}"))) as server:
        fault = ask(server.base_url, request("a", "b"))

    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.AUTHENTICATION
    assert KEY not in fault.message


def test_a_deployment_of_azure_has_a_url_of_its_own() -> None:
    with serve(in_order(embeddings([1], [1]))) as server:
        named = ModelConfiguration("e", kind="azure", base_url=server.origin, key_env="KEY", api_version="2024-10-21")

        async def main() -> Answer:
            endpoint = open_similarity("e", Configuration(models={"e": named}), {"KEY": KEY}, concurrency=1)
            try:
                return await endpoint.complete(request("a", "a"))
            finally:
                await endpoint.close()

        reply = asyncio.run(main())

    assert isinstance(reply, ChatReply)
    assert server.requests[0].target == "/openai/deployments/e/embeddings?api-version=2024-10-21"


def test_the_embedded_model_has_no_embeddings() -> None:
    with pytest.raises(WrongUseError, match="the embedded model has no embeddings; wanted a model of embeddings"):
        open_similarity("embedded", Configuration(), {}, concurrency=1)
