import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from browsers import CHROMIUM, MODULES, NODE, needs_browser
from builders import transcript
from command import start
from dialogs.transcript_files import write_transcripts

pytestmark = needs_browser


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser saw of the review of three dialogues that changed."""
    folder = tmp_path_factory.mktemp("review")
    for file, answer in (("main", "thirty"), ("new", "<b>fourteen</b>")):
        played = [transcript(name, "When?", f"Within {answer} days.") for name in ("one", "two", "three")]
        write_transcripts(folder / f"{file}.jsonl", played, stable=file == "main")
    served = start("review", "new.jsonl", "main.jsonl", "--no-open", cwd=folder)
    assert served.stderr is not None
    address = served.stderr.readline().split()[-1]
    program = Path(__file__).with_name("review.mjs")
    command = [str(NODE), str(program), str(MODULES), str(CHROMIUM), address, str(folder / "main.jsonl")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=30)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_else_is_asked_and_nothing_is_complained_of(seen: dict[str, Any]) -> None:
    assert seen["requests"] == []
    # Chromium's own line about the answer that the last decision got.
    assert [error for error in seen["errors"] if "409 (Conflict)" not in error] == []


def test_the_token_leaves_the_address(seen: dict[str, Any]) -> None:
    assert "token" not in seen["address"]


def test_a_key_accepts_and_leads_to_the_next(seen: dict[str, Any]) -> None:
    assert (seen["first"], seen["next"]) == ("one@scripted#0", "two@scripted#0")
    assert seen["accepted"].count("fourteen") == 1


def test_skipping_writes_nothing_and_can_be_undone(seen: dict[str, Any]) -> None:
    assert seen["skipped"] == seen["accepted"]
    assert seen["undone"] == "two@scripted#0"


def test_undoing_restores_the_baseline(seen: dict[str, Any]) -> None:
    assert seen["restored"] == seen["before"]
    assert seen["pressed"] == 0


def test_the_list_and_a_page_that_is_loaded_again_know_what_was_decided(seen: dict[str, Any]) -> None:
    assert seen["undecided"] == ["two@scripted#0", "three@scripted#0"]
    assert seen["afterReload"] == 1


def test_a_baseline_that_somebody_else_changed_is_said(seen: dict[str, Any]) -> None:
    assert "changed by somebody else" in seen["problem"]


def test_the_review_has_no_known_barrier(seen: dict[str, Any]) -> None:
    assert seen["violations"] == []
