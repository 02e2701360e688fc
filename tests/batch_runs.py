"""Runs that ask in batches, in one process and in fake time: hours of a service pass as fast as the program polls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from asking import KEY
from batch_server import echo
from batch_service import ApiError, BatchService, Fate
from builders import PLACE
from dialogs.chat import Fault
from dialogs.clock import Clock
from dialogs.configuration import Configuration
from dialogs.endpoints.batches.batches import Batches
from dialogs.endpoints.batches.lanes import PartLimits
from dialogs.endpoints.batches.remote import RemoteBatch
from dialogs.endpoints.faults import BadStatus
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.journal.journal import JournalOptions
from dialogs.journal.opening import Beginning, open_journal
from dialogs.journal.records import EndpointIdentity
from dialogs.record import Record
from dialogs.replaying import Limits, Money, Replay, replay
from dialogs.running import Stop
from dialogs.scenario import Dialogue, Scenario, UserTurn
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts

_START = datetime(2026, 1, 1, tzinfo=UTC)
_Found = TypeVar("_Found")


class FakeTime(Clock):
    """A clock that is moved by those who sleep."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


class Cut(BaseException):
    """The program is dead: what a test's provider raises where a kill -9 would end it."""


class ServiceProvider:
    """The service without a network between. `trouble` is told of each call before and after it, and may raise."""

    def __init__(self, service: BatchService, trouble: Callable[[str], None] = lambda _moment: None) -> None:
        self.service = service
        self._trouble = trouble
        self.calls: list[str] = []

    def _call(self, name: str, call: Callable[[], _Found]) -> _Found | Fault:
        self.calls.append(name)
        try:
            self._trouble(f"before {name}")
            found = call()
            self._trouble(f"after {name}")
        except ApiError as error:
            body = str(error.body).replace("'", '"').replace("None", "null").encode()
            return BadStatus(error.status, {}, body, "the service", "m", "OPENAI_API_KEY").fault()
        return found

    async def upload(self, file: BinaryIO, name: str) -> str | Fault:
        file.seek(0)
        return self._call("upload", lambda: str(self.service.upload(name, file.read(), "batch")["id"]))

    async def create(self, file_id: str, metadata: Mapping[str, str]) -> RemoteBatch | Fault:
        asked: dict[str, Any] = {
            "input_file_id": file_id,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": dict(metadata),
        }
        return self._call("create", lambda: RemoteBatch.from_record(Record(self.service.create(asked))))

    async def retrieve(self, batch_id: str) -> RemoteBatch | Fault:
        return self._call("retrieve", lambda: RemoteBatch.from_record(Record(self.service.retrieve(batch_id))))

    async def find(self, metadata: Mapping[str, str], since: datetime) -> RemoteBatch | Fault | None:
        def look() -> RemoteBatch | None:
            every = [RemoteBatch.from_record(Record(each)) for each in self.service.listing(100)["data"]]
            return next((each for each in every if metadata.items() <= (each.metadata or {}).items()), None)

        assert since.tzinfo is not None
        return self._call("find", look)

    async def download(self, file_id: str, file: BinaryIO) -> Fault | None:
        found = self._call("download", lambda: self.service.file(file_id)[1])
        if isinstance(found, Fault):
            return found
        file.seek(0)
        file.truncate()
        file.write(found)
        return None

    async def close(self) -> None:
        pass


def talks(number: int, turns: int = 3) -> list[Dialogue]:
    """Make dialogues of several turns, no two alike."""
    return [
        Dialogue(
            Scenario(f"talk-{index:03}", PLACE, tuple(UserTurn(f"{turn} of {index}", PLACE) for turn in range(turns))),
            "m",
        )
        for index in range(number)
    ]


@dataclass
class Ran:
    """What a run has left."""

    transcripts: list[Transcript]
    tally: Tally
    stop: Stop
    notices: list[str]


@dataclass
class BatchRuns:
    """One output, and the runs that write it one after another, all on the same service and in the same time."""

    folder: Path
    dialogues: Sequence[Dialogue]
    fate: Callable[[int], Fate] = lambda _number: Fate()
    time: FakeTime = field(default_factory=FakeTime)
    reply: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]] = echo
    service: BatchService = field(init=False)

    def __post_init__(self) -> None:
        """Begin with a service that has no batches."""
        self.service = BatchService(self.reply, lambda: _START.timestamp() + self.time.seconds, self.fate)

    @property
    def journal(self) -> Path:
        return self.folder / "out.jsonl.journal"

    def run(
        self,
        *,
        resume: bool = False,
        waits: bool = True,
        limits: PartLimits | None = None,
        trouble: Callable[[str], None] = lambda _moment: None,
        policy: RetryPolicy | None = None,
        money: Money | None = None,
        deadline_s: float | None = None,
        places: int = 1000,
    ) -> Ran:
        """Play to the end, or until something stops the run."""
        beginning = Beginning.RESUME if resume else Beginning.NEW
        options = JournalOptions({"m": EndpointIdentity("http://127.0.0.1:1/v1", "m")}, takes_batches=True)
        journal = open_journal(self.journal, beginning, options, self.time)
        ran = Ran([], Tally(), Stop(), [])
        batches = Batches(self.folder, waits=waits, limits=limits)
        batches.notice = ran.notices.append

        async def main() -> None:
            settings = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": KEY}
            endpoint = open_endpoints(["m"], Configuration(), settings, concurrency=16)["m"]
            assert isinstance(endpoint, OpenAIEndpoint)
            provider = partial(ServiceProvider, self.service, trouble)
            batched = batches.batched("m", endpoint, provider, url="/v1/chat/completions")
            job = Replay(
                self.dialogues,
                {"m": batched},
                self.folder / "out.jsonl",
                places,
                stable=True,
                journal=journal,
                limits=Limits(policy or RetryPolicy(), deadline_s=deadline_s),
                money=money or Money(),
                batches=batches,
            )
            try:
                await replay(job, clock=self.time, observer=ran.tally, stop=ran.stop)
            finally:
                await journal.close()

        asyncio.run(main())
        ran.transcripts = list(read_transcripts(self.folder / "out.jsonl"))
        return ran

    def killed(self, moment: str, *, resume: bool = False, nth: int = 1) -> None:
        """Run, and die at the n-th time of a moment, as "after create"."""
        seen = 0

        def die(now: str) -> None:
            nonlocal seen
            seen += now == moment
            if seen == nth:
                raise Cut(moment)

        if self.attempt(resume=resume, trouble=die) is not None:
            raise AssertionError(f"the run never came to {moment}")

    def attempt(self, **how: Any) -> Ran | None:  # noqa: ANN401 - as `run` takes it
        """Run; None where it died."""
        try:
            return self.run(**how)
        except BaseException as error:
            if not _is_cut(error):
                raise
            return None


def _is_cut(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_cut(each) for each in error.exceptions)
    return isinstance(error, Cut)
