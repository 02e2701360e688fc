"""Text in an HTML page: escaped, and what a reader cannot see written out."""

import re
from typing import Final

from markupsafe import Markup, escape

from dialogs.model_text import ModelText
from dialogs.reports.terminal import HARMFUL, escape_character

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


def plain(text: ModelText | str | None) -> str:
    r"""Return text with what cannot be seen as `\u202e`, for attributes and JSON, where no markup may stand."""
    raw = text.raw if isinstance(text, ModelText) else text or ""
    return raw if raw.isprintable() else _UNSEEN.sub(lambda found: escape_character(found.group()), raw)
