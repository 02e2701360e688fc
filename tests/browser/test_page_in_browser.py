import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from browsers import CHROMIUM, MODULES, NODE, needs_browser
from builders import transcript
from pages import compared, page_text

HOSTILE = (
    "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'><b class=injected>bold</b>"
    "[link](javascript:window.pwned=1) </noscript></script><script>window.pwned=1</script> \u202e <b>bold</b>"
)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser saw of a page with a dialogue that stayed, one that changed, and a hostile one."""
    same = transcript("same", "Hello?", "Hi.")
    pairs = [
        compared(same, same),
        compared(
            transcript("changed", "How long is it good?", "The warranty lasts a year.", "Really?", "Yes."),
            transcript("changed", "How long is it good?", "The warranty lasts two years.", "Really?", "No."),
        ),
        compared(transcript("hostile", "Hello?", "Hi."), transcript("hostile", "Hello?", HOSTILE)),
    ]
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page_text(*pairs), encoding="utf-8")
    program = Path(__file__).with_name("page.mjs")
    command = [str(NODE), str(program), str(MODULES), str(CHROMIUM), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_is_fetched_nothing_runs_and_nothing_is_complained_of(seen: dict[str, Any]) -> None:
    assert seen["requests"] == []
    assert seen["errors"] == []
    assert seen["scriptsRun"]
    assert seen["alien"] == 0


def test_the_list_shows_every_dialogue(seen: dict[str, Any]) -> None:
    assert seen["rows"] == 3
    assert seen["found"] == "3 dialogues"


def test_search_finds_words_of_the_replies_and_never_markup(seen: dict[str, Any]) -> None:
    assert seen["searched"] == ["changed@scripted#0"]
    assert seen["searchedMarkup"] == ["hostile@scripted#0"]


def test_a_filter_leaves_the_dialogues_with_its_label(seen: dict[str, Any]) -> None:
    assert seen["differing"] == seen["filtered"]
    assert seen["filtered"] == ["changed@scripted#0", "hostile@scripted#0"]


def test_keys_go_through_dialogues_and_changes(seen: dict[str, Any]) -> None:
    assert [seen["afterJ"], seen["afterJJ"], seen["afterK"]] == [
        "same@scripted#0",
        "changed@scripted#0",
        "same@scripted#0",
    ]
    assert seen["afterN"] == "#changed@scripted#0:1"
    assert seen["slashFocuses"] == "search"
    assert seen["entered"] == "changed@scripted#0"
    assert seen["helpOpens"]
    assert seen["overview"] == 1


def test_a_link_leads_to_its_dialogue_and_turn(seen: dict[str, Any]) -> None:
    assert (seen["linked"], seen["linkedTurn"]) == ("hostile@scripted#0", "1")


def test_dark_and_light_follow_the_reader_s_setting(seen: dict[str, Any]) -> None:
    assert seen["light"] == "rgb(255, 255, 255)"
    assert seen["dark"] == "rgb(13, 17, 23)"


def test_a_narrow_screen_shows_the_list_or_the_dialogue_and_never_scrolls_sideways(seen: dict[str, Any]) -> None:
    assert (seen["narrowOverflow"], seen["narrowDialogueOverflow"]) == (0, 0)
    assert seen["narrowReads"]
    assert seen["narrowOverview"]
    assert seen["narrowBack"]


def test_without_scripts_the_whole_text_is_there(seen: dict[str, Any]) -> None:
    assert "The warranty lasts two years." in " ".join(seen["withoutScripts"].split())
    assert "window.pwned" in seen["withoutScripts"]


def test_the_page_has_no_known_barrier(seen: dict[str, Any]) -> None:
    assert seen["violations"] == []
