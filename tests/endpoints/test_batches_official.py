"""The Files and Batches APIs over the wire, through the official client."""

import asyncio
import gzip
import json
import tempfile
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from asking import KEY
from batch_server import echo, multipart
from batch_service import BatchService
from dialogs.chat import Billing, Fault, FaultKind
from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.batches.official import OfficialProvider
from dialogs.endpoints.batches.remote import BatchError, RemoteBatch
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints
from servers import Act, Received, Server, Wire, answer, head, in_order, serve

Result = TypeVar("Result")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ask(
    server: Server,
    use: Callable[[OfficialProvider], Awaitable[Result]],
    model: ModelConfiguration | None = None,
    **environ: str,
) -> Result:
    """Use the provider of a server."""

    async def main() -> Result:
        settings = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY, **environ}
        configuration = Configuration(models={"m": model} if model else {})
        endpoint = open_endpoints(["m"], configuration, settings, concurrency=16, timeout_s=5.0)["m"]
        assert isinstance(endpoint, OpenAIEndpoint)
        provider = OfficialProvider(endpoint, url="/v1/chat/completions")
        try:
            return await use(provider)
        finally:
            await endpoint.close()
            await provider.close()

    return asyncio.run(main())


def batch(**fields: object) -> dict[str, object]:
    return {"id": "batch_1", "object": "batch", "status": "in_progress", **fields}


def uploading(content: bytes) -> Callable[[OfficialProvider], Awaitable[str | Fault]]:
    async def upload(provider: OfficialProvider) -> str | Fault:
        with tempfile.TemporaryFile() as file:
            file.write(content)
            return await provider.upload(file, "dialogs-1.jsonl")

    return upload


def test_a_file_is_uploaded_as_the_reference_says() -> None:
    with serve(in_order(answer({"id": "file-7", "status": "processed"}))) as server:
        uploaded = ask(server, uploading(b"{}\n"))
        (received,) = server.requests

    assert uploaded == "file-7"
    assert (received.method, received.target) == ("POST", "/v1/files")
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert "transfer-encoding" not in received.headers
    assert multipart(received) == {"purpose": ("", b"batch"), "file": ("dialogs-1.jsonl", b"{}\n")}


def test_a_file_that_is_not_looked_through_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogs.endpoints.batches.official._LOOK_AGAIN_S", 0.0)
    states = ("pending", "running", "processed")
    with serve(in_order(*(answer({"id": "file-7", "status": status}) for status in states))) as server:
        assert ask(server, uploading(b"{}\n")) == "file-7"
        assert [request.target for request in server.requests] == ["/v1/files", *["/v1/files/file-7"] * 2]


def test_a_batch_is_made_as_the_reference_says() -> None:
    with serve(in_order(answer(batch(status="validating")))) as server:
        made = ask(server, lambda provider: provider.create("file-7", {"dialogs_run": "r", "part": "1"}))
        (received,) = server.requests

    assert isinstance(made, RemoteBatch)
    assert (made.id, made.status, made.is_ended) == ("batch_1", "validating", False)
    assert received.json == {
        "completion_window": "24h",
        "endpoint": "/v1/chat/completions",
        "input_file_id": "file-7",
        "metadata": {"dialogs_run": "r", "part": "1"},
    }


def test_what_is_said_of_a_batch_is_read() -> None:
    said = batch(
        status="failed",
        request_counts={"total": 5, "completed": 2, "failed": 1},
        errors={"object": "list", "data": [{"code": "invalid_json_line", "message": "no", "line": 3, "param": None}]},
        output_file_id="",
        error_file_id="file-9",
        metadata=None,
        created_at=1767225600,
    )
    with serve(in_order(answer(said))) as server:
        found = ask(server, lambda provider: provider.retrieve("batch_1"))

    assert isinstance(found, RemoteBatch)
    assert (found.answered, found.total, found.is_ended) == (3, 5, True)
    assert found.errors == (BatchError("invalid_json_line", "no", 3),)
    assert (found.output_file_id, found.error_file_id, found.created_at) == (None, "file-9", NOW)


@pytest.mark.parametrize("errors", [None, {"object": "list", "data": None}, {}])
def test_a_batch_without_errors_has_none(errors: object) -> None:
    with serve(in_order(answer(batch(errors=errors)))) as server:
        found = ask(server, lambda provider: provider.retrieve("batch_1"))

    assert isinstance(found, RemoteBatch)
    assert found.errors == ()


def test_a_batch_is_found_on_a_later_page() -> None:
    service = BatchService(echo, NOW.timestamp)
    file_id = service.upload("a.jsonl", b"", "batch")["id"]
    for number in range(250):
        asked = {"input_file_id": file_id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        service.create({**asked, "metadata": {"dialogs_run": "r", "part": str(number)}})

    def listed(request: Received) -> Wire:
        return answer(service.listing(100, parse_qs(urlsplit(request.target).query).get("after", [None])[0]))

    with serve(listed) as server:
        found = ask(server, lambda provider: provider.find({"dialogs_run": "r", "part": "3"}, NOW))
        nothing = ask(server, lambda provider: provider.find({"dialogs_run": "r", "part": "999"}, NOW))

    assert isinstance(found, RemoteBatch)
    assert found.id == "batch_4"
    assert nothing is None


def test_pages_of_batches_that_are_older_are_not_turned() -> None:
    page = {"data": [batch(created_at=0)], "has_more": True}
    with serve(in_order(answer(page))) as server:
        assert ask(server, lambda provider: provider.find({"dialogs_run": "r"}, NOW)) is None
        assert len(server.requests) == 1


def downloaded(server: Server) -> bytes | Fault:
    async def download(provider: OfficialProvider) -> bytes | Fault:
        with tempfile.TemporaryFile() as file:
            file.write(b"what an attempt before has left")
            fault = await provider.download("file-1", file)
            file.seek(0)
            return fault or file.read()

    return ask(server, download)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_is_downloaded_whole(compressed: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    content = b"".join(json.dumps({"line": number}).encode() + b"\n" for number in range(10_000))
    wire = answer(content, compressed=compressed, content_type="application/octet-stream")
    with serve(in_order(wire)) as server:
        assert downloaded(server) == content
        assert server.requests[0].target == "/v1/files/file-1/content"


def test_a_download_that_breaks_off_is_no_file() -> None:
    with serve(in_order(Wire(head(200, length=1000) + b"{}", Act.CLOSE))) as server:
        broken = downloaded(server)

    assert isinstance(broken, Fault)
    assert (broken.kind, broken.retryable) == (FaultKind.CONNECTION, True)


def test_files_never_stand_in_memory_whole() -> None:
    size = 40 << 20
    big = gzip.compress(b"a" * size)
    wires = [answer({"id": "file-7"}), answer(big, headers=[("content-encoding", "gzip")])]

    async def both(provider: OfficialProvider) -> int:
        with tempfile.TemporaryFile() as file:
            file.truncate(size)
            await provider.upload(file, "a.jsonl")
            tracemalloc.start()
            assert await provider.download("file-1", file) is None
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return peak if file.tell() == size else -1

    with serve(in_order(*wires)) as server:
        assert 0 < ask(server, both) < size // 4


@pytest.mark.parametrize(
    ("wire", "kind", "retryable", "billing"),
    [
        (answer({"error": {"message": "no", "code": None}}, 400), FaultKind.INVALID_REQUEST, False, Billing.NO),
        (answer({"error": {"message": "no"}}, 401), FaultKind.AUTHENTICATION, False, Billing.NO),
        (answer({"error": {"message": "no"}}, 404), FaultKind.NOT_FOUND, False, Billing.NO),
        (answer({"error": {"message": "no"}}, 429), FaultKind.RATE_LIMITED, True, Billing.NO),
        (answer({}, 503), FaultKind.SERVER_ERROR, True, Billing.NO),
        (Wire(Act.RESET), FaultKind.CONNECTION, True, Billing.PERHAPS),
        (answer("<html>", content_type="text/html"), FaultKind.NOT_A_COMPLETION, True, Billing.YES),
        (answer({"object": "batch"}), FaultKind.NOT_A_COMPLETION, True, Billing.YES),
        (answer({"id": 7, "status": "completed"}), FaultKind.NOT_A_COMPLETION, True, Billing.YES),
    ],
)
def test_what_goes_wrong_is_a_fault_of_its_class(
    wire: Wire,
    kind: FaultKind,
    retryable: bool,  # noqa: FBT001 - a parameter of pytest
    billing: Billing,
) -> None:
    with serve(in_order(wire)) as server:
        fault = ask(server, lambda provider: provider.retrieve("batch_1"))

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.retryable, fault.billing) == (kind, retryable, billing)
    assert KEY not in fault.message


@pytest.mark.parametrize(
    ("version", "targets"),
    [
        (None, ["/openai/v1/files", "/openai/v1/batches/b"]),
        (
            "2024-10-21",
            ["/openai/files?api-version=2024-10-21", "/openai/batches/b?api-version=2024-10-21"],
        ),
    ],
)
def test_azure_has_them_beside_its_deployments(version: str | None, targets: list[str]) -> None:
    async def both(provider: OfficialProvider) -> None:
        await uploading(b"{}\n")(provider)
        await provider.retrieve("b")

    with serve(in_order(answer({"id": "file-7"}), answer(batch()))) as server:
        model = ModelConfiguration("m", kind="azure", base_url=server.origin, key_env="KEY", api_version=version)
        ask(server, both, model, KEY=KEY)

    assert [request.target for request in server.requests] == targets
    assert {request.headers["api-key"] for request in server.requests} == {KEY}
    assert not any("authorization" in request.headers for request in server.requests)


def test_a_server_of_ones_own_gets_no_key() -> None:
    async def both(provider: OfficialProvider) -> None:
        await uploading(b"{}\n")(provider)
        await provider.find({"part": "1"}, NOW)

    with serve(in_order(answer({"id": "file-7"}), answer({"data": []}))) as server:
        ask(server, both, ModelConfiguration("m", base_url=server.base_url), OPENAI_BASE_URL="")

    assert len(server.requests) == 2
    assert not any("authorization" in request.headers for request in server.requests)
