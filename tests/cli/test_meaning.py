"""`dialogs diff --metric semantic`, and `accept`, against a server of embeddings."""

import json
from pathlib import Path

import pytest

from builders import transcript
from command import dialogs
from dialogs.transcript_files import write_transcripts
from servers import Received, Wire, answer, error, serve

SAID = {"Within thirty days.": [1, 0], "You have 30 days.": [1, 0.1], "Never.": [0, 1]}
RECORD = ("--metric", "semantic", "--embedding-model", "e", "--record", "likenesses.jsonl")
REPLAY = ("--metric", "semantic", "--replay", "likenesses.jsonl")


def embeddings(received: Received) -> Wire:
    texts = json.loads(received.body)["input"]
    data = [{"index": number, "embedding": SAID[text]} for number, text in enumerate(texts)]
    return answer({"object": "list", "data": data, "model": "served"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "a.jsonl", [transcript(name, "When?", "Within thirty days.") for name in "xyz"])
    replies = {"x": "You have 30 days.", "y": "Never.", "z": "Within thirty days."}
    write_transcripts(tmp_path / "b.jsonl", [transcript(name, "When?", reply) for name, reply in replies.items()])
    return tmp_path


def test_likenesses_are_asked_for_once_and_replayed_without_a_server(folder: Path) -> None:
    with serve(embeddings) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        first = dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, "--format", "json", cwd=folder, variables=variables)
        again = dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, "--format", "json", cwd=folder, variables=variables)
        asked = len(server.requests)
    replayed = dialogs("diff", "a.jsonl", "b.jsonl", *REPLAY, "--format", "json", cwd=folder)

    assert (first.code, first.stderr, asked) == (1, "", 2)
    assert json.loads(first.stdout)["dialogue_counts"] == {"same": 2, "changed": 1}
    assert first.stdout == again.stdout == replayed.stdout
    assert not (folder / "likenesses.jsonl.journal").exists()


def test_the_command_that_the_report_names_accepts_by_meaning_too(folder: Path) -> None:
    with serve(embeddings) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        shown = dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, cwd=folder, variables=variables)
        command = shown.stdout.splitlines()[-1].removeprefix("To accept: dialogs ").split()
        accepted = dialogs(*command, cwd=folder, variables=variables)
        asked = len(server.requests)
    again = dialogs("accept", "b.jsonl", "a.jsonl", *REPLAY, cwd=folder)

    assert command == ["accept", "b.jsonl", "a.jsonl", *RECORD]
    assert (accepted.stdout, accepted.code, asked) == ("replaced y@scripted#0\n", 0, 2)
    assert (again.stdout, again.code) == ("", 0)


def test_a_likeness_that_was_not_recorded_is_no_verdict(folder: Path) -> None:
    with serve(embeddings) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, cwd=folder, variables=variables)
    write_transcripts(folder / "b.jsonl", [transcript("x", "When?", "Now.")])

    ended = dialogs("diff", "a.jsonl", "b.jsonl", *REPLAY, cwd=folder)

    assert ended.code == 3
    assert "a likeness could not be had: likenesses.jsonl has no recording" in ended.stderr


def test_what_was_paid_is_kept_though_another_answer_could_not_be_had(folder: Path) -> None:
    def refusing(received: Received) -> Wire:
        return error(400, "no") if b"Never." in received.body else embeddings(received)

    with serve(refusing) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
        failed = dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, cwd=folder, variables=variables)
    with serve(embeddings) as server:
        variables["OPENAI_BASE_URL"] = server.base_url
        dialogs("diff", "a.jsonl", "b.jsonl", *RECORD, cwd=folder, variables=variables)

    assert failed.code == 3
    assert (folder / "likenesses.jsonl").read_text().count('"role":"assistant"') >= 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--metric", "semantic"), "wanted --record FILE"),
        ((*RECORD, "--replay", "x"), "wanted --record FILE"),
        (("--record", "x"), "are for --metric semantic"),
        (("--metric", "semantic", "--record", "x"), "needs a model of embeddings; wanted --embedding-model NAME"),
        (("--metric", "semantic", "--replay", "none.jsonl"), "none.jsonl: No such file"),
    ],
)
def test_flags_that_mean_nothing_together_are_refused(folder: Path, flags: tuple[str, ...], message: str) -> None:
    for command in ("diff", "accept", "review"):
        ended = dialogs(command, "a.jsonl", "b.jsonl", *flags, cwd=folder)

        assert ended.code == 2
        assert message in ended.stderr
