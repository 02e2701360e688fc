"""A few words of what was found, for messages: quoted, on one line, with nothing that a terminal would obey."""

from difflib import SequenceMatcher
from typing import Final

from dialogs.encoding import JsonValue, encode_line, sha256_hex
from dialogs.expectations.seen import Seen

_LONGEST: Final = 80
_AROUND: Final = 30
_LOOKED_THROUGH: Final = 4_000
_LONGEST_VALUE: Final = 1_000
_KEPT_OF_VALUE: Final = 200


def quoted(text: str, longest: int = _LONGEST) -> str:
    """Show the beginning of a text."""
    return encode_line(text if len(text) <= longest else f"{text[: longest - 1]}…")


def compact(value: JsonValue, longest: int = _LONGEST) -> str:
    """Show the beginning of a JSON value."""
    try:
        text = encode_line(value)
    except RecursionError:  # more than a thousand levels, which only a model writes
        return "a value nested too deeply to be shown"
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def around(text: str, start: int, end: int) -> str:
    """Show what stands from `start` to `end`, with a few words on both sides."""
    end = min(end, start + _LONGEST)
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return encode_line(f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}")


def nearest(text: str, wanted: str) -> str:
    """Show the place of a text that has most in common with what was wanted, or its beginning."""
    looked, sought = text[:_LOOKED_THROUGH], wanted[:_LOOKED_THROUGH]
    at = looked.casefold().find(sought.casefold())
    if at >= 0:
        return f"in another case: {around(text, at, at + len(wanted))}"
    found = SequenceMatcher(None, looked, sought, autojunk=False).find_longest_match()
    if found.size < max(4, len(sought) // 3):
        return quoted(text)
    return f"nearest: {around(text, found.a, found.a + found.size)}"


def first_difference(text: str, wanted: str) -> str:
    """Show where a text begins to differ from what was wanted."""
    at = next((i for i, pair in enumerate(zip(text, wanted, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(text), len(wanted)) if at is None else at
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    if at == len(text):
        return f"ends before {quoted(wanted[at:])}"
    instead = f"in place of {quoted(wanted[at:], 40)}" if at < len(wanted) else "where the end was wanted"
    return f"from {line}:{column} {quoted(text[at:], 40)} {instead}" if at else f"{quoted(text)} {instead}"


def remarked(found: str, seen: Seen) -> str:
    """Add what explains a reply: that it is a refusal, or cut off."""
    refused = "a refusal: " if seen.is_refusal else ""
    return f"{refused}{found}{' (cut off at the token limit)' if seen.finish_reason == 'length' else ''}"


def kept_value(value: JsonValue) -> JsonValue:
    """Return a value for the record: as it is, or where it is long its beginning with its length and hash."""
    text = encode_line(value)
    if len(text) <= _LONGEST_VALUE:
        return value
    digest = sha256_hex(text.encode("utf-8", "surrogatepass"))[:16]
    return f"{text[:_KEPT_OF_VALUE]}… ({len(text):,} characters, sha256 {digest})"
