import re
from dataclasses import replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from builders import dialogue, in_turn, play, transcript
from comparisons import EVERYTHING, FILES, HOSTILE, LONG, changed, one_sided
from dialogs.chat import Fault, FaultKind
from dialogs.compare import Comparison, Label
from dialogs.reports.comparison_markdown import comparison_markdown
from dialogs.reports.markdown import MOST, code, fence, html_code, size
from dialogs.reports.run_markdown import run_markdown
from dialogs.reports.terminal import harmless, harmless_line
from dialogs.transcript import ExpectationRecord, Outcome, Transcript


class Rendered(HTMLParser):
    """What GitHub's own parser makes of Markdown: its tags, the text of code, and the text beside it."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.code = ""
        self.text = ""
        self._open: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        assert not [name for name, _ in attrs if name not in {"align", "lang", "class"}]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"code", "pre"} & set(self._open):
            self.code += data
        else:
            self.text += data


OURS = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "sub"}
OURS |= {"details", "summary", "pre", "code"}


def report(*dialogues: object) -> str:
    return comparison_markdown(Comparison(dialogues), FILES)  # type: ignore[arg-type]


def test_hostile_text_is_shown_as_text_and_nothing_of_it_comes_alive() -> None:
    rendered = Rendered(report(changed("hostile", "Hello there", HOSTILE, user=HOSTILE, place=HOSTILE)))

    assert set(rendered.tags) <= OURS
    assert rendered.tags.count("details") == 1
    assert "@octocat #1 GH-2 ![x](http://e.com/a.png)" in rendered.code
    assert not re.search(r"octocat|script|http|::error|/close|www", rendered.text)


@pytest.mark.parametrize("text", [HOSTILE, "`", "``` x ````", " `", "~~~", "</summary>", "|", "a\n\nb", "&amp;", "\\"])
def test_each_encoder_keeps_text_whole(text: str) -> None:
    line = harmless_line(text)

    assert Rendered(code(text, most=2_000)).code == line
    assert Rendered(f"<details><summary>{html_code(text)}</summary>\n\nx\n\n</details>").code == line
    assert Rendered(fence(harmless(text).split("\n"))).code == f"{harmless(text)}\n"


def test_the_report_reads_from_the_counts_over_the_causes_to_the_worst_changes() -> None:
    text = comparison_markdown(EVERYTHING, FILES)

    order = ["## 6 of 7", "| dialogues |", "**What went in", "lamp[acme]", "odd@m#0", "broken@m#0", "hostile@m#0"]
    positions = [text.index(part) for part in [*order, "**missing**", "**added**", "To accept:"]]
    assert positions == sorted(positions)
    assert set(Rendered(text).tags) <= OURS


def test_what_has_no_room_is_counted() -> None:
    many = [changed(f"talk-{number}", LONG * 8, LONG.upper() * 8) for number in range(400)]

    text = report(*many)

    shown = text.count("<details>")
    assert size(text) <= MOST
    assert shown > 30
    assert f"{400 - shown} more dialogues differ and are not shown here: `dialogs diff baselines/main.jsonl" in text
    assert text.endswith("```sh\ndialogs accept outputs/new.jsonl baselines/main.jsonl\n```\n")


def test_characters_beyond_the_basic_plane_count_twice() -> None:
    text = report(*(changed(f"talk-{number}", "\N{SHEEP}\n" * 9, "\N{GOAT} " * 900) for number in range(400)))

    assert len(text.encode("utf-16-le")) // 2 == size(text) <= MOST


def test_a_long_dialogue_is_cut_and_says_so() -> None:
    turns = [replace(changed(old=LONG * 3, new=HOSTILE).turns[0], turn=number) for number in range(1, 40)]

    text = report(replace(changed(), turns=tuple(turns)))

    assert re.search(r"@@ \d+ more lines not shown here @@\n`{7}\n", text)


def test_long_lists_of_names_are_cut() -> None:
    text = report(*(one_sided(f"talk-{number}", Label.MISSING) for number in range(30)))

    assert "`talk-19@m#0` and 10 more" in text
    assert "To accept" not in text


def test_where_nothing_differs_there_is_nothing_to_accept() -> None:
    same = EVERYTHING.dialogues[-1:]  # type: ignore[index]

    assert report(*same) == (
        "## 1 dialogue: nothing differs\n\n|  | same |\n| --- | ---: |\n| dialogues | 1 |\n| turns | 1 |\n"
    )


def ran(*transcripts: Transcript) -> str:
    return run_markdown(lambda: transcripts, "outputs/new.jsonl")


def test_a_run_shows_what_is_unmet_first_and_counts_the_rest() -> None:
    missed = transcript("missed", "When?", HOSTILE)
    unmet = ExpectationRecord("contains", "days", passed=False, found=HOSTILE)
    missed = replace(missed, outcome=Outcome.UNMET, turns=(replace(missed.turns[0], expectations=(unmet,)),))
    failed = play(dialogue("When?", name="failed"), in_turn(Fault(FaultKind.TIMEOUT, HOSTILE)))[0]

    text = ran(failed, transcript("good", "When?", "Soon."), missed)

    rendered = Rendered(text)
    assert text.startswith("## 1 of 3 dialogues as expected\n")
    assert text.index("missed@scripted#0</code>: unmet in turn 1") < text.index("failed@scripted#0</code>: error")
    assert set(rendered.tags) <= OURS
    assert "octocat" not in rendered.text


def test_a_large_run_stays_below_the_limit() -> None:
    cut = replace(transcript("talk", "When?", LONG * 9), outcome=Outcome.INTERRUPTED)

    text = ran(*[cut] * 300)

    assert size(text) <= MOST
    assert re.search(r"\n\d+ more dialogues not shown here: `dialogs show outputs/new.jsonl` shows all.\n$", text)
