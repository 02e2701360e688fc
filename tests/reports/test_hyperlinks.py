import pytest

from dialogs.reports.hyperlinks import LinkBase, linked, wants_links
from dialogs.reports.screen import Span, Style, page, paragraph
from dialogs.reports.terminal import Terminal

BASE = LinkBase("desk", "/home/me")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"VTE_VERSION": "4804"}, False),
        ({"VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "new"}, False),
        ({"VTE_VERSION": "7600", "TMUX": "socket,1,0"}, False),
        ({"TERM_PROGRAM": "WezTerm", "FORCE_HYPERLINK": "0"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
    ],
)
def test_links_are_for_terminals_that_are_known_to_take_them(environ: dict[str, str], *, expected: bool) -> None:
    assert wants_links(environ, is_terminal=True) is expected


@pytest.mark.parametrize(("environ", "expected"), [({"TERM": "xterm-kitty"}, False), ({"FORCE_HYPERLINK": "1"}, True)])
def test_elsewhere_there_are_links_only_where_they_are_forced(environ: dict[str, str], *, expected: bool) -> None:
    assert wants_links(environ, is_terminal=False) is expected


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("talk.yaml:12:5", "file://desk/home/me/talk.yaml"),
        ("/srv/talk.yaml:12", "file://desk/srv/talk.yaml"),
        ("my talks/ä.yaml", "file://desk/home/me/my%20talks/%C3%A4.yaml"),
        ("a\x1b\\b\x07\u202e.yaml:1:1", "file://desk/home/me/a%1B%5Cb%07%E2%80%AE.yaml"),
    ],
)
def test_a_place_is_an_address_in_which_nothing_is_harmful(place: str, address: str) -> None:
    assert linked("here", place, BASE) == f"\x1b]8;;{address}\x1b\\here\x1b]8;;\x1b\\"


def test_a_line_is_as_wide_with_a_link_as_without() -> None:
    parts = [paragraph("seen in ", Span("a/very/long/name.yaml:1:1", Style.PLAIN, "a/very/long/name.yaml:1:1"))]
    plain, with_links = (page(parts, Terminal(30, links=links)) for links in (None, BASE))

    assert "\x1b" not in plain
    assert len(with_links.splitlines()) == len(plain.splitlines()) == 2
