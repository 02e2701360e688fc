"""A page for a person at a terminal: styled text in, harmless lines out, wrapped and perhaps in colour.

Reports are made of these parts and never of ready text, so that nothing reaches a terminal without its encoder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from dialogs.model_text import ModelText
from dialogs.reports.hyperlinks import linked
from dialogs.reports.terminal import Terminal, harmless
from dialogs.reports.wrapping import display_width, wrapped

_UNWRAPPED_RULE: Final = 60
_NARROWEST: Final = 20
_AROUND_A_TITLE: Final = 4
_TAB: Final = 4


class Style(Enum):
    """What a piece of text is; the value is its SGR code."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    SYSTEM = "35"
    USER = "1;36"
    ASSISTANT = "1;32"
    TOOL = "33"
    GOOD = "32"
    WARNING = "33;1"
    BAD = "31;1"
    REMOVED = "31"
    ADDED = "32;4"
    OLD = "0;31"
    NEW = "0;32"


# Without colour these are the only signs of what a word diff removed and added.
_MARKS: Final = {Style.REMOVED: ("[-", "-]"), Style.ADDED: ("{+", "+}")}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; line breaks within are kept. `place`, if any, is the FILE:LINE that it names."""

    text: str | ModelText
    style: Style = Style.PLAIN
    place: str | None = None


class _Piece(NamedTuple):
    """Text that is encoded already, on one line."""

    text: str
    style: Style
    place: str | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Spans one after the other, each line `indent` columns in.

    One that is not `is_wrapped` is left to the terminal to break, so that what is copied from it has no line breaks.
    """

    spans: tuple[Span, ...]
    indent: int = 0
    is_wrapped: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """A heading with a line drawn to the right edge."""

    title: str


Part: TypeAlias = Paragraph | Rule

BLANK: Final = Paragraph(())


def paragraph(*spans: Span | str, indent: int = 0) -> Paragraph:
    """Make a paragraph of spans, and of plain text."""
    return Paragraph(tuple(Span(span) if isinstance(span, str) else span for span in spans), indent)


def draw(parts: Iterable[Part], terminal: Terminal) -> Iterator[str]:
    """Give the lines, without their ends."""
    for part in parts:
        if isinstance(part, Rule):
            yield _draw_rule(part, terminal)
        else:
            yield from _draw_paragraph(part, terminal)


def page(parts: Iterable[Part], terminal: Terminal) -> str:
    """Return the whole text, each line with its end."""
    return "".join(f"{line}\n" for line in draw(parts, terminal))


def _draw_rule(rule: Rule, terminal: Terminal) -> str:
    title = harmless(rule.title)
    rest = (terminal.width or _UNWRAPPED_RULE) - display_width(title) - _AROUND_A_TITLE
    return _styled(f"── {title} {'─' * rest}", Style.STRONG, colour=terminal.colour)


def _draw_paragraph(part: Paragraph, terminal: Terminal) -> Iterator[str]:
    margin = " " * part.indent
    for line in _lines(part.spans, terminal):
        text = "".join(piece.text for piece in line)
        for begin, end in _slices(text, part, terminal):
            drawn = "".join(_drawn(piece, terminal) for piece in _cut(line, begin, end))
            yield margin + drawn if drawn else ""


def _lines(spans: tuple[Span, ...], terminal: Terminal) -> Iterator[list[_Piece]]:
    """Encode the spans, and part them at their line breaks."""
    line: list[_Piece] = []
    for span in spans:
        before, after = ("", "") if terminal.colour else _MARKS.get(span.style, ("", ""))
        first, *rest = f"{before}{harmless(span.text)}{after}".split("\n")
        line.append(_Piece(_without_tabs(first, terminal), span.style, span.place))
        for text in rest:
            yield line
            line = [_Piece(_without_tabs(text, terminal), span.style, span.place)]
    yield line


def _without_tabs(text: str, terminal: Terminal) -> str:
    return text if terminal.width is None else text.replace("\t", " " * _TAB)


def _slices(text: str, part: Paragraph, terminal: Terminal) -> Iterable[tuple[int, int]]:
    if terminal.width is None or not part.is_wrapped:
        return [(0, len(text))]
    return wrapped(text, max(terminal.width - part.indent, _NARROWEST))


def _cut(line: list[_Piece], begin: int, end: int) -> Iterator[_Piece]:
    position = 0
    for piece in line:
        text = piece.text[max(begin - position, 0) : max(end - position, 0)]
        if text:
            yield piece._replace(text=text)
        position += len(piece.text)


def _drawn(piece: _Piece, terminal: Terminal) -> str:
    text = _styled(piece.text, piece.style, colour=terminal.colour)
    return text if piece.place is None or terminal.links is None else linked(text, piece.place, terminal.links)


def _styled(text: str, style: Style, *, colour: bool) -> str:
    return f"\x1b[{style.value}m{text}\x1b[0m" if colour and style.value else text
