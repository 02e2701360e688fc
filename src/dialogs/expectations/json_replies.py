"""Checks of a reply that is JSON: each answers None where it is met, and else says what was found."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.expectations.calls import shown_reply
from dialogs.expectations.excerpts import compact, quoted
from dialogs.expectations.json_values import same_json
from dialogs.expectations.seen import Seen
from dialogs.expectations.texts import check_text
from dialogs.patterns import PatternError, parse_json_path
from dialogs.schemas import mismatch

_MOST_SHOWN: Final = 3


class _NotJsonError(ValueError):
    """The reply is no JSON: what it is instead."""


def check_json(_value: JsonValue, seen: Seen) -> str | None:
    """Want the reply to be JSON, and nothing else beside it."""
    try:
        _json_of(seen)
    except _NotJsonError as error:
        return str(error)
    return None


def check_json_schema(schema: JsonValue, seen: Seen) -> str | None:
    """Want the reply to be JSON that fits a schema."""
    try:
        value = _json_of(seen)
    except _NotJsonError as error:
        return str(error)
    return mismatch(schema if isinstance(schema, Mapping) else {}, value)


def check_json_path(wanted: JsonValue, seen: Seen) -> str | None:
    """Want the reply to be JSON with something at a path: anything, or what the other keys beside `path` say."""
    checks: JsonObject = wanted if isinstance(wanted, Mapping) else {"path": wanted}
    try:
        path, value = parse_json_path(str(checks.get("path"))), _json_of(seen)
    except PatternError as error:
        return f"no JSON path: {error}"
    except _NotJsonError as error:
        return str(error)
    found = path.find(value)
    rest = {key: each for key, each in checks.items() if key != "path"} or {"exists": True}
    complaints = [_path_complaint(key, each, found) for key, each in rest.items()]
    shown = [complaint for complaint in complaints if complaint is not None]
    if shown and not found:
        return f"nothing at {path.text} in {compact(value)}"
    return "; ".join(shown) or None


def _path_complaint(key: str, wanted: JsonValue, found: Sequence[JsonValue]) -> str | None:
    """One of the values that were found must meet a check; a check with `not_` all of them."""
    kind = key.removeprefix("not_")
    if key == "exists":
        return None if bool(found) is wanted else _values(found)
    complaints = [_value_complaint(kind, wanted, value, negated=key != kind) for value in found]
    if key != kind:
        return next((complaint for complaint in complaints if complaint), None)
    return None if None in complaints else (_values(found) if kind == "equals" else "; ".join(map(str, complaints[:3])))


def _value_complaint(kind: str, wanted: JsonValue, value: JsonValue, *, negated: bool) -> str | None:
    if kind == "equals":
        return compact(value) if same_json(value, wanted) is negated else None
    try:
        text = value if isinstance(value, str) else encode_line(value)
    except RecursionError:  # more than a thousand levels, which only a model writes
        return compact(value)
    return check_text(kind, wanted, text, negated=negated)


def _values(found: Sequence[JsonValue]) -> str:
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return ", ".join(compact(value) for value in found[:_MOST_SHOWN]) + more


def _json_of(seen: Seen) -> JsonValue:
    if seen.is_refusal or not seen.text.strip():
        raise _NotJsonError(shown_reply(seen))
    try:
        return decode(seen.text)
    except json.JSONDecodeError as error:
        fence = "a code fence around it: " if seen.text.lstrip().startswith("```") else ""
        raise _NotJsonError(f"no JSON from {error.lineno}:{error.colno} on: {fence}{quoted(seen.text)}") from None
    except ValueError as error:
        raise _NotJsonError(f"no JSON: {error}") from None
