from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from builders import dialogue, in_turn, play
from dialogs.errors import UnreadableTranscriptError, WrongUseError
from dialogs.kept_transcripts import KeptTranscripts
from dialogs.scenario import Dialogue
from dialogs.transcript import Outcome, Transcript
from dialogs.transcript_files import write_transcripts

TALKS = [dialogue("Hello", name=name) for name in "abcde"]
HERE = {"scripted": "scripted:scripted"}


def played(talk: Dialogue) -> Transcript:
    return play(talk, in_turn("Hi"))[0]


def always(_transcript: Transcript, _dialogue: Dialogue) -> bool:
    return True


@pytest.fixture(params=["x.jsonl", "x.jsonl.zst"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The output of a run of which b was stopped and e was not begun; the script of c was another one."""
    a, b, c, d = map(played, [*TALKS[:2], dialogue("Bye", name="c"), TALKS[3]])
    path = tmp_path / str(request.param)
    write_transcripts(path, [d, a, replace(b, outcome=Outcome.INTERRUPTED), c])
    return path


@pytest.fixture
def files() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_what_is_whole_stands_for_its_dialogue(path: Path, files: ExitStack) -> None:
    kept = KeptTranscripts(path, TALKS, HERE, always, files)

    assert [each.id for each in kept.values()] == list(kept) == [TALKS[0].id, TALKS[3].id]
    assert [talk.id in kept for talk in TALKS] == [True, False, False, True, False]
    assert kept.get(TALKS[4].id) is None
    assert len(kept) == 2


def test_what_lacks_an_arm_is_played_again(path: Path, files: ExitStack) -> None:
    kept = KeptTranscripts(path, TALKS, HERE, lambda _transcript, talk: talk is TALKS[0], files)

    assert list(kept) == [TALKS[0].id]


def test_another_endpoint_is_refused(path: Path, files: ExitStack) -> None:
    with pytest.raises(WrongUseError, match="was played on scripted:scripted"):
        KeptTranscripts(path, TALKS, {"scripted": "elsewhere"}, always, files)


def test_a_line_that_is_no_transcript_is_named(tmp_path: Path, files: ExitStack) -> None:
    (tmp_path / "x.jsonl").write_text("\n{}\n")

    with pytest.raises(UnreadableTranscriptError, match=r"x\.jsonl:2: "):
        KeptTranscripts(tmp_path / "x.jsonl", TALKS, HERE, always, files)
