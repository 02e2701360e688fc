"""The record of one expectation, and its form in a transcript."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.expectation_kinds import TIMING_KINDS
from dialogs.record import Record

NOT_JUDGED: Final = "not judged"


@dataclass(frozen=True, slots=True)
class ExpectationRecord:
    """What came of one expectation; `kind` has its `not_`, `value` is as rendered, cut where it is long.

    `passed` is None where it was not judged. `found` says in short what was found in its place, where it did not pass.
    `place` is where it stands in the scenario file.
    """

    kind: str
    value: JsonValue
    passed: bool | None
    found: str | None = None
    place: str | None = None
    unknown: JsonObject = field(default_factory=dict)

    @property
    def is_timing(self) -> bool:
        """Whether it is about time, which differs from run to run, and so sets no outcome."""
        return self.kind in TIMING_KINDS

    def record(self) -> JsonObject:
        """Return what is the same in every run with the same replies."""
        found: JsonObject = {} if self.found is None else {"found": self.found}
        return {"kind": self.kind, "value": self.value, "passed": self.passed, **found, **self.unknown}


def stable_expectations(expectations: Sequence[ExpectationRecord]) -> JsonObject:
    """Return the part of a turn's record that is the same in every run with the same replies."""
    stable = [each.record() for each in expectations if not each.is_timing]
    return {"expectations": stable} if stable else {}


def run_expectations(expectations: Sequence[ExpectationRecord]) -> JsonObject:
    """Return the part that differs from run to run; a place does when the scenario file is edited."""
    timing = [{**each.record(), "place": each.place} for each in expectations if each.is_timing]
    places = [each.place for each in expectations if not each.is_timing]
    record: JsonObject = {"expectations": timing} if timing else {}
    return {**record, "expectation_places": places} if any(places) else record


def read_expectations(turn: Record, run: Record) -> tuple[ExpectationRecord, ...]:
    """Read a turn's expectations of its two records, those about time last."""
    stable, places = turn.records("expectations"), run.items("expectation_places")
    timing = [read_expectation(each, each.optional_text("place")) for each in run.records("expectations")]
    shown = [place if isinstance(place, str) else None for place in places] if len(places) == len(stable) else None
    paired = zip(stable, shown or [None] * len(stable), strict=True)
    return (*(read_expectation(*pair) for pair in paired), *timing)


def read_expectation(expectation: Record, place: str | None) -> ExpectationRecord:
    """Read one expectation, which stands at `place` in its scenario file."""
    return ExpectationRecord(
        kind=expectation.text("kind"),
        value=expectation.value("value"),
        passed=None if expectation.value("passed") is None else expectation.boolean("passed"),
        found=expectation.optional_text("found"),
        place=place,
        unknown=expectation.unknown(),
    )
