import os
import re
from pathlib import Path

import pytest

from builders import in_turn
from command import dialogs
from dialogs.chat import Fault, FaultKind
from dialogs.journal.contents import recordings
from dialogs.journal.rewriting import CassetteWriter
from dialogs.transcript import CompletionRecord, Outcome, Transcript, TurnRecord
from dialogs.transcript_files import write_transcripts
from journals import ask, at


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    ask(tmp_path / "j", [at("a"), at("b"), at("b", 2)])
    writer = CassetteWriter(tmp_path / "c.jsonl")
    writer.add(tmp_path / "j")
    writer.close()
    return tmp_path / "c.jsonl"


def transcript_of(*names: str) -> list[Transcript]:
    """Make transcripts whose one history is that of the recordings."""
    sha256 = at("a").history_sha256
    turns = (TurnRecord(1, (CompletionRecord(1, sha256),)),)
    return [Transcript(name, "s", "scripted", Outcome.COMPLETED, messages=(), turns=turns) for name in names]


def places(path: Path) -> list[str]:
    return [str(recording.place) for recording in recordings(path)]


def test_stats_of_a_cassette(cassette: Path) -> None:
    ended = dialogs("cassette", "stats", cassette.name, cwd=cassette.parent)

    assert ended.code == 0
    assert re.sub(r"in [\d,]+ bytes", "in N bytes", ended.stdout) == (
        "c.jsonl: 3 recordings of 2 dialogues in N bytes\n"
        "  scripted: scripted at scripted:scripted\n"
        "  3 prompt and 3 completion tokens\n"
    )


def test_stats_of_a_torn_journal(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")], script=in_turn("Hi", Fault(FaultKind.TIMEOUT, "late")))
    with (tmp_path / "j").open("ab") as file:
        file.write(b"{")
    ended = dialogs("cassette", "stats", "j", cwd=tmp_path)

    assert " bytes, 1 byte of them a torn last line\n" in ended.stdout
    assert ended.stdout.endswith("  2 sent = 1 recorded + 1 failed + 0 unknown\n")


def test_prune_keeps_what_the_transcripts_use(cassette: Path) -> None:
    write_transcripts(cassette.with_name("t.jsonl"), transcript_of("b"))
    ended = dialogs("cassette", "prune", "c.jsonl", "t.jsonl", cwd=cassette.parent)

    assert (ended.code, ended.stdout) == (0, "c.jsonl: dropped 2 recordings that no transcript uses\n")
    assert places(cassette) == ["b turn 1"]


def test_prune_keeps_what_a_renamed_dialogue_may_use(cassette: Path) -> None:
    write_transcripts(cassette.with_name("t.jsonl"), transcript_of("b", "renamed"))
    dialogs("cassette", "prune", "c.jsonl", "t.jsonl", cwd=cassette.parent)

    assert places(cassette) == ["a turn 1", "b turn 1", "b turn 2"]


def test_prune_moves_damaged_lines(cassette: Path) -> None:
    cassette.write_bytes(cassette.read_bytes() + b"rubbish\n")
    ended = dialogs("cassette", "prune", "--damaged", "c.jsonl", cwd=cassette.parent)

    assert (ended.code, ended.stdout) == (0, f"c.jsonl: 1 damaged line moved to c.jsonl.damaged{os.linesep}")
    assert len(places(cassette)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prune", "c.jsonl"], "wanted either transcripts whose recordings are kept, or --damaged"),
        (["prune", "c.jsonl", "t.jsonl", "--damaged"], "wanted either transcripts"),
        (["prune", "missing", "--damaged"], "missing: no such file; wanted a cassette"),
        (["stats", "missing"], "missing: No such file or directory; wanted a cassette or journal"),
    ],
)
def test_wrong_use_is_told(cassette: Path, arguments: list[str], message: str) -> None:
    ended = dialogs("cassette", *arguments, cwd=cassette.parent)

    assert ended.code == 2
    assert message in ended.stderr
    assert not cassette.with_name("missing").exists()
