"""GitHub's workflow commands: annotations, whose text can issue no further command.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

import re
from typing import Final, Literal

from dialogs.model_text import ModelText
from dialogs.reports.terminal import harmless

Level = Literal["error", "warning", "notice"]

_PLACE: Final = re.compile(r"(.+?)(?::(\d+)(?::(\d+))?)?", re.DOTALL)


def annotation(level: Level, message: str | ModelText, *, title: str, place: str | None = None) -> str:
    """Write one annotation, on one line; `place` is file:line:column, or a file alone."""
    properties = [*_place(place), f"title={_property(title)}"]
    return f"::{level} {','.join(properties)}::{_data(message)}"


def _place(place: str | None) -> list[str]:
    if place is None:
        return []
    found = _PLACE.fullmatch(place)
    file, line, column = found.groups() if found else (place, None, None)
    named = {"file": _property(file), "line": line, "col": column}
    return [f"{name}={value}" for name, value in named.items() if value]


def _data(text: str | ModelText) -> str:
    return harmless(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
