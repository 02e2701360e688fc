"""A plot without a plotting library: horizontal bars, the same bytes for the same numbers."""

from collections.abc import Sequence
from html import escape
from typing import Final

_BAR: Final = 22
_GAP: Final = 10
_NAMES: Final = 390
_BARS: Final = 420
_WIDTH: Final = _NAMES + _BARS + 80
_TOP: Final = 46


def bars(title: str, unit: str, values: Sequence[tuple[str, float]], highlighted: str) -> str:
    """Draw one bar for each value as SVG, the longest for the largest; those named `highlighted…` in another colour."""
    largest = max(value for _, value in values)
    height = _TOP + len(values) * (_BAR + _GAP) + 8
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="bold" fill="#222222">{escape(title)}</text>',
    ]
    for index, (name, value) in enumerate(values):
        lines += _bar(
            name,
            value,
            unit,
            y=_TOP + index * (_BAR + _GAP),
            share=value / largest,
            strong=name.startswith(highlighted),
        )
    return "\n".join([*lines, "</svg>", ""])


def _bar(name: str, value: float, unit: str, *, y: int, share: float, strong: bool) -> list[str]:
    length = max(1, round(share * _BARS))
    colour = "#b3541e" if strong else "#7d8ca3"
    baseline = y + _BAR - 6
    label = escape(name.replace("`", ""))
    return [
        f'<text x="{_NAMES - 10}" y="{baseline}" text-anchor="end" fill="#222222">{label}</text>',
        f'<rect x="{_NAMES}" y="{y}" width="{length}" height="{_BAR}" fill="{colour}"/>',
        f'<text x="{_NAMES + length + 6}" y="{baseline}" fill="#222222">{value:.0f}{escape(unit)}</text>',
    ]
