"""What a journal knows of batches: requests handed to a provider in one file, whose replies may come days later.

A batch is planned, with a `sent` record for each of its requests, before anything of it leaves this machine. It is
created when the provider has given it an id, or void when it is sure that the provider never got it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dialogs.journal.records import BATCH, fields
from dialogs.record import Record, RecordError


class BatchStep(StrEnum):
    """How far a batch has come."""

    PLANNED = "planned"
    CREATED = "created"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class BatchNote:
    """One batch: its number in the journal, from 1, the run that planned it, and what the provider calls it.

    `run` and `number` are in the batch's metadata at the provider, so that one can be found whose id was never noted.
    `label` says for people what is asked in it.
    """

    number: int
    run: str
    model: str
    requests: int
    planned_at: datetime
    label: str = ""
    step: BatchStep = BatchStep.PLANNED
    batch_id: str | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What marks the batch as ours at the provider."""
        return {"dialogs_run": self.run, "part": str(self.number)}

    def created(self, batch_id: str) -> "BatchNote":
        """Return the note of a batch that has an id."""
        return replace(self, step=BatchStep.CREATED, batch_id=batch_id)

    def void(self) -> "BatchNote":
        """Return the note of a batch that the provider never got."""
        return replace(self, step=BatchStep.VOID)

    def fields(self) -> bytes:
        """Write the record's fields."""
        record = {
            "number": self.number,
            "step": self.step.value,
            "run": self.run,
            "model": self.model,
            "requests": self.requests,
            "planned_at": self.planned_at.isoformat(timespec="seconds"),
            "label": self.label or None,
            "batch_id": self.batch_id,
        }
        return BATCH + fields(record)

    @classmethod
    def from_record(cls, record: Record) -> "BatchNote":
        """Read a record of the kind `batch`.

        Raises:
            RecordError: a field is missing or of the wrong type.
        """
        try:
            step, planned_at = BatchStep(record.text("step")), datetime.fromisoformat(record.text("planned_at"))
        except ValueError as error:
            raise RecordError(str(error)) from None
        return cls(
            number=record.integer("number"),
            run=record.text("run"),
            model=record.text("model"),
            requests=record.integer("requests"),
            planned_at=planned_at,
            label=record.optional_text("label") or "",
            step=step,
            batch_id=record.optional_text("batch_id"),
        )
