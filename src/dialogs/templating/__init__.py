"""Templates in a script's texts: Jinja2 in a sandbox, where an undefined variable is a fault and no work is endless.

Jinja2 is imported when the first template is met: most scripts have none.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dialogs.encoding import JsonValue
from dialogs.templating.faults import TemplateFault

if TYPE_CHECKING:
    from dialogs.templating.sandbox import Sandbox

__all__ = ["TemplateFault", "is_template", "parse", "render", "variables_of", "worded"]

_MARKS = ("{{", "{%", "{#")


def is_template(source: str) -> bool:
    """Say whether a text has any mark of Jinja2; one without is rendered to itself."""
    return any(mark in source for mark in _MARKS)


def parse(source: str) -> None:
    """Check that a template can be read.

    Raises:
        TemplateFault: it cannot.
    """
    if is_template(source):
        _sandbox().template_of(source)


def variables_of(source: str) -> frozenset[str]:
    """Return the variables that a template needs; what it gives a default or asks to be defined may be absent.

    Raises:
        TemplateFault: it cannot be read.
    """
    return _sandbox().variables_of(source) if is_template(source) else frozenset()


def render(source: str, values: Mapping[str, JsonValue]) -> str:
    """Render a template; what `values` hold is data, and never a template itself.

    Raises:
        TemplateFault: it cannot be read, lacks a variable, does what a script may not, or works too long.
    """
    return _sandbox().render(source, values) if is_template(source) else source


def worded(value: JsonValue, text: Callable[[str], str]) -> JsonValue:
    """Put every text within a JSON value as `text` gives it; the keys of objects stay as they are."""
    match value:
        case str():
            return text(value)
        case Mapping():
            return {key: worded(item, text) for key, item in value.items()}
        case list() | tuple():
            return [worded(item, text) for item in value]
        case _:
            return value


def _sandbox() -> "Sandbox":
    from dialogs.templating.sandbox import SANDBOX  # noqa: PLC0415 - Jinja2 takes longer to import than most checks

    return SANDBOX
