"""Captures: what later texts take from a reply, by a regular expression or a JSON path."""

from collections.abc import Mapping
from typing import Final

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.encoding import JsonValue, decode, encode_line
from dialogs.expectations.seen import Seen
from dialogs.patterns import Regex, parse_json_path, parse_regex
from dialogs.scenario import Capture

_SHOWN: Final = 120


def capture_all(captures: tuple[Capture, ...], seen: Seen) -> Mapping[str, JsonValue] | Fault:
    """Take every capture of a turn from its reply, or say which of them found nothing."""
    found: dict[str, JsonValue] = {}
    for capture in captures:
        value = _by_path(capture.json_path, seen) if capture.json_path is not None else _by_regex(capture, seen)
        if isinstance(value, _Nothing):
            return _fault(capture, value.why)
        found[capture.name] = value
    return found


class _Nothing:
    """Why a capture found nothing."""

    def __init__(self, why: str) -> None:
        self.why = why


def _by_regex(capture: Capture, seen: Seen) -> "str | _Nothing":
    regex = parse_regex(capture.regex or "")
    shown = _quoted(regex.pattern).replace("\\\\", "\\")  # as it stands in the file
    match = regex.search(seen.text)
    if match is None:
        return _Nothing(f"{shown} matches nothing in {_reply(seen)}")
    group = _group(regex, capture.name)
    value = match.group(group)
    if value is None:
        return _Nothing(f"group {group} of {shown} takes no part in the match with {_reply(seen)}")
    return str(value)


def _group(regex: Regex, name: str) -> str | int:
    if name in regex.group_names:
        return name
    return 1 if regex.groups else 0


def _by_path(path: str, seen: Seen) -> "JsonValue | _Nothing":
    try:
        reply = decode(seen.text)
    except ValueError:
        return _Nothing(f"{_quoted(path)} needs a reply that is JSON; it is {_reply(seen)}")
    found = parse_json_path(path).find(reply)
    return found[0] if found else _Nothing(f"nothing stands at {_quoted(path)} in {_reply(seen)}")


def _reply(seen: Seen) -> str:
    if not seen.text:
        return "an empty reply" if not seen.tool_calls else "a reply without text, which calls tools"
    return f"the reply {_quoted(seen.text)}"


def _quoted(text: str) -> str:
    return encode_line(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _fault(capture: Capture, why: str) -> Fault:
    message = f"{capture.place}: capture {capture.name}: {why}; the next turns cannot be said without it"
    return Fault(FaultKind.CAPTURE_FAILED, message, billing=Billing.YES)
