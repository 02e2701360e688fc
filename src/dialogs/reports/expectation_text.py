"""What came of expectations, in words for people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dialogs.encoding import encode_line
from dialogs.expectation_records import NOT_JUDGED
from dialogs.model_text import ModelText
from dialogs.reports.screen import Part, Span, Style, paragraph
from dialogs.reports.terminal import harmless_line
from dialogs.transcript import ExpectationRecord

_INDENT: Final = 2
_LONGEST_VALUE: Final = 60


def described(record: ExpectationRecord) -> str:
    """Name an expectation as the scenario file writes it, cut: `contains "receipt"`."""
    if record.kind == "json" and record.value is True:
        return record.kind
    value = encode_line(record.value)
    return f"{record.kind} {value if len(value) <= _LONGEST_VALUE else f'{value[: _LONGEST_VALUE - 1]}…'}"


def expectation_parts(records: Iterable[ExpectationRecord]) -> Iterator[Part]:
    """Lay out the expectations of a turn, a line each."""
    for record in records:
        label, style = _label(record)
        found = "" if record.found in {None, NOT_JUDGED} else f": found {record.found}"
        weight = Style.FAINT if record.passed else Style.PLAIN
        place = record.place if record.passed is False else None
        yield paragraph(
            Span(f"{label}: ", style),
            Span(ModelText(f"{described(record)}{found}"), weight),
            *((Span(" ("), Span(ModelText(place), weight, place), Span(")")) if place else ()),
            indent=_INDENT,
        )


def _label(record: ExpectationRecord) -> tuple[str, Style]:
    if record.passed:
        return "met", Style.FAINT
    if record.passed is None:
        return "not judged", Style.WARNING
    return ("slow", Style.WARNING) if record.is_timing else ("unmet", Style.BAD)


def unmet_line(record: ExpectationRecord) -> str:
    """Say on one line what was found in place of what an expectation wants."""
    return harmless_line(f"{described(record)}: found {record.found}")


def counted(found: Mapping[bool | None, int], slow: int) -> Iterator[str]:
    """Count expectations by what came of them; nothing where there are none."""
    total = sum(found.values()) + slow
    if total:
        parts = [f"{found.get(True, 0):,} met", f"{found.get(False, 0):,} unmet"]
        parts += [f"{slow:,} slow"] if slow else []
        parts += [f"{found[None]:,} not judged"] if found.get(None) else []
        yield f"{total:,} expectation{'' if total == 1 else 's'}: {', '.join(parts)}"
