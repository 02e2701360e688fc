"""The page: transcripts, or a comparison of two files, as one HTML file that needs nothing else.

    markup.py      one dialogue, in a noscript element: text for readers without a program, markup for it to open
    page.html      the frame: overview, list, keys
    page.css, page.js
    review.js      on the page of a review alone: asks its server to accept, skip and undo

Its Content-Security-Policy names the hashes of this style and this program; nothing else may run, and nothing is
fetched, but by a review from its own server. Equal inputs give equal bytes.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from zlib import compress, decompress

from dialogs.compare import Label
from dialogs.encoding import JsonObject, encode_line
from dialogs.reports.page.dialogue import PagePair, dialogue_view
from dialogs.reports.page.markup import article
from dialogs.reports.page.overview import FilterView, Overview

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["PageOptions", "PagePair", "page"]

_ASSETS: Final = files(__package__)
_PLAIN: Final = 32 * 1024 * 1024
_DECISIONS: Final = FilterView("decision", "Decision", ("undecided", "accepted", "skipped"))


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The page's title, and the command that accepts the changes it shows.

    `review` makes it the page of a review: what review.js reads, as `dialogs.cli.review_desk` gives it.
    """

    title: str
    accept: str | None = None
    review: JsonObject | None = None


def page(pairs: Iterable[PagePair], options: PageOptions) -> Iterator[str]:
    """Write the page in pieces; `pairs` is iterated once, and what is written of them waits for the overview."""
    css, js = _asset("page.css"), _asset("page.js")
    review_js = None if options.review is None else _asset("review.js")
    frame = _environment().get_template("page.html")
    overview, bodies = Overview(), _Bodies()
    for number, pair in enumerate(pairs):
        overview.add(pair)
        bodies.add(article(dialogue_view(number, pair, options.accept)))
    pieces = frame.generate(
        page=_Page(options, overview),
        policy=_policy(css, js, review_js),
        css=_markup(css),
        js=_markup(js),
        review_js=None if review_js is None else _markup(review_js),
        bodies=map(_markup, bodies),
    )
    return map(str, pieces)  # what is done with markup further on would ask of every part whether it is to be escaped


class _Bodies:
    """What is written of the dialogues, until the overview of them all is; compressed from `_PLAIN` characters on."""

    def __init__(self) -> None:
        self._bodies: list[str | bytes] = []
        self._room = _PLAIN

    def add(self, body: str) -> None:
        self._room -= len(body)
        self._bodies.append(body if self._room >= 0 else compress(body.encode(), level=1))

    def __iter__(self) -> Iterator[str]:
        for body in self._bodies:
            yield body if isinstance(body, str) else decompress(body).decode()


class _Page:
    """What the frame's template reads."""

    def __init__(self, options: PageOptions, overview: Overview) -> None:
        self.title = options.title
        self.accept = options.accept
        self.figures = tuple(overview.figures)
        self.tables = tuple(overview.tables)
        self.causes = tuple(overview.causes)
        self.differs = bool(overview.dialogue_labels.keys() - {Label.SAME})
        self.latency = overview.latency
        self.filters = (*(() if options.review is None else (_DECISIONS,)), *overview.filters)
        self.index = _markup(overview.index(options.title))
        self.review = None if options.review is None else _markup(encode_line(options.review).replace("<", "\\u003c"))


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _policy(css: str, js: str, review_js: str | None) -> str:
    """Return the policy: this style and this program, and nothing from anywhere else but a review's own server."""
    programs = " ".join(map(_source, filter(None, (js, review_js))))
    connect = "" if review_js is None else "; connect-src 'self'"
    sources = f"default-src 'none'; style-src {_source(css)}; script-src {programs}{connect}"
    return f"{sources}; base-uri 'none'; form-action 'none'"


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _markup(text: str) -> str:
    from markupsafe import Markup  # noqa: PLC0415 - with jinja2, which only a page needs

    return Markup(text)  # noqa: S704 - our own files, rendered templates, and JSON without "<"


def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - what only a page needs

    from dialogs.reports.page.texts import plain, shown  # noqa: PLC0415 - with jinja2

    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"shown": shown, "plain": plain}
    return environment
