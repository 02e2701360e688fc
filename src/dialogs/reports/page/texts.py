"""Text in an HTML page: escaped, and what a reader cannot see written out."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from markupsafe import Markup

from dialogs.model_text import ModelText
from dialogs.reports.terminal import HARMFUL, escape_character

_ELEMENTS: Final = {"removed": "del", "added": "ins"}
_UNSEEN: Final = re.compile(f"[{HARMFUL}\ufdd0-\ufdef\ufffe\uffff]")


def escaped(text: ModelText | str | None) -> str:
    r"""Escape text for the page; controls, bidi marks and lone surrogates stand there as `\u202e`, set apart."""
    raw = text.raw if isinstance(text, ModelText) else text or ""
    if raw.isprintable() or _UNSEEN.search(raw) is None:
        return escape(raw)
    pieces: list[str] = []
    end = 0
    for found in _UNSEEN.finditer(raw):
        code = escape_character(found.group())
        pieces += [escape(raw[end : found.start()]), f'<span class="unseen">{code}</span>']
        end = found.end()
    return "".join([*pieces, escape(raw[end:])])


def shown(text: ModelText | str | None) -> Markup:
    """Escape text, as `escaped` does, for a template."""
    return Markup(escaped(text))  # noqa: S704 - it was escaped a moment ago


def marked(pieces: Iterable[tuple[str, str]]) -> str:
    """Escape pieces of text, each in the element of its mark: "removed", "added", or "" for none."""
    drawn: list[str] = []
    for mark, text in pieces:
        element = _ELEMENTS.get(mark)
        drawn.append(escaped(text) if element is None else f"<{element}>{escaped(text)}</{element}>")
    return "".join(drawn)


def plain(text: ModelText | str | None) -> str:
    r"""Return text with what cannot be seen as `\u202e`, for attributes and JSON, where no markup may stand."""
    raw = text.raw if isinstance(text, ModelText) else text or ""
    return raw if raw.isprintable() else _UNSEEN.sub(lambda found: escape_character(found.group()), raw)
