from pathlib import Path

import pytest

from builders import transcript
from command import dialogs
from dialogs.transcript_files import write_transcripts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "t.jsonl", [transcript("a", "Hi", "Ho"), transcript("b", "Hi", "Ho", "Why", "So")])
    return tmp_path / "t.jsonl"


def test_right_transcripts_are_said_to_be_so(file: Path) -> None:
    ended = dialogs("verify", file.name, cwd=file.parent)

    assert (ended.code, ended.stdout, ended.stderr) == (
        0, "t.jsonl: 2 dialogues, 3 histories: all as sent\n", "",
    )  # fmt: skip


def test_a_changed_history_is_named_with_its_turn(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("Why", "why"), encoding="utf-8")
    ended = dialogs("verify", file.name, cwd=file.parent)

    first, last = ended.stdout.splitlines()
    assert ended.code == 1
    assert first.startswith("t.jsonl: b@scripted#0 turn 2: messages 2 to 3 are not what was sent before the reply: ")
    assert last == "t.jsonl: 2 dialogues, 3 histories: 1 wrong"


def test_all_files_are_looked_at(file: Path) -> None:
    changed = file.with_name("changed.jsonl")
    changed.write_text(file.read_text(encoding="utf-8").replace('"Hi"', '"hi"'), encoding="utf-8")
    ended = dialogs("verify", changed.name, file.name, cwd=file.parent)

    assert ended.code == 1
    assert [line.partition(":")[0] for line in ended.stdout.splitlines()] == ["changed.jsonl"] * 3 + ["t.jsonl"]


@pytest.mark.parametrize("rubbish", ["{", '{"format": 2}', "[]"])
def test_an_unreadable_transcript_is_wrong_use(file: Path, rubbish: str) -> None:
    file.write_text(f"{file.read_text(encoding='utf-8')}{rubbish}\n", encoding="utf-8")
    ended = dialogs("verify", file.name, cwd=file.parent)

    assert ended.code == 2
    assert ended.stderr.startswith("dialogs: t.jsonl:3: ")


def test_standard_input_can_be_verified(file: Path) -> None:
    ended = dialogs("verify", "-", cwd=file.parent, stdin=file.read_text(encoding="utf-8"))

    assert (ended.code, ended.stdout) == (0, "-: 2 dialogues, 3 histories: all as sent\n")
