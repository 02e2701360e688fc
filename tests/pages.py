"""Reads an HTML page as a browser without scripts would, and with them."""

from html.parser import HTMLParser

from dialogs.compare import compare
from dialogs.reports.page import PageOptions, PagePair, page
from dialogs.transcript import Transcript


class Read(HTMLParser):
    """Gathers the elements of a page with their attributes, and the text of those whose text is wanted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in {*self._open[-1:], "all"}:
            self.texts.setdefault(tag, []).append(data)

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def text(self) -> str:
        return "".join(self.texts.get("all", []))


def page_text(*pairs: PagePair, title: str = "replies", accept: str | None = None) -> str:
    return "".join(page(pairs, PageOptions(title, accept)))


def page_of(*transcripts: Transcript) -> str:
    return page_text(*map(PagePair, transcripts))


def compared(baseline: Transcript, candidate: Transcript) -> PagePair:
    comparison = compare([baseline], [candidate])
    return PagePair(candidate, baseline, next(iter(comparison.dialogues)))
