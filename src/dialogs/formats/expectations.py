"""The assertions of promptfoo and agentv, which share their names, to ours where both mean the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.errors import Place
from dialogs.expectation_kinds import NEGATABLE
from dialogs.formats.drafts import Draft
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree
from dialogs.loading.faults import excerpt, quoted
from dialogs.patterns import PatternError, parse_regex
from dialogs.scenario import Expectation
from dialogs.schemas import schema_complaint

_MILLISECONDS: Final = 1000
_LONGEST_MS: Final = 1e12
_DEFAULT_SIMILARITY: Final = 0.75  # https://www.promptfoo.dev/docs/configuration/expected-outputs/similar/
_TEXT_CHECKS: Final = {
    "equals": "equals",
    "contains": "contains",
    "icontains": "icontains",
    "starts-with": "starts_with",
    "regex": "regex",
}
_ALL: Final = {"contains-all": "contains", "icontains-all": "icontains"}
_ANY: Final = {"contains-any": "contains", "icontains-any": "icontains"}


def expectations(draft: Draft, assertions: Sequence[Tree]) -> list[Expectation]:
    """Map assertions; those that have no counterpart are noted as losses."""
    found = []
    for tree in assertions:
        if tree.value == "":
            draft.lose("empty assertion")
        elif isinstance(tree.value, str):  # agentv: a criterion in words, for a judge
            found.append(Expectation("rubric", tree.value, tree.place))
        else:
            found += _mapped(draft, Table(tree, "an assertion"))
    return found


def _mapped(draft: Draft, assertion: Table) -> list[Expectation]:
    written = assertion.text("type")
    kind = written.removeprefix("not-")
    value, place = assertion.value("value"), assertion.place
    made = _expectation(kind, value, assertion, place)
    if made is None or (kind != written and not _can_be_negated(made)):
        draft.lose(f"assertion {quoted(written)}{_why(kind, value)}")
        return []
    for key in assertion.unread():
        draft.lose(f"{key} of an assertion")
    return signed(made, negated=kind != written)


def _why(kind: str, value: JsonValue) -> str:
    if kind == "regex" and isinstance(value, str) and value.strip():
        return ", whose expression RE2 does not take"
    return f" of {excerpt(value)}" if kind in _TEXT_CHECKS else ""


def _expectation(kind: str, value: JsonValue, assertion: Table, place: Place) -> list[Expectation] | None:
    if kind in _TEXT_CHECKS:
        fits = isinstance(value, str) and _says_something(kind, value)
        return [Expectation(_TEXT_CHECKS[kind], value, place)] if fits else None
    if kind in _ALL:
        return [Expectation(_ALL[kind], text, place) for text in _texts(value)] or None
    if kind in _ANY:
        alternatives = [Expectation(_ANY[kind], text, place) for text in _texts(value)]
        return [any_of(alternatives, place)] if alternatives else None
    made = _OTHERS[kind](value, assertion, place) if kind in _OTHERS else None
    return [made] if made else None


def _says_something(kind: str, text: str) -> bool:
    """Say whether a text check can fail and be met, and its expression is one."""
    return (bool(text.strip()) or kind == "equals") and (kind != "regex" or is_re2(text))


def _can_be_negated(checks: Sequence[Expectation]) -> bool:
    return all(one.kind in NEGATABLE for check in checks for one in (check.any_of or (check,)))


def _texts(value: JsonValue) -> list[str]:
    """Return the texts of an assertion's list, which may be written as one text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return []
    texts = [str(item).strip() if isinstance(value, str) else str(item) for item in items]
    return texts if all(text.strip() for text in texts) else []


def any_of(alternatives: Sequence[Expectation], place: Place) -> Expectation:
    """Join alternatives; one alone needs no joining."""
    if len(alternatives) == 1:
        return alternatives[0]
    return Expectation("any_of", None, place, any_of=tuple(alternatives))


def signed(checks: Sequence[Expectation], *, negated: bool) -> list[Expectation]:
    """Return the checks, all of which are to be met; where `negated`, their opposite: that not all of them are."""
    if not negated:
        return list(checks)
    if len(checks) == 1:
        check = checks[0]
        return [replace(one, negated=not one.negated) for one in check.any_of or (check,)]
    return [any_of([replace(check, negated=True) for check in checks], checks[0].place)]


def is_re2(expression: str) -> bool:
    """Say whether the engine that expectations are checked with takes an expression, as it takes no look-around."""
    try:
        parse_regex(expression)
    except PatternError:
        return False
    return True


def _json(value: JsonValue, _assertion: Table, place: Place) -> Expectation | None:
    if value is None:
        return Expectation("json", value=True, place=place)
    fits = isinstance(value, Mapping) and value and schema_complaint(value) is None
    return Expectation("json_schema", value, place) if fits else None


def _similar(value: JsonValue, assertion: Table, place: Place) -> Expectation | None:
    threshold = assertion.value("threshold")
    threshold = _DEFAULT_SIMILARITY if threshold is None else threshold
    if not isinstance(value, str) or not value.strip() or not _is_between(threshold, 0, 1):
        return None
    return Expectation("similar", {"to": value, "threshold": threshold}, place)


def _rubric(value: JsonValue, assertion: Table, place: Place) -> Expectation | None:
    if value is None and isinstance(prompt := assertion.value("prompt"), str) and "://" not in prompt:
        value = prompt
    return Expectation("rubric", value, place) if isinstance(value, str) and value.strip() else None


def _latency(_value: JsonValue, assertion: Table, place: Place) -> Expectation | None:
    threshold = assertion.value("threshold")
    if not isinstance(threshold, int | float) or not _is_between(threshold, 0, _LONGEST_MS):
        return None
    return Expectation("max_latency_s", threshold / _MILLISECONDS, place)


def _is_between(number: JsonValue, low: float, high: float) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and low < number <= high


def _finish_reason(value: JsonValue, _assertion: Table, place: Place) -> Expectation | None:
    return Expectation("finish_reason", value, place) if isinstance(value, str) and value.strip() else None


_OTHERS: Final[Mapping[str, Callable[[JsonValue, Table, Place], Expectation | None]]] = {
    "is-json": _json,
    "similar": _similar,
    "llm-rubric": _rubric,
    "latency": _latency,
    "finish-reason": _finish_reason,
}
