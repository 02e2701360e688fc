import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs, start
from servers import Received, Server, Wire, completion, error, serve

TALK = "turns: [One, Two, Three, Four]"


def echo(request: Received) -> Wire:
    """Answer with what the user says and how many messages there are: no reply depends on another."""
    return completion(f"{request.last_user_text} {len(request.messages)}")


def changed(text: str, to: str = "other") -> Callable[[Received], Wire]:
    """Change the reply to what a user says."""
    return lambda request: completion(to) if request.last_user_text == text else echo(request)


def run(server: Server, folder: Path, output: str, *flags: str) -> Ended:
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
    return dialogs("run", ".", "-m", "m", "-o", output, *flags, cwd=folder, variables=variables)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def labels(folder: Path, baseline: str, candidate: str) -> list[str]:
    compared = dialogs("diff", baseline, candidate, "--format", "json", cwd=folder)
    return [turn["label"] for turn in json.loads(compared.stdout)["dialogues"][0]["turns"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a scenario and the baseline of it."""
    (tmp_path / "talk.yaml").write_text(TALK)
    with serve(echo) as server:
        assert run(server, tmp_path, "base.jsonl", "--stable").code == 0
    return tmp_path


def test_a_run_that_changed_nothing_says_so_and_asks_nothing_twice(folder: Path) -> None:
    with serve(echo) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl")

        assert (ended.code, len(server.requests)) == (0, 4)
    assert "4 turns: 4 same" in ended.stderr
    assert ended.stdout == "new.jsonl\n"


def test_a_run_ends_with_the_comparison_that_diff_makes_later(folder: Path) -> None:
    with serve(changed("Two")) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl")
    later = dialogs("diff", "base.jsonl", "new.jsonl", cwd=folder)

    assert (ended.code, later.code) == (1, 1)
    assert later.stdout.strip().splitlines()[:2] == ["1 dialogue: 1 changed", "4 turns: 3 same, 1 changed"]
    assert later.stdout.splitlines()[0] in ended.stderr


def test_the_command_to_accept_names_the_configuration_that_the_run_was_given(folder: Path) -> None:
    (folder / "other.yaml").write_text("ignore: [nothing]\n")
    (folder / "talks").mkdir()
    (folder / "talk.yaml").rename(folder / "talks" / "talk.yaml")
    with serve(changed("Two")) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        flags = ("-m", "m", "-o", "new.jsonl", "--baseline", "base.jsonl", "--config", "other.yaml")
        ended = dialogs("run", "talks", *flags, cwd=folder, variables=variables)

    assert "To accept: dialogs accept new.jsonl base.jsonl --config other.yaml\n" in ended.stderr


def test_what_is_to_be_overlooked_is_the_same_and_not_asked_again(folder: Path) -> None:
    with serve(changed("Two", to="Two 3 today")) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--ignore", " today$", "--stable")

        assert (ended.code, len(server.requests)) == (0, 6)
    assert "4 turns: 4 same\nCompared so: ignored:  today$\n" in ended.stderr


def test_replies_that_are_alike_enough_are_the_same_and_the_command_to_accept_says_from_where_on(folder: Path) -> None:
    with serve(changed("Two", to="Two and 3")) as server:
        alike = run(
            server, folder, "new.jsonl", "--baseline", "base.jsonl", "--metric", "lexical", "--threshold", "0.5"
        )
        differing = run(server, folder, "other.jsonl", "--baseline", "base.jsonl", "--metric", "lexical")

    assert (alike.code, differing.code) == (0, 1)
    assert "To accept: dialogs accept other.jsonl base.jsonl --metric lexical\n" in differing.stderr


def test_a_change_is_told_apart_from_what_followed_from_it(folder: Path) -> None:
    def script(request: Received) -> Wire:
        if request.last_user_text == "Two":
            return completion("other")
        after = "other" in [message["content"] for message in request.messages] and request.last_user_text == "Three"
        return completion("after other") if after else echo(request)

    with serve(script) as server:
        run(server, folder, "new.jsonl", "--baseline", "base.jsonl")

    assert labels(folder, "base.jsonl", "new.jsonl") == ["same", "changed", "knock_on", "same"]


def test_only_the_baseline_s_history_is_asked_on_where_that_is_wanted(folder: Path) -> None:
    with serve(changed("Two")) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--history", "pinned", "--confirm", "0")

        assert len(server.requests) == 4
    assert ended.code == 1
    assert labels(folder, "base.jsonl", "new.jsonl") == ["same", "changed", "same", "same"]


def test_every_arm_is_resumed_from_the_journal(folder: Path) -> None:
    failed: list[bool] = []

    def failing_once(request: Received) -> Wire:
        pinned = "Two 3" in [message["content"] for message in request.messages]
        if request.last_user_text == "Four" and pinned and not failed:
            failed.append(True)
            return error(400, "not now")
        return changed("Two")(request)

    with serve(failing_once) as server:
        first = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--stable")
        asked = len(server.requests)
        second = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--stable", "--resume")

        assert (first.code, second.code, len(server.requests) - asked) == (3, 1, 1)
    with serve(changed("Two")) as server:
        run(server, folder, "undisturbed.jsonl", "--baseline", "base.jsonl", "--stable")
    assert (folder / "new.jsonl").read_bytes() == (folder / "undisturbed.jsonl").read_bytes()


@pytest.mark.parametrize(("number", "history"), [(signal.SIGINT, "pinned"), (signal.SIGKILL, "both")])
def test_a_run_that_was_ended_among_its_arms_goes_on_and_asks_nothing_twice(
    number: signal.Signals, history: str, folder: Path
) -> None:
    def slow(request: Received) -> Wire:
        return Wire(0.2, *changed("Two")(request).pieces)

    arguments = ["run", ".", "-m", "m", "--baseline", "base.jsonl", "--resamples", "2", "--stable"]
    arguments += ["--history", history]
    with serve(slow) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        undisturbed = dialogs(*arguments, "-o", "undisturbed.jsonl", cwd=folder, variables=variables)
        needed = len(server.requests)
        running = start(*arguments, "-o", "new.jsonl", "-j", "2", cwd=folder, variables=variables)
        server.wait_for_requests(needed + 6)
        running.send_signal(number)
        running.communicate(timeout=30)
        resumed = dialogs(*arguments, "-o", "new.jsonl", "--resume", cwd=folder, variables=variables)
        on_their_way = 2 if number == signal.SIGKILL else 0  # whose replies nobody was there to take

        assert (undisturbed.code, running.returncode != 0, resumed.code) == (1, True, 1)
        assert len(server.requests) - 2 * needed <= on_their_way
    assert (folder / "new.jsonl").read_bytes() == (folder / "undisturbed.jsonl").read_bytes()


def test_every_arm_is_replayed_from_a_cassette(folder: Path) -> None:
    flags = ("--baseline", "base.jsonl", "--resamples", "2", "--stable")
    with serve(changed("Two")) as server:
        run(server, folder, "new.jsonl", *flags, "--record", "tape.jsonl")
    for concurrency in ("1", "16"):
        replayed = dialogs("run", ".", "-o", "r.jsonl", *flags, "--replay", "tape.jsonl", "-j", concurrency, cwd=folder)

        assert replayed.code == 1
        assert (folder / "r.jsonl").read_bytes() == (folder / "new.jsonl").read_bytes()


def test_resamples_of_both_sides_measure_the_noise(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder, "base20.jsonl", "--resamples", "5", "--stable")
        assert len(server.requests) == 24
    with serve(changed("Two")) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base20.jsonl", "--resamples", "5")

        assert len(server.requests) == 26
    compared = json.loads(dialogs("diff", "base20.jsonl", "new.jsonl", "--format", "json", cwd=folder).stdout)
    noise = [turn["noise"] for turn in compared["dialogues"][0]["turns"]]

    assert ended.code == 1
    assert [one["resamples"] for one in noise] == [5, 5, 5, 5]
    assert [one["adjusted_p"] < 0.05 for one in noise] == [False, True, False, False]


def test_of_a_part_of_the_dialogues_nothing_is_missing(folder: Path) -> None:
    (folder / "more.yaml").write_text("turns: [Five]")
    with serve(echo) as server:
        run(server, folder, "two.jsonl")
        ended = run(server, folder, "new.jsonl", "--baseline", "two.jsonl", "--select", "more")

    assert ended.code == 0
    assert "1 dialogue: 1 same" in ended.stderr


def test_a_dialogue_that_no_scenario_has_any_more_is_missing(folder: Path) -> None:
    (folder / "talk.yaml").rename(folder / "other.yaml")
    with serve(echo) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl")

    assert ended.code == 1
    assert "1 missing, 1 added" in ended.stderr


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--history", "pinned"], 2, "--history pinned is about a baseline's replies; name it with --baseline"),
        (
            ["--baseline", "base.jsonl", "--history", "live", "--resamples", "2"],
            2,
            "--resamples beside --baseline asks on the baseline's history",
        ),
        (["--confirm", "2"], 2, "which this run is not held against; name one with --baseline"),
        (["--baseline", "base.jsonl", "--history", "live", "--confirm", "2"], 2, "held against; drop --history live"),
        (["--metric", "lexical"], 2, "which this run is not held against; name one with --baseline"),
        (["--baseline", "base.jsonl", "--threshold", "0.5"], 2, "--metric exact has none; wanted lexical or semantic"),
        (["--baseline", "base.jsonl", "--metric", "semantic"], 2, "`dialogs diff --metric semantic` of the baseline"),
        (["--baseline", "base.jsonl", "--ignore", "("], 2, "a rule of what to ignore cannot be read"),
        (["--baseline", "twice.jsonl"], 2, "twice.jsonl has the dialogue talk@m#0 twice; wanted each dialogue once"),
        (["--baseline", "none.jsonl"], 2, "none.jsonl: No such file or directory"),
        (["--baseline", "empty.jsonl"], 4, "empty.jsonl: no dialogue in this file to compare with"),
        (["--baseline", "talk.yaml"], 2, "talk.yaml:1: "),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    flags: list[str], code: int, message: str, folder: Path
) -> None:
    (folder / "empty.jsonl").write_text("")
    (folder / "twice.jsonl").write_text((folder / "base.jsonl").read_text() * 2)
    with serve(echo) as server:
        ended = run(server, folder, "new.jsonl", *flags)

        assert (ended.code, server.requests) == (code, [])
    assert message in ended.stderr


def test_a_dry_run_counts_the_resamples(folder: Path) -> None:
    with serve(echo) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--resamples", "3", "--dry-run")

        assert server.requests == []
    assert "16 requests" in ended.stdout
    assert "where replies differ from the baseline" in ended.stdout


def test_a_shard_without_dialogues_compares_nothing_and_says_so(folder: Path) -> None:
    with serve(echo) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--shard", "2/2")

    assert (ended.code, ended.stderr.splitlines()[::2][:2]) == (0, ["0 dialogues", "0 dialogues"])


def test_a_baseline_of_another_s_history_alone_is_refused(folder: Path) -> None:
    with serve(echo) as server:
        run(server, folder, "pinned.jsonl", "--baseline", "base.jsonl", "--history", "pinned")
        ended = run(server, folder, "new.jsonl", "--baseline", "pinned.jsonl")

    assert ended.code == 2
    assert "was played on another baseline's history alone" in ended.stderr


def test_a_pruned_cassette_keeps_every_arm(folder: Path) -> None:
    with serve(changed("Two")) as server:
        run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--record", "tape.jsonl")
    pruned = dialogs("cassette", "prune", "tape.jsonl", "new.jsonl", cwd=folder)
    replayed = dialogs("run", ".", "--baseline", "base.jsonl", "--replay", "tape.jsonl", "-o", "r.jsonl", cwd=folder)

    assert (pruned.code, replayed.code) == (0, 1)
    beside = "beside them 2 replies on the baseline's history, 1 confirmation (3 from the cassette)"
    assert f"; 4 from the cassette; {beside};" in replayed.stderr


@pytest.mark.parametrize(("fail_on", "code"), [("none", 0), ("knock_on", 0), ("changed", 1)])
def test_fail_on_is_about_the_comparison(fail_on: str, code: int, folder: Path) -> None:
    with serve(changed("Two")) as server:
        ended = run(server, folder, "new.jsonl", "--baseline", "base.jsonl", "--fail-on", fail_on, "--junit", "j.xml")

    assert ended.code == code
    assert "<testsuite" in (folder / "j.xml").read_text()
