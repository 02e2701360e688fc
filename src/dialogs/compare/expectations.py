"""What became of a turn's expectations between two sides."""

from collections.abc import Iterator, Sequence

from dialogs.compare.evidence import ExpectationChange
from dialogs.encoding import canonical
from dialogs.expectation_records import ExpectationRecord
from dialogs.labels import Label
from dialogs.model_text import ModelText


def expectation_changes(
    baseline: Sequence[ExpectationRecord], candidate: Sequence[ExpectationRecord]
) -> Iterator[ExpectationChange]:
    """Give the expectations that are unmet on a side; those about time differ from run to run and are left out.

    One is found again by kind and value, or else, where its value was edited, by kind.
    """
    rest = [record for record in baseline if not record.is_timing]
    after = [record for record in candidate if not record.is_timing]
    unedited = [_take(rest, record, by_value=True) for record in after]
    for record, found in zip(after, unedited, strict=True):
        before = found or _take(rest, record, by_value=False)
        if label := _label(before, record):
            yield ExpectationChange(
                label=label,
                kind=record.kind,
                value=record.value,
                baseline_found=_found(before),
                candidate_found=_found(record),
                place=record.place,
            )


def _take(rest: list[ExpectationRecord], wanted: ExpectationRecord, *, by_value: bool) -> ExpectationRecord | None:
    for index, record in enumerate(rest):
        if record.kind == wanted.kind and (not by_value or canonical(record.value) == canonical(wanted.value)):
            return rest.pop(index)
    return None


def _label(before: ExpectationRecord | None, after: ExpectationRecord) -> Label | None:
    if after.passed is None:
        return None
    met_before = before.passed if before else None
    if after.passed:
        return Label.FIX if met_before is False else None
    return Label.REGRESSION if met_before else Label.UNMET


def _found(record: ExpectationRecord | None) -> ModelText | None:
    return ModelText(record.found) if record and record.found is not None else None
