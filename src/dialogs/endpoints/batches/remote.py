"""A batch as its provider knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final, Protocol

from dialogs.chat import Fault
from dialogs.record import Record

_ENDED: Final = frozenset(("completed", "failed", "expired", "cancelled"))


@dataclass(frozen=True, slots=True)
class BatchError:
    """Why a batch was not taken; `line` is that of the file, from 1, where it is about one."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """The state of a batch, after the API's batch object."""

    id: str
    status: str
    completed: int = 0
    failed: int = 0
    total: int = 0
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: tuple[BatchError, ...] = ()
    metadata: Mapping[str, str] | None = None
    created_at: datetime | None = None

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in _ENDED

    @property
    def answered(self) -> int:
        """How many requests have an answer, good or bad."""
        return self.completed + self.failed

    @classmethod
    def from_record(cls, record: Record) -> "RemoteBatch":
        """Read a batch object.

        Raises:
            RecordError: a field is missing or of the wrong type.
        """
        counts = record.record("request_counts") if record.value("request_counts") is not None else Record({})
        errors = record.record("errors") if record.value("errors") is not None else Record({})
        metadata = record.value("metadata")
        created_at = record.value("created_at")
        return cls(
            id=record.text("id"),
            status=record.text("status"),
            completed=counts.integer("completed", 0),
            failed=counts.integer("failed", 0),
            total=counts.integer("total", 0),
            input_file_id=record.optional_text("input_file_id"),
            output_file_id=record.optional_text("output_file_id") or None,
            error_file_id=record.optional_text("error_file_id") or None,
            errors=tuple(_error(each) for each in errors.records("data")),
            metadata={key: str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else None,
            created_at=datetime.fromtimestamp(created_at, UTC) if isinstance(created_at, int | float) else None,
        )


def _error(record: Record) -> BatchError:
    line = record.value("line")
    return BatchError(
        code=record.optional_text("code") or "unknown",
        message=record.optional_text("message") or "",
        line=line if isinstance(line, int) else None,
    )


class Provider(Protocol):
    """The Files and Batches APIs of one endpoint. Each call is one attempt; what goes wrong is returned as a fault."""

    async def upload(self, file: BinaryIO, name: str) -> str | Fault:
        """Hand over the file of a batch, and return its id."""

    async def create(self, file_id: str, metadata: Mapping[str, str]) -> RemoteBatch | Fault:
        """Make a batch of an uploaded file."""

    async def retrieve(self, batch_id: str) -> RemoteBatch | Fault:
        """Return how a batch stands."""

    async def find(self, metadata: Mapping[str, str], since: datetime) -> RemoteBatch | Fault | None:
        """Return the batch that was made with `metadata`, not long before `since` or later; None: there is none."""

    async def download(self, file_id: str, file: BinaryIO) -> Fault | None:
        """Write a file of the provider's to an open one."""

    async def close(self) -> None:
        """Give back connections."""
