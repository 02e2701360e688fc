import json
import os
import pty
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builders import dialogue, in_turn, play, transcript
from command import dialogs, environment
from dialogs.cli.show import show
from dialogs.cli.showing import select
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.transcript_files import write_transcripts

NAMES = ["refund-policy", "refund-late", "opening"]
DIALOGUES = [transcript(name, "When?", f"Reply of {name}.", "Why?", "So.") for name in NAMES]
FILE = Path("out.jsonl")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "out.jsonl", DIALOGUES)
    return tmp_path


def headings(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith("── ")]


def test_a_file_is_shown_whole_and_its_dialogues_apart(folder: Path) -> None:
    ended = dialogs("show", "out.jsonl", cwd=folder)

    assert (ended.code, ended.stderr) == (0, "")
    assert headings(ended.stdout) == ["refund-policy@scripted#0", "refund-late@scripted#0", "opening@scripted#0"]
    assert "\n\n── refund-late@scripted#0" in ended.stdout


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("opening@scripted#0", ["opening@scripted#0"]),
        ("opening", ["opening@scripted#0"]),
        ("refund-p", ["refund-policy@scripted#0"]),
        ("refund-*", ["refund-policy@scripted#0", "refund-late@scripted#0"]),
        ("*#0", ["refund-policy@scripted#0", "refund-late@scripted#0", "opening@scripted#0"]),
    ],
)
def test_a_dialogue_is_chosen_by_id_scenario_glob_or_beginning(wanted: str, chosen: list[str]) -> None:
    assert [transcript.id for transcript in select(DIALOGUES, wanted, FILE)] == chosen


def test_an_id_with_brackets_is_taken_as_it_is() -> None:
    odd = replace(DIALOGUES[0], id="refund[acme]@scripted#0")

    assert select([*DIALOGUES, odd], odd.id, FILE) == [odd]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("refnd-policy", 'no dialogue is named "refnd-policy"; did you mean "refund-policy@scripted#0"?'),
        ("zzz", 'no dialogue is named "zzz"; there are refund-policy@scripted#0, refund-late@scripted#0, opening@scri'),
        ("refund-", '2 dialogues begin with "refund-": refund-policy@scripted#0, refund-late@scripted#0; say more of'),
    ],
)
def test_where_nothing_fits_the_message_says_what_there_is(wanted: str, message: str) -> None:
    with pytest.raises(NothingSelectedError, match=re.escape(f"out.jsonl: {message}")):
        select(DIALOGUES, wanted, FILE)


def test_a_request_is_printed_as_curl(folder: Path) -> None:
    ended = dialogs("show", "out.jsonl", "--request", "refund-policy@scripted#0:2", cwd=folder)

    body = json.loads(ended.stdout.split("<<'BODY'\n")[1].removesuffix("BODY\n"))
    assert (ended.code, ended.stderr) == (0, "")
    assert [message["content"] for message in body["messages"]] == ["When?", "Reply of refund-policy.", "Why?"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("opening", "wanted ID:TURN"),
        ("opening:2.2", "opening@scripted#0 has no round 2 in turn 2; it has 1"),
        ("opening:2.", "wanted ID:TURN"),
        ("opening:3", "opening@scripted#0 asked nothing in turn 3; turns that were asked: 1, 2"),
        ("2", "refund-policy@scripted#0, refund-late@scripted#0, opening@scripted#0; name one of them"),
    ],
)
def test_a_request_that_is_not_there_is_wrong_use(folder: Path, request_: str, message: str) -> None:
    with pytest.raises(WrongUseError, match=re.escape(message)):
        show(folder / "out.jsonl", request=request_)


def test_a_request_whose_history_was_changed_is_printed_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played, _ = play(dialogue("one", "two"), in_turn("a", "b"))
    changed = (*played.messages[:1], {"role": "assistant", "content": "other"}, *played.messages[2:])
    write_transcripts(tmp_path / "changed.jsonl", [replace(played, messages=changed)])

    show(tmp_path / "changed.jsonl", "talk", request="2")

    printed = capsys.readouterr()
    assert "this history is not the one that was sent" in printed.err
    assert '"content": "other"' in printed.out


def test_an_empty_file_selects_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")

    with pytest.raises(NothingSelectedError, match=r"empty.jsonl: no dialogue in this file"):
        show(tmp_path / "empty.jsonl")


def test_a_broken_file_is_wrong_use_and_the_line_is_named(folder: Path) -> None:
    (folder / "broken.jsonl").write_text('{"format": 1, "id": 3}\n')

    ended = dialogs("show", "broken.jsonl", cwd=folder)

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == 'dialogs: broken.jsonl:1: "id" is 3; wanted text\n'


def test_a_closed_pipe_ends_in_silence(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "long.jsonl", [transcript("long", "Go on", "word " * 500_000)])

    ended = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m dialogs show long.jsonl | head -n 1"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
    )

    assert ended.stdout.startswith("── long@scripted#0".encode())
    assert ended.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_is_said(folder: Path) -> None:
    command = [sys.executable, "-m", "dialogs", "show", "out.jsonl"]

    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, cwd=folder, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (ended.returncode, ended.stderr) == (
        3,
        "dialogs: standard output could not be written: No space left on device\n",
    )


def test_a_sink_that_knows_only_ascii_gets_escapes(folder: Path) -> None:
    command = [sys.executable, "-m", "dialogs", "show", "out.jsonl", "opening"]

    printed = subprocess.check_output(command, cwd=folder, env=environment({"PYTHONIOENCODING": "ascii"}))

    assert printed.startswith(b"\\u2500\\u2500 opening@scripted#0")


def test_a_terminal_gets_colour_and_lines_of_its_width(folder: Path) -> None:
    def read_all(descriptor: int) -> bytes:
        pieces = []
        try:
            while piece := os.read(descriptor, 4096):
                pieces.append(piece)
        except OSError:  # Linux's way to say that the other side has closed
            pass
        return b"".join(pieces)

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dialogs", "show", "out.jsonl", "opening"]
    with subprocess.Popen(command, cwd=folder, env=environment({"COLUMNS": "40", "TERM": "xterm"}), stdout=theirs):
        os.close(theirs)
        text = read_all(ours).decode()

    assert text.startswith(f"\x1b[1m── opening@scripted#0 {'─' * 18}\x1b[0m\r\n\x1b[32mcompleted\x1b[0m")


def test_models_of_one_file_are_held_against_each_other(tmp_path: Path) -> None:
    played = transcript("talk", "When?", "At eight.")
    other = replace(transcript("talk", "When?", "At nine."), model="other", id="talk@other#0")
    write_transcripts(tmp_path / "out.jsonl", [played, other])

    ended = dialogs("show", "out.jsonl", "--models", cwd=tmp_path)

    assert (ended.code, ended.stdout.splitlines()[2:4]) == (
        0,
        ["1 scripted     ·    0%", "2 other     0.67     ·"],
    )


def test_a_file_of_one_model_has_no_table(folder: Path) -> None:
    with pytest.raises(WrongUseError, match=r"out.jsonl: its dialogues are all of scripted; wanted two models"):
        show(folder / "out.jsonl", models=True)


def test_the_text_for_git_is_the_same_for_runs_with_the_same_replies(tmp_path: Path) -> None:
    played = transcript("talk", "When?", "At eight.")
    write_transcripts(tmp_path / "one.jsonl", [replace(played, started_at="2026-01-01T00:00:00Z", elapsed_ms=7.0)])
    write_transcripts(tmp_path / "two.jsonl", [replace(played, elapsed_ms=8.0)], stable=True)

    one, two = (dialogs("show", name, "--textconv", cwd=tmp_path) for name in ("one.jsonl", "two.jsonl"))

    assert one.stdout == two.stdout
    assert one.stdout.endswith("turn 1 assistant\n  At eight.\n\n")


def test_the_text_for_git_shows_what_is_no_transcript_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_bytes(b'<<<<<<< HEAD\n{"format": 99}\n\xff\x1b[2J\n')

    ended = dialogs("show", "odd.jsonl", "--textconv", cwd=tmp_path)

    assert (ended.code, ended.stdout) == (0, '<<<<<<< HEAD\n{"format": 99}\n\\xff\\x1b[2J\n')


def test_git_shows_a_change_of_a_baseline_as_text(tmp_path: Path) -> None:
    found = shutil.which("git")
    if found is None:
        pytest.skip("needs git")

    def git(*arguments: str) -> str:
        env = {**environment(), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        return subprocess.check_output([found, *arguments], cwd=tmp_path, env=env, text=True)

    def write(answer: str) -> None:
        write_transcripts(tmp_path / "main.jsonl", [transcript("talk", "When?", answer)], stable=True)

    git("init", "-q")
    git("config", "diff.dialogs.textconv", f"{sys.executable} -m dialogs show --textconv")
    (tmp_path / ".gitattributes").write_text("*.jsonl diff=dialogs\n")
    write("At eight.")
    git("add", ".")
    write("At nine.")

    assert "\n-  At eight.\n+  At nine.\n" in git("diff")


def test_flags_that_ask_for_other_things_exclude_each_other(folder: Path) -> None:
    with pytest.raises(WrongUseError, match="--request, --models and --textconv exclude each other"):
        show(folder / "out.jsonl", models=True, textconv=True)
