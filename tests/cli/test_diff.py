import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from builders import dialogue, in_turn, play, transcript
from command import dialogs, environment
from dialogs.chat import Fault, FaultKind
from dialogs.cli.diff import Format, diff
from dialogs.encoding import encode_line
from dialogs.errors import NothingSelectedError, WrongUseError
from dialogs.transcript import Transcript
from dialogs.transcript_files import write_transcripts

SAME = transcript("talk", "When?", "Within thirty days of delivery.")
CHANGED = transcript("talk", "When?", "Within fourteen days of delivery.")
FAILED = play(dialogue("When?"), in_turn(Fault(FaultKind.TIMEOUT, "late")))[0]
OTHER = transcript("other", "Hello", "Hi")


@pytest.mark.parametrize(
    ("baseline", "candidate", "code"),
    [
        ([SAME], [SAME], 0),
        ([SAME], [CHANGED], 1),
        ([SAME], [FAILED], 1),
        ([SAME, OTHER], [SAME], 1),
        ([SAME], [SAME, OTHER], 0),
        ([SAME], [], 1),
    ],
)
@pytest.mark.parametrize("form", Format)
def test_the_exit_code_says_whether_something_differs(
    tmp_path: Path, baseline: list[Transcript], candidate: list[Transcript], code: int, form: Format
) -> None:
    write_transcripts(tmp_path / "a.jsonl", baseline)
    write_transcripts(tmp_path / "b.jsonl", candidate)

    with pytest.raises(typer.Exit) as ended:
        diff(tmp_path / "a.jsonl", tmp_path / "b.jsonl", format_=form)

    assert ended.value.exit_code == code


def test_a_baseline_without_a_dialogue_is_no_baseline(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "a.jsonl", [])

    with pytest.raises(NothingSelectedError, match=r"a.jsonl: no dialogue in this file to compare with"):
        diff(tmp_path / "a.jsonl", tmp_path / "a.jsonl")


def test_a_change_is_shown_and_one_side_may_come_from_standard_input(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "a.jsonl", [SAME], stable=True)
    candidate = encode_line(CHANGED.record())

    ended = dialogs("diff", "a.jsonl", "-", cwd=tmp_path, stdin=candidate)

    assert (ended.code, ended.stderr) == (1, "")
    assert ended.stdout == (
        "1 dialogue: 1 changed\n"
        "1 turn: 1 changed\n"
        "\n"
        f"── talk@scripted#0 {'─' * 81}\n"
        "turn 1 changed  When?\n"
        "  Within [-thirty-]{+fourteen+} days of delivery.\n"
    )


def test_a_comparison_as_json_is_in_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    for name, content in (("a", "안녕"), ("b", "안녕 \ud800")):
        write_transcripts(tmp_path / f"{name}.jsonl", [transcript("talk", "When?", content)])

    command = [sys.executable, "-m", "dialogs", "diff", "a.jsonl", "b.jsonl", "--format", "json"]
    env = environment({"PYTHONIOENCODING": "ascii"})
    ended = subprocess.run(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, check=False)

    (turn,) = json.loads(ended.stdout)["dialogues"][0]["turns"]
    assert (turn["baseline"][0]["content"], turn["candidate"][0]["content"]) == ("안녕", "안녕 \ud800")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.jsonl", "none.jsonl"], "none.jsonl: No such file or directory; wanted a transcript file (JSONL)"),
        (["a.jsonl", "cut.jsonl"], "cut.jsonl:1: "),
        (["a.jsonl", "twice.jsonl"], "the candidate has the dialogue talk@scripted#0 twice"),
        (["-", "-"], "only one of the two files can be -"),
    ],
)
def test_what_cannot_be_compared_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_transcripts("a.jsonl", [SAME])
    write_transcripts("twice.jsonl", [SAME, SAME])
    Path("cut.jsonl").write_text(Path("a.jsonl").read_text(encoding="utf-8")[:100], encoding="utf-8")

    with pytest.raises(WrongUseError, match=f"^{re.escape(message)}"):
        diff(*map(Path, arguments))
