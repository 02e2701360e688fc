"""Checks of text: each answers None where it is met, and else says what was found."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue
from dialogs.expectations.excerpts import around, first_difference, nearest, quoted
from dialogs.patterns import PatternError, parse_regex

_Span: TypeAlias = tuple[int, int]


def check_text(kind: str, wanted: JsonValue, text: str, *, negated: bool) -> str | None:
    """Hold a text against a text or a list of them, each of which must (or, negated, must not) be met."""
    complaints = list(_complaints(kind, wanted, text, negated=negated))
    return "; ".join(complaints) or None


def _complaints(kind: str, wanted: JsonValue, text: str, *, negated: bool) -> Iterator[str]:
    for item in wanted if isinstance(wanted, list | tuple) else (wanted,):
        complaint = _complaint(kind, str(item), text, negated=negated)
        if complaint:
            yield f"{quoted(str(item), 40)}: {complaint}" if isinstance(wanted, list | tuple) else complaint


def _complaint(kind: str, wanted: str, text: str, *, negated: bool) -> str | None:
    try:
        span = _FIND[kind](wanted, text)
    except PatternError as error:
        return f"no regular expression of RE2: {error}"
    if negated:
        return around(text, *span) if span else None
    return None if span else _instead(kind, wanted, text)


def _instead(kind: str, wanted: str, text: str) -> str:
    match kind:
        case "contains" | "icontains":
            return nearest(text, wanted)
        case "equals" | "starts_with":
            return first_difference(text, wanted)
        case _:
            return quoted(text)


def _contains(wanted: str, text: str) -> _Span | None:
    at = text.find(wanted)
    return None if at < 0 else (at, at + len(wanted))


def _icontains(wanted: str, text: str) -> _Span | None:
    at = text.casefold().find(wanted.casefold())  # a few letters fold to two, which moves what is shown, and no more
    return None if at < 0 else (at, at + len(wanted))


def _equals(wanted: str, text: str) -> _Span | None:
    return (0, len(text)) if text == wanted else None


def _starts_with(wanted: str, text: str) -> _Span | None:
    return (0, len(wanted)) if text.startswith(wanted) else None


def _regex(wanted: str, text: str) -> _Span | None:
    found = parse_regex(wanted).search(text)
    return None if found is None else (found.start(), found.end())


_FIND: Final[Mapping[str, Callable[[str, str], _Span | None]]] = {
    "contains": _contains,
    "icontains": _icontains,
    "equals": _equals,
    "starts_with": _starts_with,
    "regex": _regex,
}
