"""The plugin in a project of its own, run as its user would run pytest."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import command
import dialogs
from command import Ended
from dialogs.journal.files import replacing
from servers import completion, serve

ROOT = Path(__file__).parent.parent.parent
BOT = """
def answer(messages):
    with open("asked.txt", "a") as file:
        file.write(f"{messages[-1]['content']}\\n")
    return f"{len(messages)} messages"
"""
REFUND = """
tags: [smoke]
cases: [{id: acme, shop: Acme}, {id: globex, shop: Globex}]
turns:
  - Is this {{ shop }}?
  - {user: And now?, expect: [{contains: 3 messages}]}
"""
ON_BOT = "--dialogs-endpoint=bot:answer"


def run_pytest(project: Path, *arguments: str, **variables: str) -> Ended:
    return command.run_pytest(*arguments, cwd=project, variables=variables)


def counts(ended: Ended) -> str:
    """Return the last line, without the time."""
    return re.sub(r" in [\d.]+s.*| ?=+ ?", "", ended.stdout.rstrip().splitlines()[-1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (tmp_path / "refund.dialog.yaml").write_text(REFUND)
    (tmp_path / "hello.dialog.yaml").write_text("turns: [Hello?]\n")
    return tmp_path


def asked(project: Path) -> list[str]:
    path = project / "asked.txt"
    return sorted(path.read_text().splitlines()) if path.exists() else []


def test_each_dialogue_is_an_item(project: Path) -> None:
    done = run_pytest(project, ON_BOT, "--collect-only", "-q")

    assert done.stdout.splitlines()[:3] == [
        "hello.dialog.yaml::hello[function:bot:answer#0]",
        "refund.dialog.yaml::refund[acme@function:bot:answer#0]",
        "refund.dialog.yaml::refund[globex@function:bot:answer#0]",
    ]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_dialogues_that_are_as_they_should_be_pass(project: Path, workers: tuple[str, ...]) -> None:
    done = run_pytest(project, ON_BOT, *workers)

    assert (done.code, counts(done)) == (0, "3 passed")
    assert "dialogs: 3 played\n" in done.stdout
    assert len(asked(project)) == 5


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["-k", "globex"], "1 passed, 2 deselected"),
        (["-m", "not smoke"], "1 passed, 2 deselected"),
        (["refund.dialog.yaml::refund[acme@function:bot:answer#0]"], "1 passed"),
    ],
)
def test_a_part_is_selected_as_of_other_tests(project: Path, arguments: list[str], found: str) -> None:
    assert counts(run_pytest(project, ON_BOT, *arguments)) == found


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_failure_shows_the_report_and_its_reason_in_a_line(project: Path, workers: tuple[str, ...]) -> None:
    (project / "hello.dialog.yaml").write_text("turns: [{user: Hello?, expect: [{contains: '17'}]}]\n")

    done = run_pytest(project, ON_BOT, "hello.dialog.yaml", *workers, COLUMNS="200")

    assert done.code == 1
    assert 'hello[function:bot:answer#0] - turn 1: contains "17": found "1 messages"' in done.stdout
    assert "turn 1 assistant" in done.stdout
    assert "Traceback" not in done.stdout


def test_an_error_is_a_failure_that_says_why(project: Path) -> None:
    (project / "bot.py").write_text("def answer(messages):\n    raise KeyError('no such order')\n")

    done = run_pytest(project, ON_BOT, "hello.dialog.yaml", COLUMNS="200")

    assert counts(done) == "1 failed"
    assert "function_failed" in done.stdout
    assert "no such order" in done.stdout


def test_a_file_with_faults_is_an_error_of_collection(project: Path) -> None:
    (project / "hello.dialog.yaml").write_text("turn: [Hello?]\n")

    done = run_pytest(project, ON_BOT)

    assert done.code == 2
    assert 'hello.dialog.yaml:1:1: unknown key "turn" in a scenario; did you mean "turns"?' in done.stdout


def test_what_cannot_be_played_fails_without_a_traceback(project: Path) -> None:
    done = run_pytest(project, "--dialogs-endpoint=nobody:answer", "hello.dialog.yaml")

    assert counts(done) == "1 failed"
    assert "nobody cannot be imported: ModuleNotFoundError" in done.stdout
    assert "Traceback" not in done.stdout


def test_reports_keep_what_a_dialogue_was(project: Path) -> None:
    run_pytest(project, ON_BOT, "hello.dialog.yaml", "--junitxml=junit.xml")

    case = next(ET.parse(project / "junit.xml").getroot().iter("testcase"))  # noqa: S314 - our own file
    properties = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
    assert case.attrib["name"] == "hello[function:bot:answer#0]"
    assert properties == {
        "dialogs_id": "hello@function:bot:answer#0",
        "dialogs_outcome": "completed",
        "dialogs_source": "endpoint",
    }


def test_the_configuration_file_of_pytest_says_the_same(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\ndialogs_endpoint = bot:answer\ndialogs_files = talks/*.yaml\n")
    (project / "talks").mkdir()
    (project / "hello.dialog.yaml").rename(project / "talks" / "hi.yaml")
    (project / "talks" / "dialogs.yaml").write_text("concurrency: 2\n")

    done = run_pytest(project, "-v")

    assert "talks/hi.yaml::hi[function:bot:answer#0] PASSED" in done.stdout
    assert counts(done) == "1 passed"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_recordings_stand_beside_the_files_and_need_no_key(project: Path, workers: tuple[str, ...]) -> None:
    with serve(lambda request: completion(f"{len(request.messages)} messages")) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-0123456789abcdef"}
        recorded = run_pytest(project, "--dialogs-model=m", "--dialogs-record", *workers, **variables)
        again = run_pytest(project, "--dialogs-model=m", "--dialogs-record", **variables)
        requests = len(server.requests)
    replayed = run_pytest(project, *workers)

    assert (counts(recorded), counts(again), counts(replayed)) == ("3 passed", "3 passed", "3 passed")
    assert requests == 5
    assert "dialogs: 3 played; 3 of them from cassettes" in replayed.stdout
    assert sorted(path.name for path in project.glob("*.cassette.jsonl")) == [
        "hello.dialog.cassette.jsonl",
        "refund.dialog.cassette.jsonl",
    ]


def test_what_was_not_recorded_is_not_asked_unwanted(project: Path) -> None:
    run_pytest(project, ON_BOT, "--dialogs-record", "hello.dialog.yaml")
    (project / "hello.dialog.yaml").write_text("turns: [Good evening?]\n")

    done = run_pytest(project, ON_BOT, "hello.dialog.yaml")

    assert counts(done) == "1 failed"
    assert "cassette_miss" in done.stdout
    assert asked(project) == ["Hello?"]


def test_a_change_from_the_baseline_is_a_failure(project: Path) -> None:
    dialogs.play(
        project / "hello.dialog.yaml", lambda _messages: "An old answer.", output=project / "baselines/main.jsonl"
    )

    done = run_pytest(project, ON_BOT, "--dialogs-baseline=baselines/main.jsonl", COLUMNS="200")

    assert counts(done) == "1 failed, 2 passed"
    assert "hello[function:bot:answer#0] - 1 changed" in done.stdout
    assert "An old answer" in done.stdout


def test_a_baseline_that_is_not_there_is_told_at_once(project: Path) -> None:
    done = run_pytest(project, ON_BOT, "--dialogs-baseline=no.jsonl")

    assert "no.jsonl: no such file; wanted transcripts to compare with" in done.stdout + done.stderr
    assert "settings.py" not in done.stdout + done.stderr


def test_at_the_first_failure_nothing_more_is_paid_for(project: Path) -> None:
    (project / "refund.dialog.yaml").write_text(REFUND.replace("3 messages", "17"))

    done = run_pytest(project, ON_BOT, "-x", "refund.dialog.yaml")

    assert counts(done) == "1 failed"
    assert "Is this Globex?" not in asked(project)


def test_the_fixture_plays_on_a_function_of_the_test(project: Path) -> None:
    (project / "test_bot.py").write_text(
        "def test_hello(dialogs):\n"
        "    (transcript,) = dialogs.play('hello.dialog.yaml', lambda messages: 'Hi.')\n"
        "    assert transcript.messages[-1]['content'] == 'Hi.'\n\n"
        "def test_refund(dialogs):\n"
        "    dialogs.play('refund.dialog.yaml', lambda messages: 'Hi.')\n\n"
        "def test_anyhow(dialogs):\n"
        "    assert len(dialogs.play('refund.dialog.yaml', lambda messages: 'Hi.', check=False)) == 2\n"
    )

    done = run_pytest(project, "test_bot.py")

    assert counts(done) == "1 failed, 2 passed"
    assert 'Failed: turn 2: contains "3 messages": found "Hi."' in done.stdout
    assert "_fail_where_unmet" not in done.stdout


def test_the_fixture_plays_on_what_the_options_name(project: Path) -> None:
    (project / "test_bot.py").write_text(
        "import asyncio\n\ndef test_hello(dialogs):\n    asyncio.run(dialogs.play_async('hello.dialog.yaml'))\n"
    )

    done = run_pytest(project, ON_BOT, "test_bot.py")

    assert counts(done) == "1 passed"
    assert asked(project) == ["Hello?"]


def test_nothing_of_ours_is_imported_without_a_scenario() -> None:
    code = (
        "import dialogs.pytest_plugin, sys; print(sorted(name for name in sys.modules if name.startswith('dialogs')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "['dialogs', 'dialogs.pytest_plugin']\n"


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["entry-points"]["pytest11"] == {"dialogs": "dialogs.pytest_plugin"}


def test_recordings_and_baselines_may_be_compressed(project: Path) -> None:
    run_pytest(project, ON_BOT, "--dialogs-record", "hello.dialog.yaml")
    dialogs.play(project / "hello.dialog.yaml", lambda _messages: "Another.", output=project / "old.jsonl.zst")
    plain = project / "hello.dialog.cassette.jsonl"
    with replacing(plain.with_name(f"{plain.name}.zst")) as write:
        write(plain.read_bytes())
    plain.unlink()

    done = run_pytest(project, "--dialogs-baseline=old.jsonl.zst", "hello.dialog.yaml")

    assert counts(done) == "1 failed"
    assert "1 played; 1 of them from cassettes" in done.stdout
    assert "Another." in done.stdout
