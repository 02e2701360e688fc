"""Expectations in a run: what comes of them in the exit code, the summary and the transcripts."""

import json
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs
from dialogs.transcript import Outcome, Transcript
from dialogs.transcript_files import read_transcripts
from servers import Received, Script, Server, Wire, answer, completion, completion_object, error, serve

SCENARIO = """\
turns:
  - user: When can I return a lamp?
    expect:
      - contains: [receipt, 30 days]
      - max_latency_s: 0.000001
  - user: Thanks!
    expect:
      - not_contains: As an AI
"""


def variables(base_url: str) -> dict[str, str]:
    return {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}


def run(folder: Path, server: Server, *more: str, output: str = "out.jsonl") -> Ended:
    """Play talk.yaml, and what is named beside."""
    return dialogs("run", "talk.yaml", "-m", "m", "-o", output, *more, cwd=folder, variables=variables(server.base_url))


def written(folder: Path) -> list[Transcript]:
    return list(read_transcripts(folder / "out.jsonl"))


def verdict(*, passed: bool, reason: str = "So it is.") -> Wire:
    return completion(json.dumps({"reason": reason, "passed": passed}))


def by_model(reply: str, judge: Wire) -> Script:
    """Answer as the model that is tested, or as its judge."""
    return lambda request: judge if request.json["model"] == "judge" else completion(reply)


def material(request: Received) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads(request.messages[-1]["content"])


def test_a_met_expectation_changes_nothing_and_time_sets_no_outcome(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(SCENARIO)
    with serve(lambda _request: completion("With the receipt, within 30 days.")) as server:
        ended = run(tmp_path, server)

    assert ended.code == 0
    assert "talk.yaml:5:9: slow in talk@m#0, turn 1: max_latency_s 1e-6: found 0." in ended.stderr
    assert "3 expectations: 2 met, 0 unmet, 1 slow" in ended.stderr
    assert written(tmp_path)[0].outcome is Outcome.COMPLETED


def test_an_unmet_expectation_is_told_with_its_place_and_sets_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(SCENARIO)
    with serve(lambda _request: completion("As an AI, I have no receipt.")) as server:
        ended = run(tmp_path, server)

    assert ended.code == 1
    assert 'talk.yaml:8:9: unmet in talk@m#0, turn 2: not_contains "As an AI": found "As an AI, I have' in ended.stderr
    assert written(tmp_path)[0].outcome is Outcome.UNMET
    assert 'unmet: contains ["receipt","30 days"]: found "30 days"' in dialogs("show", "out.jsonl", cwd=tmp_path).stdout


RUBRIC = """\
turns:
  - user: Hello
    expect: {rubric: Greets back.}
"""


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Return a folder with a scenario that needs a judge, and with the judge's name."""
    (tmp_path / "talk.yaml").write_text(RUBRIC)
    (tmp_path / "dialogs.yaml").write_text("judge: judge\n")
    return tmp_path


def test_a_model_judges_a_rubric_and_its_tokens_are_counted_apart(judged: Path) -> None:
    with serve(by_model("Go away.", verdict(passed=False, reason="It is rude."))) as server:
        ended = run(judged, server)
        asked = [request.json["model"] for request in server.requests]

    assert (ended.code, asked) == (1, ["m", "judge"])
    assert material(server.requests[1]) == {
        "criterion": "Greets back.",
        "conversation": [{"role": "user", "text": "Hello"}],
        "reply": "Go away.",
    }
    assert "1 turn asked" in ended.stderr
    assert "1 verdict of the judge: 3 prompt and 2 completion tokens" in ended.stderr
    assert 'talk.yaml:3:14: unmet in talk@m#0, turn 1: rubric "Greets back.": found "It is rude."' in ended.stderr


def test_a_judge_that_cannot_be_had_ends_a_dialogue_on_the_baselines_history_too_and_a_resume_asks_it_alone(
    judged: Path,
) -> None:
    flags = ("--baseline", "base.jsonl", "--history", "pinned")
    with serve(by_model("Hello.", verdict(passed=True))) as server:
        run(judged, server, output="base.jsonl")
    verdicts = iter([error(400, "no"), verdict(passed=True)])
    with serve(lambda request: next(verdicts) if request.json["model"] == "judge" else completion("Hello.")) as server:
        failed, resumed = run(judged, server, *flags), run(judged, server, *flags, "--resume")
        asked = [request.json["model"] for request in server.requests]

    assert (failed.code, resumed.code, asked) == (3, 0, ["m", "judge", "judge"])
    assert "not judged: 400 from" in failed.stderr
    assert "1 expectation: 1 met, 0 unmet" in resumed.stderr


def test_verdicts_are_recorded_and_replayed_without_a_request(judged: Path) -> None:
    with serve(by_model("Hello!", verdict(passed=True))) as server:
        run(judged, server, "--record", "c.jsonl", output="a.jsonl")

    ended = dialogs("run", "talk.yaml", "-m", "m", "-o", "out.jsonl", "--replay", "c.jsonl", cwd=judged)

    assert ended.code == 0
    assert [record.passed for record in written(judged)[0].turns[0].expectations] == [True]


def test_a_cassette_that_holds_one_model_beside_the_judge_needs_no_name(judged: Path) -> None:
    with serve(by_model("Hello!", verdict(passed=True))) as server:
        run(judged, server, "--record", "c.jsonl", output="a.jsonl")

    assert dialogs("run", "talk.yaml", "-o", "out.jsonl", "--replay", "c.jsonl", cwd=judged).code == 0


def test_without_the_judge_nobody_is_asked_and_nothing_is_judged(judged: Path) -> None:
    with serve(by_model("Hello!", verdict(passed=False))) as server:
        ended = dialogs(
            "run",
            "talk.yaml",
            "-m",
            "m",
            "-o",
            "out.jsonl",
            "--no-judge",
            cwd=judged,
            variables=variables(server.base_url),
        )
        asked = len(server.requests)

    assert (ended.code, asked) == (0, 1)
    assert "1 expectation: 0 met, 0 unmet, 1 not judged" in ended.stderr


def test_a_judge_that_cannot_be_asked_leaves_the_dialogue_open_and_a_resume_asks_only_it(judged: Path) -> None:
    verdicts = [error(400, "no such thing"), verdict(passed=True)]

    def script(request: Received) -> Wire:
        return verdicts.pop(0) if request.json["model"] == "judge" else completion("Hello!")

    with serve(script) as server:
        first, second = run(judged, server), run(judged, server, "--resume")
        asked = [request.json["model"] for request in server.requests]

    assert (first.code, second.code, asked) == (3, 0, ["m", "judge", "judge"])
    assert "talk.yaml:3:14: not judged: 400 from " in first.stderr


def test_a_resume_judges_what_was_played_without_a_judge(judged: Path) -> None:
    (judged / "other.yaml").write_text("turns: [Fail]\n")

    def script(request: Received) -> Wire:
        if request.json["model"] == "judge":
            return verdict(passed=False)
        return error(400, "no") if request.last_user_text == "Fail" else completion("Hello!")

    with serve(script) as server:
        run(judged, server, "other.yaml", "--no-judge")
        ended = run(judged, server, "other.yaml", "--resume")
        asked = [request.json["model"] for request in server.requests]

    assert (ended.code, sorted(asked)) == (3, ["judge", "m", "m", "m"])
    assert "1 expectation: 0 met, 1 unmet" in ended.stderr


def test_an_answer_that_is_no_verdict_is_asked_again(judged: Path) -> None:
    verdicts = [completion("I liked it."), verdict(passed=True)]

    def script(request: Received) -> Wire:
        return verdicts.pop(0) if request.json["model"] == "judge" else completion("Hello!")

    with serve(script) as server:
        ended = run(judged, server)

    assert (ended.code, len(server.requests)) == (0, 3)


def test_a_rubric_without_a_judge_is_wrong_use_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(RUBRIC)
    with serve(lambda _request: completion("Hello!")) as server:
        ended = dialogs("run", "talk.yaml", "-m", "m", cwd=tmp_path, variables=variables(server.base_url))
        asked = len(server.requests)

    assert (ended.code, asked) == (2, 0)
    assert ended.stderr == (
        "dialogs: talk.yaml:3:14: rubric needs a judge, and no configuration names one; wanted the name of a model as "
        "model under judge in dialogs.yaml, or --no-judge\n"
    )


def test_similarity_is_asked_of_a_model_of_embeddings(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text("expect: {similar: {to: Good morning, threshold: 0.9}}\nturns: [Hello]\n")
    (tmp_path / "dialogs.yaml").write_text("judge: {embedding_model: e}\n")
    vectors = {"Good morning": [1, 0], "Hello!": [0.8, 0.6]}

    def script(request: Received) -> Wire:
        if request.target.endswith("/embeddings"):
            data = [{"index": n, "embedding": vectors[text]} for n, text in enumerate(request.json["input"])]
            return answer({"data": data, "model": "e", "usage": {"prompt_tokens": 4}})
        return answer(completion_object("Hello!"))

    with serve(script) as server:
        ended = run(tmp_path, server)

    assert ended.code == 1
    assert 'similar {"to":"Good morning","threshold":0.9}: found 0.800 similar' in ended.stderr


def test_what_the_judge_costs_is_told_apart_and_counts_for_the_budget(judged: Path) -> None:
    with serve(by_model("Hello!", verdict(passed=True))) as server:
        model = f"{{key_env: K, base_url: '{server.base_url}', prices: {{input: 1000, output: 1000}}}}"
        (judged / "dialogs.yaml").write_text(f"judge: judge\nmodels:\n  m: {model}\n  judge: {model}\n")
        play, key = ("run", "talk.yaml", "-m", "m", "-o"), {"K": "sk-canary-0123456789"}
        whole = dialogs(*play, "a.jsonl", cwd=judged, variables=key)
        small = dialogs(*play, "b.jsonl", "--max-cost", "1.1", cwd=judged, variables=key)

    assert whole.stderr.splitlines()[1].endswith("; $0.0050")
    assert "1 verdict of the judge: 3 prompt and 2 completion tokens; $0.0050" in whole.stderr
    assert (small.code, "--max-cost allows" in small.stderr) == (3, True)
