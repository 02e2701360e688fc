"""Text in an HTML page: escaped, and what a reader cannot see written out."""

import re
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

from dialogs.model_text import ModelText
from dialogs.reports.terminal import HARMFUL, escape_character

_ELEMENTS: Final = {"removed": "del", "added": "ins"}
_UNSEEN: Final = re.compile(f"[{HARMFUL}\ufdd0-\ufdef\ufffe\uffff]")


def shown(text: ModelText | str | None) -> Markup:
    r"""Escape text for the page; controls, bidi marks and lone surrogates stand there as `\u202e`, set apart."""
    raw = text.raw if isinstance(text, ModelText) else text or ""
    if raw.isprintable():
        return escape(raw)
    pieces: list[str] = []
    end = 0
    for found in _UNSEEN.finditer(raw):
        code = escape_character(found.group())
        pieces += [str(escape(raw[end : found.start()])), f'<span class="unseen">{code}</span>']
        end = found.end()
    return Markup("".join([*pieces, str(escape(raw[end:]))]))  # noqa: S704 - every part was escaped above


def marked(pieces: Iterable[tuple[str, str]]) -> Markup:
    """Show pieces of text one after the other, each in the element of its mark: "removed", "added", or "" for none."""
    drawn: list[str] = []
    for mark, text in pieces:
        element = _ELEMENTS.get(mark)
        drawn.append(shown(text) if element is None else f"<{element}>{shown(text)}</{element}>")
    return Markup("".join(drawn))  # noqa: S704 - every text was escaped above


def plain(text: ModelText | str | None) -> str:
    r"""Return text with what cannot be seen as `\u202e`, for attributes and JSON, where no markup may stand."""
    raw = text.raw if isinstance(text, ModelText) else text or ""
    return raw if raw.isprintable() else _UNSEEN.sub(lambda found: escape_character(found.group()), raw)
