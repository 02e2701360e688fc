"""How long a server asks us to wait, in the forms in which servers say so."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_UNITS_S: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")


def wait_asked_for(headers: Mapping[str, str], *, rate_limited: bool) -> float | None:
    """Return the seconds that a server wants us to wait, or None where it does not say.

    Retry-After is RFC 9110's (seconds or a date); `retry-after-ms` and the `x-ratelimit-reset-…` durations are
    OpenAI's. A date counts from the answer's own Date, never from our clock: without one it is as if it were not there.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after")
    if after is not None:
        seconds = _number(after)
        return seconds if seconds is not None else _until(after, headers.get("date"))
    return _limits_reset(headers) if rate_limited else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(text: str, now: str | None) -> float | None:
    then, date = _date(text), _date(now or "")
    return max(0.0, (then - date).total_seconds()) if then and date else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _limits_reset(headers: Mapping[str, str]) -> float | None:
    """Return when all limits that are used up are fresh again; where none says that it is, when the first one is."""
    resets: dict[bool, list[float]] = {True: [], False: []}
    for limit in ("requests", "tokens"):
        reset = _duration(headers.get(f"x-ratelimit-reset-{limit}", ""))
        if reset is not None:
            is_used_up = _number(headers.get(f"x-ratelimit-remaining-{limit}")) == 0
            resets[is_used_up].append(reset)
    return max(resets[True], default=min(resets[False], default=None))


def _duration(text: str) -> float | None:
    """Read a duration as Go writes it (`6m0s`, `1.5s`, `120ms`), or plain seconds."""
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))
    return _number(text)
