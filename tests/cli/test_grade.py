import json
from pathlib import Path

import pytest

from command import Ended, dialogs
from dialogs.transcript import Outcome, Transcript
from dialogs.transcript_files import read_transcripts
from servers import Received, Wire, completion, error, serve

SCRIPT = "turns:\n  - Hello\n  - When can I return a lamp?\n"


def play(folder: Path, scenario: str = SCRIPT, *more: str) -> None:
    """Write the transcripts of talk.yaml to old.jsonl; each reply says what it replies to."""
    (folder / "talk.yaml").write_text(scenario)
    with serve(lambda request: completion(f"Re: {request.last_user_text}")) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        dialogs("run", "talk.yaml", "-m", "m", "-o", "old.jsonl", *more, cwd=folder, variables=variables)


def grade(folder: Path, scenario: str, *more: str, variables: dict[str, str] | None = None) -> Ended:
    """Grade old.jsonl by this talk.yaml."""
    (folder / "talk.yaml").write_text(scenario)
    return dialogs("grade", "old.jsonl", *more, cwd=folder, variables=variables)


def graded(folder: Path) -> Transcript:
    (transcript,) = read_transcripts(folder / "new.jsonl")
    return transcript


def test_present_expectations_are_held_against_the_replies_of_then(tmp_path: Path) -> None:
    play(tmp_path)

    ended = grade(tmp_path, "expect: {contains: lamp}\n" + SCRIPT)

    assert (ended.code, ended.stderr) == (1, "")
    assert ended.stdout == (
        'talk.yaml:1:10: unmet in talk@m#0, turn 1: contains "lamp": found "Re: Hello"\n'
        "1 dialogue; 2 expectations: 1 met, 1 unmet\n"
    )


def test_graded_transcripts_are_written_to_a_new_file_alone(tmp_path: Path) -> None:
    play(tmp_path)

    ended = grade(tmp_path, "expect: {contains: 'Re:'}\n" + SCRIPT, "-o", "new.jsonl")
    again = grade(tmp_path, SCRIPT, "-o", "new.jsonl")

    assert (ended.code, graded(tmp_path).outcome) == (0, Outcome.COMPLETED)
    assert [turn.expectations[0].passed for turn in graded(tmp_path).turns] == [True, True]
    assert (again.code, again.stderr) == (2, "dialogs: new.jsonl is there already; wanted the name of a new file\n")


def test_an_outcome_follows_the_expectations_of_now(tmp_path: Path) -> None:
    play(tmp_path, "expect: {contains: nothing}\n" + SCRIPT)

    ended = grade(tmp_path, "expect: {contains: 'Re:'}\n" + SCRIPT, "-o", "new.jsonl")

    assert (ended.code, graded(tmp_path).outcome) == (0, Outcome.COMPLETED)


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (
            SCRIPT.replace("lamp", "bulb"),
            'turn 2, user: "When can I return a lamp?" in the transcript, "When can I return a bulb?" in the script',
        ),
        ("system: Be kind.\n" + SCRIPT, 'turn 1, user: "Hello" in the transcript, "Be kind." in the script'),
        (SCRIPT + "  - Thanks\n", "the script goes on with turn 3, which is not in the transcript"),
        (
            "turns: [Hello]\n",
            'turn 2, user: "When can I return a lamp?" in the transcript, nothing in the script',
        ),
        ("id: other\n" + SCRIPT, "no scenario talk is among those given"),
        ("cases: [{id: a, x: 1}]\n" + SCRIPT, "its case is no longer in the scenario talk"),
    ],
)
def test_a_script_that_has_changed_is_said_with_its_place_and_nothing_is_graded(
    tmp_path: Path, scenario: str, reason: str
) -> None:
    play(tmp_path)

    ended = grade(tmp_path, scenario, "-o", "new.jsonl")

    assert ended.code == 3
    assert ended.stdout.splitlines()[0] == f"talk@m#0: not graded: {reason}"
    assert graded(tmp_path) == next(iter(read_transcripts(tmp_path / "old.jsonl")))


def test_a_stable_transcript_names_no_scenario_and_knows_neither_time_nor_tokens(tmp_path: Path) -> None:
    play(tmp_path, SCRIPT, "--stable")
    scenario = "expect: {max_latency_s: 9, max_tokens: 9}\n" + SCRIPT

    unnamed, named = grade(tmp_path, scenario), grade(tmp_path, scenario, "talk.yaml")

    assert (unnamed.code, "does not say where its scenarios are" in unnamed.stderr) == (2, True)
    assert named.stdout == "1 dialogue; 4 expectations: 0 met, 0 unmet, 4 not judged\n"


def test_cases_and_captures_are_rendered_as_they_were(tmp_path: Path) -> None:
    scenario = (
        "cases: [{id: a, shop: Acme}]\n"
        "turns:\n  - user: Is this {{ shop }}?\n    capture: {name: 'this (\\w+)'}\n"
        "  - user: So it is {{ name }}.\n    expect: {equals: 'Re: So it is {{ shop }}.'}\n"
    )
    play(tmp_path, scenario)

    ended = grade(tmp_path, scenario)

    assert (ended.code, ended.stdout) == (0, "1 dialogue; 1 expectation: 1 met, 0 unmet\n")


def test_only_a_judge_that_is_asked_for_is_asked_and_its_verdicts_stay(tmp_path: Path) -> None:
    play(tmp_path)
    (tmp_path / "dialogs.yaml").write_text("judge: judge\n")
    scenario = SCRIPT.replace("- Hello", "- user: Hello\n    expect: {rubric: Is kind.}")
    with serve(lambda _request: completion(json.dumps({"reason": "Rude.", "passed": False}))) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        unjudged = grade(tmp_path, scenario, variables=variables)
        asked_before = len(server.requests)
        judged = grade(tmp_path, scenario, "--judge", "-o", "new.jsonl", variables=variables)
        asked = len(server.requests)
    (tmp_path / "new.jsonl").rename(tmp_path / "old.jsonl")

    assert (unjudged.code, asked_before) == (0, 0)
    assert (judged.code, asked) == (1, 1)
    assert 'rubric "Is kind.": found "Rude."' in judged.stdout
    assert "1 verdict of the judge: 3 prompt and 2 completion tokens" in judged.stdout
    assert grade(tmp_path, scenario).code == 1


def test_a_judge_that_cannot_be_asked_is_told(tmp_path: Path) -> None:
    play(tmp_path)
    (tmp_path / "dialogs.yaml").write_text("judge: judge\n")
    with serve(lambda _request: completion("Fine.")) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        ended = grade(tmp_path, "expect: {rubric: Is kind.}\n" + SCRIPT, "--judge", variables=variables)

    assert ended.code == 3
    assert "dialogs: 1 dialogue could not be judged, the first: talk.yaml:1:10: not judged: " in ended.stderr


PLAIN = "turns: [Hello, And why?]\n"
JUDGED = f"expect: {{rubric: Is kind.}}\n{PLAIN}"


def verdict(_received: Received) -> Wire:
    return completion(json.dumps({"reason": "Kind.", "passed": True}))


def test_verdicts_that_came_are_not_paid_for_again_though_others_could_not_be_had(tmp_path: Path) -> None:
    play(tmp_path, PLAIN)
    (tmp_path / "dialogs.yaml").write_text("judge: judge\n")
    refused = [b"why?"]
    with serve(lambda got: error(400, "no") if any(each in got.body for each in refused) else verdict(got)) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        failed = grade(tmp_path, JUDGED, "--judge", "-o", "new.jsonl", variables=variables)
        refused.clear()
        server.requests.clear()
        graded = grade(tmp_path, JUDGED, "--judge", "-o", "new.jsonl", variables=variables)

        assert (failed.code, graded.code, len(server.requests)) == (3, 0, 1)
    assert "; new.jsonl.verdicts keeps the verdicts that came, and the same command asks for the rest" in failed.stderr
    assert {path.suffix for path in tmp_path.iterdir()} == {".yaml", ".jsonl"}


def test_recorded_verdicts_are_replayed_without_a_server(tmp_path: Path) -> None:
    play(tmp_path, PLAIN)
    (tmp_path / "dialogs.yaml").write_text("judge: judge\n")
    with serve(verdict) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        recorded = grade(tmp_path, JUDGED, "--judge", "--record", "tape.jsonl", variables=variables)
    replayed = grade(tmp_path, JUDGED, "--judge", "--replay", "tape.jsonl")

    assert (recorded.code, replayed.code) == (0, 0)
    assert recorded.stdout == replayed.stdout
    assert "sk-canary" not in (tmp_path / "tape.jsonl").read_text()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--record", "a.jsonl"), "--record and --replay are about the judge's verdicts; wanted --judge too"),
        (("--judge", "--record", "a", "--replay", "b"), "--record and --replay exclude each other"),
        (("--judge",), "as model under judge in dialogs.yaml, or no --judge"),
    ],
)
def test_flags_that_mean_nothing_are_refused(tmp_path: Path, flags: tuple[str, ...], message: str) -> None:
    play(tmp_path, PLAIN)
    ended = grade(tmp_path, JUDGED, *flags)

    assert ended.code == 2
    assert message in ended.stderr


def test_a_file_without_dialogues_selects_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text("")

    assert grade(tmp_path, SCRIPT).code == 4


def test_a_transcript_with_media_and_a_secret_is_graded_without_either_being_sent_again(tmp_path: Path) -> None:
    (tmp_path / "lamp.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    script = "vars: {id: {env: HOME}}\nturns:\n  - user: [{text: 'Is it {{ id }}?'}, {image: lamp.png}]\n"
    play(tmp_path, script)

    ended = grade(tmp_path, "expect: {contains: 'Re:'}\n" + script, variables={"HOME": ""})

    assert (ended.code, ended.stdout) == (0, "1 dialogue; 1 expectation: 1 met, 0 unmet\n")
