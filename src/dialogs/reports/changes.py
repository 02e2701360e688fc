"""One text against another on a terminal: woven by words where they have enough in common, else one after the other."""

from collections.abc import Iterator
from typing import Final

from dialogs.model_text import ModelText
from dialogs.reports.screen import Part, Span, Style, paragraph
from dialogs.reports.terminal import look_alike, revealed
from dialogs.reports.word_diff import Change, Equal, Piece, word_diff

# Characters of unchanged text that are shown beside a change, and of a changed text before it is cut.
_CONTEXT: Final = 120
_MOST_OF_A_TEXT: Final = 320
_MOST_LINES: Final = 8


def change_parts(old: ModelText | None, new: ModelText | None, *, indent: int, full: bool) -> Iterator[Part]:
    """Show what changed between two texts, None being none; unchanged and long stretches are cut unless `full`."""
    pieces = None if old is None or new is None else word_diff(old.raw, new.raw)
    if pieces is not None:
        yield paragraph(*_spans(pieces, full=full), indent=indent)
        return
    alike = old is not None and new is not None and look_alike(old.raw, new.raw)
    for name, text, style in (("baseline: ", old, Style.OLD), ("candidate: ", new, Style.NEW)):
        shown = ModelText(revealed(text.raw)) if text is not None and alike else text
        yield paragraph(Span(name, Style.STRONG), *_whole(shown, style, full=full), indent=indent)


def _whole(text: ModelText | None, style: Style, *, full: bool) -> list[Span]:
    if text is None or not text.raw:
        return [Span("(none)" if text is None else "(empty)", Style.FAINT)]
    kept, rest = (text.raw, "") if full else _cut(text.raw)
    return [Span(ModelText(kept), style), Span(rest, Style.FAINT)]


def _cut(text: str) -> tuple[str, str]:
    lines = text.split("\n", _MOST_LINES)
    kept = "\n".join(lines[:_MOST_LINES])
    if len(kept) > _MOST_OF_A_TEXT:
        kept = _beginning(kept, _MOST_OF_A_TEXT)
    rest = len(text) - len(kept)
    return kept, f"… ({rest:,} characters more: dialogs diff --full)" if rest else ""


def _spans(pieces: list[Piece], *, full: bool) -> Iterator[Span]:
    for index, piece in enumerate(pieces):
        if isinstance(piece, Equal):
            first, last = index == 0, index == len(pieces) - 1
            text = piece.text if full else _folded(piece.text, first=first, last=last)
            yield Span(ModelText(text.rstrip("\n") if last else text))  # no blank line below, as of a file's end
        else:
            yield from _change(piece, full=full)


def _folded(text: str, *, first: bool, last: bool) -> str:
    """Keep only what stands beside a change."""
    head = "" if first else _beginning(text, _CONTEXT)
    tail = "" if last else _beginning(text[::-1], _CONTEXT)[::-1]
    return text if len(text) <= len(head) + len(tail) else f"{head}…{tail}"


def _beginning(text: str, most: int) -> str:
    """Cut a text between two words, if there are two."""
    end = text.rfind(" ", most // 2, most)
    return text[: end + 1 if end > 0 else most]


def _change(change: Change, *, full: bool) -> Iterator[Span]:
    alike = look_alike(change.removed, change.added)
    for text, style in ((change.removed, Style.REMOVED), (change.added, Style.ADDED)):
        kept, rest = (text, "") if full else _cut(text)
        if text:
            yield Span(revealed(kept) if alike else ModelText(kept), style)
        if rest:
            yield Span(rest, Style.FAINT)
