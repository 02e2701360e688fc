"""The Files and Batches APIs, through the official client."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.encoding import decode
from dialogs.endpoints.batches.remote import RemoteBatch
from dialogs.endpoints.batches.transport import FileTransport
from dialogs.endpoints.faults import BadStatus, NoAnswerError, not_a_completion, one_line
from dialogs.endpoints.official import APIStatusError, OpenAIError, omit
from dialogs.endpoints.tls import tls_context
from dialogs.record import Record, RecordError

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse

    from dialogs.endpoints.openai import OpenAIEndpoint

_R = TypeVar("_R")
_RESOURCE: Final = "/chat/completions"
_FILE_S: Final = 3600.0
_PAGE: Final = 100
# Azure makes no batch of a file that it has not looked through.
_NOT_YET: Final = frozenset(("pending", "running"))
_LOOK_AGAIN_S: Final = 2.0
_CLOCKS_DIFFER: Final = timedelta(hours=1)


class OfficialProvider:
    """Batches of the endpoint that `endpoint` asks live."""

    def __init__(self, endpoint: "OpenAIEndpoint", *, url: str) -> None:
        """Ask with the endpoint's own credentials; `url` is what the lines of a batch name."""
        site = endpoint.client.site
        self._endpoint = endpoint
        self._url = url
        self._headers = endpoint.client.headers
        tls = tls_context(site.certificate) if site.base.scheme == "https" else None
        self._transport = FileTransport(timeout_s=site.timeout_s, proxy=site.proxy, tls=tls, query=site.base.query)
        # With a version, Azure's client has the right URL already, and the endpoint's own names its deployment.
        base_url = None if site.api_version else endpoint.url.removesuffix(_RESOURCE)
        self._api: AsyncOpenAI = endpoint.client.alike(self._transport, base_url)

    async def upload(self, file: BinaryIO, name: str) -> str | Fault:
        """Hand over the file of a batch, and return its id."""
        file.seek(0)
        sending = self._api.files.with_raw_response.create(
            file=(name, file, "application/jsonl"), purpose="batch", extra_headers=self._headers
        )
        answer = await self._decoded(sending, _FILE_S)
        while not isinstance(answer, Fault):
            record = answer
            file_id = self._read(lambda: record.text("id"))  # noqa: B023 - called at once
            if isinstance(file_id, Fault) or record.value("status") not in _NOT_YET:
                return file_id
            await asyncio.sleep(_LOOK_AGAIN_S)
            answer = await self._decoded(
                self._api.files.with_raw_response.retrieve(file_id, extra_headers=self._headers)
            )
        return answer

    async def create(self, file_id: str, metadata: Mapping[str, str]) -> RemoteBatch | Fault:
        """Make a batch of an uploaded file."""
        answer = await self._decoded(
            self._api.batches.with_raw_response.create(
                input_file_id=file_id,
                endpoint=self._url,  # type: ignore[arg-type]  # Azure's has no /v1
                completion_window="24h",
                metadata=dict(metadata),
                extra_headers=self._headers,
            )
        )
        return answer if isinstance(answer, Fault) else self._read(lambda: RemoteBatch.from_record(answer))

    async def retrieve(self, batch_id: str) -> RemoteBatch | Fault:
        """Return how a batch stands."""
        answer = await self._decoded(
            self._api.batches.with_raw_response.retrieve(batch_id, extra_headers=self._headers)
        )
        return answer if isinstance(answer, Fault) else self._read(lambda: RemoteBatch.from_record(answer))

    async def find(self, metadata: Mapping[str, str], since: datetime) -> RemoteBatch | Fault | None:
        """Return the batch that was made with `metadata`, not long before `since` or later; None: there is none."""
        after: str | None = None
        while True:
            listing = self._api.batches.with_raw_response.list(
                limit=_PAGE, after=omit if after is None else after, extra_headers=self._headers
            )
            answer = await self._decoded(listing)
            if isinstance(answer, Fault):
                return answer
            page = self._read(lambda: [RemoteBatch.from_record(each) for each in answer.records("data")])  # noqa: B023
            if isinstance(page, Fault):
                return page
            for batch in page:
                if batch.metadata and metadata.items() <= batch.metadata.items():
                    return batch
            last = page[-1] if page else None
            if last is None or not answer.data.get("has_more"):
                return None
            if last.created_at is not None and last.created_at < since - _CLOCKS_DIFFER:
                return None  # the newest stand first
            after = last.id

    async def download(self, file_id: str, file: BinaryIO) -> Fault | None:
        """Write a file of the provider's to an open one."""
        file.seek(0)
        file.truncate()

        async def copy() -> None:
            async with self._api.files.with_streaming_response.content(
                file_id, extra_headers=self._headers
            ) as response:
                async for piece in response.iter_bytes():
                    file.write(piece)

        copied = await self._answer(copy(), _FILE_S)
        return copied if isinstance(copied, Fault) else None

    async def _decoded(
        self, answer: "Awaitable[LegacyAPIResponse[_R]]", timeout_s: float | None = None
    ) -> Record | Fault:
        response = await self._answer(answer, timeout_s)
        if isinstance(response, Fault):
            return response
        body = response.http_response.content
        try:
            value = decode(body)
        except ValueError:
            value = None
        return Record(value) if isinstance(value, dict) else self._unreadable("it is no JSON object", body)

    def _read(self, read: Callable[[], _R]) -> _R | Fault:
        try:
            return read()
        except RecordError as error:
            return self._unreadable(str(error))

    def _unreadable(self, reason: str, body: bytes = b"") -> Fault:
        redactor = self._endpoint.client.redactor
        return redactor.fault(not_a_completion(reason, redactor.data(body), source=self._endpoint.identity))

    async def _answer(self, answer: Awaitable[_R], timeout_s: float | None = None) -> _R | Fault:
        client = self._endpoint.client
        seconds = timeout_s or client.site.timeout_s
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except APIStatusError as error:
            return self._refused(error)
        except NoAnswerError as error:
            return client.fault(error, self._endpoint.identity)
        except OpenAIError as error:
            broken = NoAnswerError(one_line(str(error)), billing=Billing.PERHAPS)
            return client.fault(broken, self._endpoint.identity)
        except TimeoutError:
            late = f"no whole answer within {seconds:g} s"
            return client.fault(
                NoAnswerError(late, kind=FaultKind.TIMEOUT, billing=Billing.PERHAPS), self._endpoint.identity
            )

    def _refused(self, error: APIStatusError) -> Fault:
        redactor = self._endpoint.client.redactor
        status = BadStatus(
            status=error.response.status_code,
            headers=error.response.headers,
            body=redactor.data(error.response.content),
            endpoint=self._endpoint.identity,
            model=self._endpoint.model,
            key=self._endpoint.client.site.key_name,
        )
        return redactor.fault(status.fault())

    async def close(self) -> None:
        """Give back connections."""
        await self._api.close()
