import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from builders import dialogue, in_turn, play, transcript
from command import Ended, dialogs, environment, start
from dialogs.chat import Fault, FaultKind
from dialogs.encoding import encode_line
from dialogs.indexed_transcripts import stable_line
from dialogs.transcript import ArmRecord, ExpectationRecord, Outcome, Transcript
from dialogs.transcript_files import read_transcripts, write_transcripts

SAME = transcript("same", "Hello", "Hi")
OLD = transcript("talk", "When?", "Within thirty days.")
NEW = transcript("talk", "When?", "Within fourteen days.")
THIRD = transcript("talk", "When?", "Within seven days.")
GONE = transcript("gone", "Hello", "Hi")
ADDED = transcript("added", "Hello", "Hi")
FAILED = play(dialogue("When?"), in_turn(Fault(FaultKind.TIMEOUT, "late")))[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "main.jsonl", [GONE, OLD, SAME], stable=True)
    write_transcripts(tmp_path / "new.jsonl", [NEW, ADDED, SAME])
    return tmp_path


def accept(folder: Path, *flags: str, stdin: str = "") -> Ended:
    return dialogs("accept", "new.jsonl", "main.jsonl", *flags, cwd=folder, stdin=stdin)


def held(folder: Path) -> list[str]:
    """Say what the baseline holds: the scenario and the last reply of each line."""
    return [f"{one.scenario}: {one.messages[-1]['content']}" for one in read_transcripts(folder / "main.jsonl")]


def test_what_is_not_the_same_is_taken_whole_and_the_rest_stays_as_it_is(folder: Path) -> None:
    ended = accept(folder)

    assert (ended.code, ended.stdout) == (0, "replaced talk@scripted#0\nadded added@scripted#0\n")
    assert ended.stderr == (
        "main.jsonl: 2 dialogues accepted\nnot in the candidate, and kept (--prune removes): gone@scripted#0\n"
    )
    assert (folder / "main.jsonl").read_bytes() == b"".join(map(stable_line, [GONE, NEW, ADDED, SAME]))


def test_accepting_twice_changes_nothing(folder: Path) -> None:
    accept(folder)
    before = (folder / "main.jsonl").read_bytes()

    ended = accept(folder)

    assert (ended.code, ended.stdout) == (0, "")
    assert ended.stderr.startswith("main.jsonl: 0 dialogues accepted: nothing in it is new\n")
    assert (folder / "main.jsonl").read_bytes() == before


def test_a_first_acceptance_makes_the_baseline_and_its_folder(folder: Path) -> None:
    ended = dialogs("accept", "-", "baselines/main.jsonl", cwd=folder, stdin=encode_line(NEW.record()))

    assert (ended.code, ended.stderr) == (0, "baselines/main.jsonl: 1 dialogue accepted\n")
    assert (folder / "baselines/main.jsonl").read_bytes() == stable_line(NEW)
    assert [path.name for path in (folder / "baselines").iterdir()] == ["main.jsonl"]


@pytest.mark.parametrize("glob", ["talk", "talk@scripted#0", "ta*"])
def test_only_what_is_selected_is_accepted(folder: Path, glob: str) -> None:
    assert accept(folder, "--select", glob).stdout == "replaced talk@scripted#0\n"
    assert held(folder) == ["gone: Hi", "talk: Within fourteen days.", "same: Hi"]


def test_a_selection_of_nothing_names_what_is_near(folder: Path) -> None:
    ended = accept(folder, "--select", "tlak")

    assert ended.code == 4
    assert ended.stderr == 'dialogs: --select tlak: no dialogue is named so; did you mean "talk"?\n'


@pytest.mark.parametrize("bad", [FAILED, replace(NEW, outcome=Outcome.INTERRUPTED)])
def test_a_dialogue_that_was_not_completed_is_refused_by_name(folder: Path, bad: Transcript) -> None:
    write_transcripts(folder / "new.jsonl", [bad, ADDED])

    ended = accept(folder)

    assert (ended.code, ended.stdout) == (3, "added added@scripted#0\n")
    assert "not accepted: talk@scripted#0: " in ended.stderr
    assert "talk: Within thirty days." in held(folder)


def test_what_is_unmet_is_accepted_and_said(folder: Path) -> None:
    write_transcripts(folder / "new.jsonl", [replace(NEW, outcome=Outcome.UNMET)])

    assert "accepted although an expectation is unmet: talk@scripted#0" in accept(folder).stderr


def test_a_variant_stands_beside_what_was_accepted_and_the_next_acceptance_replaces_both(folder: Path) -> None:
    assert accept(folder, "--variant").stdout == "variant talk@scripted#0\nadded added@scripted#0\n"
    assert [one.variant for one in read_transcripts(folder / "main.jsonl")] == [1, 1, 2, 1, 1]

    write_transcripts(folder / "new.jsonl", [THIRD])
    accept(folder)

    assert held(folder) == ["gone: Hi", "talk: Within seven days.", "added: Hi", "same: Hi"]


@pytest.mark.parametrize("reply", [OLD, NEW])
def test_what_equals_any_variant_is_the_same(folder: Path, reply: Transcript) -> None:
    accept(folder, "--variant")
    write_transcripts(folder / "new.jsonl", [reply])

    ended = dialogs("diff", "main.jsonl", "new.jsonl", "--format", "json", cwd=folder)

    assert '"changed"' not in ended.stdout
    assert accept(folder).stdout == ""


def test_what_the_candidate_has_not_is_pruned_where_that_is_wanted(folder: Path) -> None:
    ended = accept(folder, "--prune")

    assert ended.stdout.endswith("removed gone@scripted#0\n")
    assert [line.split(":")[0] for line in held(folder)] == ["talk", "added", "same"]


def test_where_scenarios_are_given_only_what_none_of_them_has_is_gone(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    (folder / "scenarios/gone.yaml").write_text("turns: [Hello]\n")
    write_transcripts(folder / "new.jsonl", [NEW])

    ended = accept(folder, "--scenarios", "scenarios")
    assert "of no scenario any more, and kept (--prune removes): same@scripted#0\n" in ended.stderr

    accept(folder, "--scenarios", "scenarios", "--prune")
    assert [line.split(":")[0] for line in held(folder)] == ["gone", "talk"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("a\ns\n", "replaced talk@scripted#0\n"),
        ("skip\nACCEPT\n", "added added@scripted#0\n"),
        ("what?\n\nm\na\nq\n", "replaced talk@scripted#0\n"),
        ("q\na\n", ""),
        ("a\n", "replaced talk@scripted#0\n"),
        ("", ""),
    ],
)
def test_a_review_asks_for_each_dialogue(folder: Path, answers: str, expected: str) -> None:
    ended = accept(folder, "--review", stdin=answers)

    assert ended.code == 0
    assert "Within [-thirty-]{+fourteen+} days." in ended.stdout
    assert "(1 of 2) talk@scripted#0: [a]ccept, [s]kip, show [m]ore, [q]uit? " in ended.stderr
    assert ended.stdout.split("days.\n")[-1].endswith(expected)
    assert ("talk: Within fourteen days." in held(folder)) == ("replaced" in expected)


def test_a_review_asks_before_it_prunes(folder: Path) -> None:
    ended = accept(folder, "--review", "--prune", stdin="s\ns\na\n")

    assert "accepting removes it from the baseline" in ended.stdout
    assert ended.stdout.endswith("removed gone@scripted#0\n")


def test_a_review_shows_a_new_dialogue_whole(folder: Path) -> None:
    ended = accept(folder, "--review", "--select", "added", stdin="s\n")

    assert "\nturn 1 user\n  Hello\n\nturn 1 assistant" in ended.stdout
    assert ended.stderr.endswith("main.jsonl: 0 dialogues accepted\n")


def test_an_interrupted_review_writes_nothing(folder: Path) -> None:
    before = (folder / "main.jsonl").read_bytes()
    command = [sys.executable, "-m", "dialogs", "accept", "new.jsonl", "main.jsonl", "--review"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"a\n")
        process.stdin.flush()
        while b"(2 of 2)" not in process.stderr.peek():  # type: ignore[attr-defined]
            process.stderr.read1()  # type: ignore[attr-defined]
        process.send_signal(signal.SIGINT)

        assert process.wait() == 130
        assert b"\nnothing was accepted\n" in process.stderr.read()
    assert (folder / "main.jsonl").read_bytes() == before


def test_two_acceptances_at_once_both_count(folder: Path) -> None:
    names = [f"talk-{number}" for number in range(4)]
    for name in names:
        write_transcripts(folder / f"{name}.jsonl", [transcript(name, "Hello", "Hi")])
    running = [start("accept", f"{name}.jsonl", "main.jsonl", cwd=folder) for name in names]
    for process in running:
        with process:
            process.communicate()

    assert sorted(line.split(":")[0] for line in held(folder)) == ["gone", "same", "talk", *names]


def test_a_baseline_that_is_changed_during_a_review_is_left_so(folder: Path) -> None:
    with start_review(folder) as process:
        assert process.stdin is not None
        while not process.stderr or b"(1 of 2)" not in process.stderr.read1():  # type: ignore[attr-defined]
            time.sleep(0.01)
        write_transcripts(folder / "main.jsonl", [THIRD])
        _, err = process.communicate(b"a\na\n")

    assert process.returncode == 3
    assert b"main.jsonl was changed meanwhile, and is left so; run it again" in err
    assert held(folder) == ["talk: Within seven days."]


def start_review(folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "dialogs", "accept", "new.jsonl", "main.jsonl", "--review"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment(), stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.jsonl", "main.jsonl"], 2, "none.jsonl: No such file or directory; wanted a transcript file (JSONL)"),
        (["empty.jsonl", "main.jsonl"], 4, "empty.jsonl: no dialogue in this file to accept"),
        (["new.jsonl", "."], 2, ".: wanted the name of the baseline's file"),
        (["new.jsonl", "-"], 2, "-: wanted the name of the baseline's file"),
        (["main.jsonl", "./main.jsonl"], 2, "main.jsonl is the baseline itself; wanted two files"),
        (["-", "main.jsonl", "--review"], 2, "--review asks on standard input"),
    ],
)
def test_what_cannot_be_accepted_says_why(folder: Path, arguments: Sequence[str], code: int, message: str) -> None:
    (folder / "empty.jsonl").write_text("")

    ended = dialogs("accept", *arguments, cwd=folder)

    assert (ended.code, ended.stdout) == (code, "")
    assert message in ended.stderr


def test_a_baseline_with_what_differs_from_run_to_run_is_made_stable(folder: Path) -> None:
    write_transcripts(folder / "main.jsonl", [NEW, ADDED, SAME])

    assert accept(folder).stdout == ""
    assert (folder / "main.jsonl").read_bytes() == b"".join(map(stable_line, [NEW, ADDED, SAME]))


def test_a_link_to_a_baseline_stays_a_link(folder: Path) -> None:
    (folder / "main.jsonl").rename(folder / "real.jsonl")
    (folder / "main.jsonl").symlink_to("real.jsonl")

    accept(folder)

    assert (folder / "main.jsonl").is_symlink()
    assert "talk: Within fourteen days." in held(folder)


def test_what_is_the_same_but_was_asked_differently_is_accepted_and_shown_in_a_review(folder: Path) -> None:
    write_transcripts(folder / "new.jsonl", [replace(SAME, params={"temperature": 0.7})])

    ended = accept(folder, "--review", stdin="a\n")

    assert ended.stdout.endswith("\n  parameter temperature: not set → 0.7\nreplaced same@scripted#0\n")
    assert accept(folder).stdout == ""


def test_resamples_that_the_baseline_lacks_are_accepted_once(folder: Path) -> None:
    again = ArmRecord(({"role": "assistant", "content": "Hey"},), SAME.turns[0].completions)
    write_transcripts(folder / "new.jsonl", [replace(SAME, turns=(replace(SAME.turns[0], resamples=(again,)),))])

    assert accept(folder).stdout == "replaced same@scripted#0\n"
    assert accept(folder).stdout == ""


def test_an_expectation_that_is_unmet_on_both_sides_is_nothing_new(folder: Path) -> None:
    unmet = ExpectationRecord("contains", "Ho", passed=False, found="Hi")
    never = replace(SAME, outcome=Outcome.UNMET, turns=(replace(SAME.turns[0], expectations=(unmet,)),))
    write_transcripts(folder / "main.jsonl", [never], stable=True)
    write_transcripts(folder / "new.jsonl", [never])

    assert accept(folder).stderr == "main.jsonl: 0 dialogues accepted: nothing in it is new\n"
    assert "To accept" not in dialogs("diff", "main.jsonl", "new.jsonl", cwd=folder).stdout
