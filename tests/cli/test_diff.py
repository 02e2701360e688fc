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
from dialogs.cli.diff import diff
from dialogs.cli.report_flags import Format
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
        "\n"
        "To accept: dialogs accept - a.jsonl\n"
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


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "a.jsonl", [SAME])
    write_transcripts(tmp_path / "b.jsonl", [CHANGED])
    return tmp_path


@pytest.mark.parametrize(
    ("fail_on", "code"), [("changed", 1), ("masked,missing", 0), ("none", 0), ("missing,changed", 1), ("chnged", 2)]
)
def test_the_labels_to_fail_on_govern_the_exit_code(changed: Path, fail_on: str, code: int) -> None:
    assert dialogs("diff", "a.jsonl", "b.jsonl", "--fail-on", fail_on, cwd=changed).code == code


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        (Format.TEXT, "1 dialogue: 1 changed\n"),
        (Format.MARKDOWN, "## 1 of 1 dialogue differs\n"),
        (Format.JSON, '{"format":1,'),
        (Format.JUNIT, '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites '),
        (
            Format.GITHUB,
            "::error file=talk.yaml,line=1,col=1,title=talk@scripted#0%3A changed in turn 1::turn 1",
        ),
    ],
)
def test_a_report_goes_to_a_file_or_to_stdout_in_each_form(changed: Path, form: Format, beginning: str) -> None:
    arguments = ["diff", "a.jsonl", "b.jsonl", "--format", form]

    printed = dialogs(*arguments, cwd=changed)
    written = dialogs(*arguments, "-o", "reports/r", cwd=changed)

    assert (printed.code, written.code, written.stdout) == (1, 1, "")
    assert printed.stdout.startswith(beginning)
    assert (changed / "reports/r").read_text(encoding="utf-8").startswith(beginning)


def test_the_command_to_accept_has_the_rules_of_the_comparison(changed: Path) -> None:
    ended = dialogs("diff", "a.jsonl", "b.jsonl", "--ignore", "x y", "--normalize", "unicode", cwd=changed)

    assert ended.stdout.endswith("To accept: dialogs accept b.jsonl a.jsonl --ignore 'x y' --normalize unicode\n")


def test_in_a_workflow_of_github_no_reply_gives_a_command(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "a.jsonl", [SAME])
    write_transcripts(tmp_path / "b.jsonl", [transcript("talk", "When?", "Now:\n::error::pwned\n##[add-mask]x")])

    ended = dialogs("diff", "a.jsonl", "b.jsonl", cwd=tmp_path, variables={"GITHUB_ACTIONS": "true"})

    assert "\n  \\x3a:error::pwned\n  \\x23#[add-mask]x\n" in ended.stdout
