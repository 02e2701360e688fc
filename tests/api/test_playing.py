import asyncio
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import dialogs
from dialogs.errors import InvalidFilesError, NothingSelectedError, WrongUseError
from dialogs.journal.cassette import Cassette
from dialogs.transcript import Outcome
from servers import completion, error, serve


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("talk.yaml").write_text("tags: [smoke]\nturns: [Hello?, {user: And now?, expect: [{contains: '3'}]}]\n")


def count(messages: list[dict[str, object]]) -> str:
    return f"{len(messages)} messages"


def test_a_function_is_played_on_and_called_by_its_name() -> None:
    (transcript,) = dialogs.play("talk.yaml", count)

    assert (transcript.id, transcript.outcome) == ("talk@count#0", Outcome.COMPLETED)
    assert transcript.messages[-1]["content"] == "3 messages"


def test_nothing_is_left_on_disk_without_an_output() -> None:
    dialogs.play("talk.yaml", count)

    assert [path.name for path in Path().iterdir()] == ["talk.yaml"]


def test_transcripts_go_to_the_output_and_its_journal_goes() -> None:
    played = dialogs.play("talk.yaml", count, output="out/talk.jsonl", samples=2)

    assert tuple(dialogs.read_transcripts("out/talk.jsonl")) == played
    assert [path.name for path in Path("out").iterdir()] == ["talk.jsonl"]


def test_a_run_that_failed_goes_on_where_it_is_resumed() -> None:
    calls = []

    def breaks(messages: list[dict[str, object]]) -> str:
        calls.append(len(messages))
        if calls == [1, 3]:
            raise OSError("gone")
        return count(messages)

    (broken,) = dialogs.play("talk.yaml", breaks, output="talk.jsonl")
    (whole,) = dialogs.play("talk.yaml", breaks, output="talk.jsonl", resume=True)

    assert (broken.outcome, whole.outcome) == (Outcome.ERROR, Outcome.COMPLETED)
    assert calls == [1, 3, 3]


def test_a_run_that_was_left_is_not_thrown_away_unasked() -> None:
    dialogs.play("talk.yaml", lambda messages: count(messages) if len(messages) < 2 else None, output="talk.jsonl")

    with pytest.raises(WrongUseError, match="holds 1 paid reply"):
        dialogs.play("talk.yaml", count, output="talk.jsonl")


def test_a_budget_stops_a_run_which_goes_on_with_a_larger_one(caplog: pytest.LogCaptureFixture) -> None:
    calls = []

    def counted(messages: list[dict[str, object]]) -> str:
        calls.append(len(messages))
        return count(messages)

    (stopped,) = dialogs.play("talk.yaml", counted, output="talk.jsonl", max_requests=1)
    (whole,) = dialogs.play("talk.yaml", counted, output="talk.jsonl", max_requests=1, resume=True)

    assert (stopped.outcome, whole.outcome, calls) == (Outcome.INTERRUPTED, Outcome.COMPLETED, [1, 3])
    assert caplog.messages == ["stopped early: 1 request was sent, as many as --max-requests allows"]


def test_dialogues_that_fail_stop_a_run_and_no_reply_is_asked_for_more_often_than_wanted() -> None:
    with serve(lambda _request: error(500, "down")) as server:
        shop = f"models: {{shop: {{base_url: '{server.base_url}'}}}}\n"
        Path("dialogs.yaml").write_text(shop)
        played = dialogs.play(".", "shop", samples=9, concurrency=1, max_attempts=1, max_failures=2)

        assert len(server.requests) == 2
    assert [each.outcome for each in played] == [Outcome.ERROR, Outcome.ERROR]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples is 0; wanted 1 or more"),
        ({"concurrency": 0}, "concurrency is 0; wanted 1 or more"),
        ({"timeout_s": -1}, "timeout_s is -1; wanted 0.001 or more"),
        ({"max_attempts": 0}, "max_attempts is 0; wanted 1 or more"),
        ({"deadline_s": float("nan")}, "deadline_s is nan; wanted 0 or more"),
        ({"max_cost_usd": 1.0}, "max_cost_usd: what an endpoint of your own costs is not known"),
        ({"history": "pined"}, "history is 'pined'; wanted one of live, pinned, both"),
        ({"history": "pinned"}, "history='pinned' is about a baseline's replies; wanted baseline too"),
    ],
)
def test_what_means_nothing_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongUseError, match=re.escape(message)):
        dialogs.play("talk.yaml", count, **options)


def test_only_the_baseline_s_history_is_asked_on_and_each_turn_again_where_that_is_wanted() -> None:
    dialogs.play("talk.yaml", count, output="base.jsonl", stable=True)

    (pinned,) = dialogs.play("talk.yaml", count, baseline="base.jsonl", history="pinned", resamples=2)

    assert pinned.is_pinned
    assert [len(turn.resamples) for turn in pinned.turns] == [2, 2]


def test_a_coroutine_is_played_within_a_loop() -> None:
    async def answer(messages: list[dict[str, object]]) -> str:
        await asyncio.sleep(0)
        return count(messages)

    (transcript,) = asyncio.run(dialogs.play_async("talk.yaml", answer))

    assert transcript.outcome is Outcome.COMPLETED


def test_within_a_loop_play_says_what_to_call() -> None:
    async def main() -> None:
        dialogs.play("talk.yaml", count)

    with pytest.raises(WrongUseError, match=r"await play_async\(\)"):
        asyncio.run(main())


def test_loaded_scenarios_are_played_as_they_are() -> None:
    Path("shop.yaml").write_text("vars: {shop: Acme}\nturns: ['Is this {{ shop }}?']\n")
    scenarios = dialogs.load_scenarios("shop.yaml", variables={"shop": "Globex"})

    (transcript,) = dialogs.play(scenarios, lambda messages: messages[-1]["content"])

    assert transcript.messages[-1]["content"] == "Is this Globex?"


def test_a_part_is_selected_as_on_the_command_line() -> None:
    Path("other.yaml").write_text("turns: [Hello?]\n")

    by_glob = dialogs.play(["talk.yaml", Path("other.yaml")], count, select="oth*")
    by_tag = dialogs.play(".", count, tags="smoke")

    assert ([each.scenario for each in by_glob], [each.scenario for each in by_tag]) == (["other"], ["talk"])


def test_a_selection_of_nothing_is_told() -> None:
    with pytest.raises(NothingSelectedError, match="tolk"):
        dialogs.play("talk.yaml", count, select="tolk")


def test_faults_of_files_come_with_their_places() -> None:
    Path("talk.yaml").write_text("turn: [Hello?]\n")

    with pytest.raises(InvalidFilesError, match=r'talk\.yaml:1:1: unknown key "turn"'):
        dialogs.play("talk.yaml", count)


def test_a_program_is_told_of_each_dialogue_as_it_ends() -> None:
    told: list[str] = []
    dialogs.play("talk.yaml", count, samples=3, concurrency=1, on_played=lambda transcript: told.append(transcript.id))

    assert told == ["talk@count#0", "talk@count#1", "talk@count#2"]


def test_a_cassette_is_recorded_once_and_answers_alone() -> None:
    dialogs.play("talk.yaml", count, record="talk.cassette.jsonl")

    (transcript,) = dialogs.play("talk.yaml", "count", replay="talk.cassette.jsonl")

    assert transcript.messages[-1]["content"] == "3 messages"


def test_what_a_cassette_lacks_is_asked_and_added() -> None:
    asked: list[str] = []

    def note(messages: list[dict[str, str]]) -> str:
        asked.append(messages[-1]["content"])
        return "3"

    for _ in range(2):
        dialogs.play("talk.yaml", note, record="c.jsonl", replay="c.jsonl")
    recorded = Path("c.jsonl").read_bytes()
    Path("talk.yaml").write_text("turns: [Hello?, Really?]\n")
    dialogs.play("talk.yaml", note, record="c.jsonl", replay="c.jsonl")

    assert asked == ["Hello?", "And now?", "Really?"]
    assert len(recorded) < len(Path("c.jsonl").read_bytes())
    with closing(Cassette(Path("c.jsonl"))) as cassette:
        assert len(cassette) == 2


def test_a_named_model_is_asked_as_dialogs_run_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda _request: completion("3, he said.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")

        (transcript,) = dialogs.play("talk.yaml", "gpt-x")

    assert (transcript.id, transcript.outcome) == ("talk@gpt-x#0", Outcome.COMPLETED)
    assert transcript.endpoint == server.base_url


def test_with_a_baseline_its_history_is_asked_too() -> None:
    Path("talk.yaml").write_text("turns: [Hello?, And now?]\n")
    dialogs.play("talk.yaml", lambda messages: f"old {len(messages)}", output="old.jsonl")

    def new(messages: list[dict[str, str]]) -> str:
        return "new" if len(messages) == 1 else messages[1]["content"].replace("old 1", "old 3")

    played = dialogs.play("talk.yaml", new, baseline="old.jsonl")
    comparison = dialogs.compare_transcripts("old.jsonl", played)

    assert comparison.turn_counts() == {dialogs.Label.KNOCK_ON: 1, dialogs.Label.CHANGED: 1}


def test_what_a_cancelled_run_has_paid_for_is_kept() -> None:
    async def main() -> None:
        task = asyncio.current_task()

        async def answer(messages: list[dict[str, object]]) -> str:
            if len(messages) > 1 and task is not None:
                task.cancel()
                await asyncio.Event().wait()
            return count(messages)

        await dialogs.play_async("talk.yaml", answer, output="talk.jsonl", record="talk.cassette.jsonl")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())

    with closing(Cassette(Path("talk.cassette.jsonl"))) as cassette:
        assert len(cassette) == 1
    assert Path("talk.jsonl.journal").exists()
    assert not Path("talk.jsonl").exists()


def test_compressed_files_are_taken_everywhere() -> None:
    played = dialogs.play("talk.yaml", count, output="out.jsonl.zst", record="c.jsonl.zst")
    replayed = dialogs.play("talk.yaml", "count", replay="c.jsonl.zst", baseline="out.jsonl.zst")
    dialogs.write_transcripts("copy.jsonl.zst", dialogs.read_transcripts("out.jsonl.zst"))

    assert [path.read_bytes()[:4] for path in sorted(Path().glob("*.zst"))] == [b"\x28\xb5\x2f\xfd"] * 3
    assert replayed[0].messages == played[0].messages
    assert dialogs.compare_transcripts("out.jsonl.zst", "copy.jsonl.zst").turn_counts() == {"same": 2}
