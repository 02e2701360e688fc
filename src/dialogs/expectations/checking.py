"""Holds one expectation against what was seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dialogs.encoding import JsonValue
from dialogs.expectation_kinds import JUDGED_KINDS, TEXT_KINDS, TIMING_KINDS
from dialogs.expectation_records import NOT_JUDGED
from dialogs.expectations.calls import check_tool_call, shown_reply
from dialogs.expectations.excerpts import kept_value, remarked
from dialogs.expectations.json_replies import check_json, check_json_path, check_json_schema
from dialogs.expectations.seen import Seen
from dialogs.expectations.texts import check_text
from dialogs.scenario import Expectation
from dialogs.transcript import ExpectationRecord


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of a reply, before any `not_`: `found` is its reason, or the similarity.

    `passed` is None where it could not say.
    """

    passed: bool | None
    found: str


def judged_parts(expectation: Expectation) -> tuple[Expectation, ...]:
    """Return what of an expectation only a judge can tell: itself, or some of its alternatives."""
    if expectation.kind in JUDGED_KINDS:
        return (expectation,)
    return tuple(each for each in expectation.any_of if each.kind in JUDGED_KINDS)


def check(expectation: Expectation, seen: Seen, verdicts: Sequence[Verdict] = ()) -> ExpectationRecord:
    """Say whether the reply meets the expectation, and where not, what was found. Its templates are rendered already.

    `verdicts` are those of its `judged_parts`; without them these are not judged, and `passed` is None where it
    depends on them.
    """
    verdict = _verdict(expectation, seen, iter(verdicts))
    return ExpectationRecord(
        kind=kind_of(expectation),
        value=kept_value(written_value(expectation)),
        passed=verdict.passed,
        found=None if verdict.passed else verdict.found,
        place=str(expectation.place),
    )


def in_order(expectations: Iterable[Expectation]) -> list[Expectation]:
    """Return expectations as a turn's record has them: those about time stand last."""
    return sorted(expectations, key=lambda each: each.kind in TIMING_KINDS)


def kind_of(expectation: Expectation) -> str:
    """Return the kind with its `not_`, as it stands in the scenario file."""
    return f"not_{expectation.kind}" if expectation.negated else expectation.kind


def written_value(expectation: Expectation) -> JsonValue:
    """Return the value as it stands in the scenario file."""
    if expectation.kind == "any_of":
        return [{kind_of(each): each.value} for each in expectation.any_of]
    return expectation.value


def _verdict(expectation: Expectation, seen: Seen, verdicts: Iterator[Verdict]) -> Verdict:
    if expectation.kind == "any_of":
        return _any_of([(kind_of(each), _verdict(each, seen, verdicts)) for each in expectation.any_of])
    if expectation.kind in JUDGED_KINDS:
        judged = next(verdicts, Verdict(None, NOT_JUDGED))
        return Verdict(None if judged.passed is None else judged.passed is not expectation.negated, judged.found)
    if expectation.kind == "max_latency_s" and seen.latency_ms is None:
        return Verdict(None, "no time is known")
    found = _complaint(expectation, seen)
    return Verdict(found is None, found or "")


def _any_of(alternatives: Sequence[tuple[str, Verdict]]) -> Verdict:
    passed = [verdict.passed for _, verdict in alternatives]
    found = "; ".join(f"{kind}: {verdict.found}" for kind, verdict in alternatives)
    return Verdict(True if True in passed else None if None in passed else False, found)


def _complaint(expectation: Expectation, seen: Seen) -> str | None:
    """Return what was found in place of what was expected, None where it is met."""
    kind, value, negated = expectation.kind, expectation.value, expectation.negated
    found: str | None
    match kind:
        case "json":
            found = check_json(value, seen)
        case "json_schema":
            found = check_json_schema(value, seen)
        case "json_path":
            found = check_json_path(value, seen)
        case "tool_call":
            found = check_tool_call(value, seen, negated=negated)
        case "finish_reason" | "max_latency_s" | "max_tokens":
            return _number_complaint(kind, value, seen, negated=negated)
        case _ if kind in TEXT_KINDS:
            found = check_text(kind, value, seen.text, negated=negated)
            found = shown_reply(seen) if found and not seen.text else found
        case _:
            raise ValueError(f"{kind} is no kind of expectation")  # the loader knows them all
    return None if found is None else remarked(found, seen)


def _number_complaint(kind: str, value: JsonValue, seen: Seen, *, negated: bool) -> str | None:
    limit = value if isinstance(value, int | float) else 0
    if kind == "finish_reason":
        return str(seen.finish_reason) if (seen.finish_reason == value) is negated else None
    if kind == "max_latency_s":
        seconds = (seen.latency_ms or 0) / 1000
        return f"{seconds:.2f} s" if seconds > limit else None
    if seen.usage is None:
        return "the server did not count its tokens"
    return f"{seen.usage.completion_tokens} tokens" if seen.usage.completion_tokens > limit else None
