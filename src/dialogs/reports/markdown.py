"""Text for GitHub's Markdown, in which a model's words stay words: no markup, mention, link or picture comes alive.

They stand only in code spans, in fenced blocks with a fence that is longer than any in them, and escaped in HTML's
`code`; neither GitHub nor GitLab looks for mentions, references and commands in these.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from dialogs.model_text import ModelText
from dialogs.reports.screen import Paragraph, Part, Style
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless, harmless_line
from dialogs.reports.wrapping import wrapped

# GitHub refuses a longer comment. https://docs.github.com/rest/issues/comments says so by its error alone.
MOST: Final = 65_536
_WIDTH: Final = 100
_MOST_OF_A_BLOCK: Final = 6_000
_FEWEST_BACKTICKS: Final = 3
_BACKTICKS: Final = re.compile("`+")
_NONE: Final = "  "
_SIGNS: Final = {Style.REMOVED: "- ", Style.OLD: "- ", Style.ADDED: "+ ", Style.NEW: "+ ", Style.BAD: "! "}


def size(text: str) -> int:
    """Count a text as GitHub may: a character beyond the basic plane as two."""
    return len(text) + sum(character > "\uffff" for character in text)


def code(text: str | ModelText, *, most: int = 200) -> str:
    """Write text on one line as a code span, not for a table; what is longer than `most` is cut."""
    line = harmless_line(text)
    line = line if len(line) <= most else f"{line[: most - 1]}…"
    if not line:
        return "(empty)"
    marks = "`" * (_longest(line) + 1)
    padding = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{marks}{padding}{line}{padding}{marks}"


def html_code(text: str | ModelText) -> str:
    """Write text on one line as a `code` element, for a line of HTML."""
    return f"<code>{html.escape(harmless_line(text))}</code>"


def fence(lines: Sequence[str], language: str = "") -> str:
    """Put harmless lines into a fenced block."""
    marks = "`" * max(_FEWEST_BACKTICKS, 1 + max(map(_longest, lines), default=0))
    return "\n".join([f"{marks}{language}", *lines, marks])


def details(summary: str, body: str) -> str:
    """Fold `body` under a line of HTML."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def cut(lines: Iterable[str]) -> list[str]:
    """Keep the lines that a block has room for, and say how many are not there."""
    kept: list[str] = []
    room, hidden = _MOST_OF_A_BLOCK, 0
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            hidden += 1
        else:
            kept.append(line)
    return [*kept, f"@@ {count(hidden, 'more line')} not shown here @@"] if hidden else kept


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table whose first column is text, and the others numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _longest(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def diff_lines(parts: Iterable[Part]) -> Iterator[str]:
    """Lay out a report's parts for a fenced block of `diff`, which is shown in colour.

    What was removed or added stands on lines of its own, whole replies and single words alike.
    """
    for part in parts:
        if isinstance(part, Paragraph) and part.spans:
            yield from _body(part) if part.indent else _heading(part)


def _heading(part: Paragraph) -> Iterator[str]:
    yield f"@@ {''.join(harmless_line(span.text) for span in part.spans)} @@"


def _body(part: Paragraph) -> Iterator[str]:
    styles = {span.style for span in part.spans}
    if styles & {Style.REMOVED, Style.ADDED}:
        for span in part.spans:
            yield from _signed(harmless(span.text), _SIGNS.get(span.style, _NONE), strip=True)
        return
    signs = {_SIGNS[style] for style in styles & set(_SIGNS)}
    sign = signs.pop() if len(signs) == 1 else _NONE
    yield from _signed("".join(harmless(span.text) for span in part.spans), sign, strip=False)


def _signed(text: str, sign: str, *, strip: bool) -> Iterator[str]:
    """Give each line its sign; pieces of one line lose the white space at their seams."""
    for line in text.strip().split("\n") if strip else text.split("\n"):
        if line or not strip:
            yield from (f"{sign}{line[begin:end]}".rstrip() for begin, end in wrapped(line, _WIDTH))
