"""Inspect AI's evaluation log, held against Inspect itself where it is there."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from builders import dialogue, in_turn, play, reply, transcript
from dialogs.chat import Fault, FaultKind, Usage
from dialogs.encoding import JsonValue
from dialogs.expectation_records import ExpectationRecord
from dialogs.formats.inspect_log import inspect_log
from dialogs.transcript import Outcome, Transcript

PEERS = Path(__file__).parents[2] / ".peers"
PYTHON = os.environ.get("INSPECT_PYTHON") or next(map(str, sorted(PEERS.glob("inspect-*/bin/python"))), None)
WRITTEN = "2026-11-23T08:00:00+00:00"
TALK = transcript("talk", "Hi", "Hello!", "Bye", "Bye!")
CALLS: JsonValue = [
    {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}},
    {"id": "2", "type": "function", "function": {"name": "look", "arguments": "{"}},
]
READ = """
import json, sys
from inspect_ai.log import read_eval_log
log = read_eval_log(sys.argv[1])
header = read_eval_log(sys.argv[1], header_only=True)
print(json.dumps({
    "header": [header.status, header.eval.model, header.eval.task],
    "samples": [[s.id, s.epoch, [m.role for m in s.messages], s.output.completion,
                 s.output.choices[0].stop_reason if s.output.choices else None]
                for s in log.samples],
    "scores": [s.scores and s.scores["expectations"].value for s in log.samples],
    "errors": [s.error and s.error.message for s in log.samples],
    "calls": [[c.function, c.arguments, bool(c.parse_error)]
              for s in log.samples for m in s.messages if m.role == "assistant" for c in m.tool_calls or []],
    "reasoning": [c.reasoning for s in log.samples for m in s.messages if isinstance(m.content, list)
                  for c in m.content if c.type == "reasoning"],
    "images": [c.image for s in log.samples for m in s.messages if isinstance(m.content, list)
               for c in m.content if c.type == "image"],
}))
"""
needs_inspect = pytest.mark.skipif(
    PYTHON is None, reason="INSPECT_PYTHON=... names a Python with inspect_ai (pip install inspect-ai)"
)


def written(*transcripts: Transcript) -> str:
    return "".join(inspect_log(transcripts, Counter(), written_at=WRITTEN))


def all_sorts() -> list[Transcript]:
    broken, _ = play(dialogue("Hi", name="broken"), in_turn(Fault(FaultKind.TIMEOUT, "no answer")))
    called, _ = play(dialogue("Hi", name="called"), in_turn(reply(None, "tool_calls", tool_calls=CALLS)))
    thought, _ = play(dialogue("Hi", name="thought"), in_turn(reply("Yes", "length", reasoning_content="Hmm")))
    image: JsonValue = [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "file", "file": {"file_data": "sha256:00;application/pdf"}},
    ]
    pictured = replace(TALK, id="pictured@m#0", messages=({"role": "user", "content": image}, *TALK.messages[1:]))
    check = ExpectationRecord("contains", "x", passed=False, found="y")
    turns = (replace(TALK.turns[0], expectations=(check,)), TALK.turns[1])
    unmet = replace(TALK, id="unmet@scripted#1", sample=1, outcome=Outcome.UNMET, turns=turns, elapsed_ms=12.0)
    return [TALK, broken, called, thought, pictured, unmet, replace(TALK, variant=2)]


def test_a_sample_is_a_dialogue_and_its_epoch_the_sample() -> None:
    log = json.loads(written(TALK, replace(TALK, id="talk@scripted#1", sample=1)))

    assert [(one["id"], one["epoch"]) for one in log["samples"]] == [("talk@scripted", 1), ("talk@scripted", 2)]
    assert log["samples"][0]["input"] == [{"role": "user", "content": "Hi"}]
    assert log["samples"][0]["output"]["completion"] == "Bye!"


def test_the_samples_come_last_for_readers_of_the_header() -> None:
    assert list(json.loads(written(TALK)))[-1] == "samples"


def test_expectations_are_one_score() -> None:
    log = json.loads(written(*all_sorts()))

    assert log["samples"][5]["scores"]["expectations"] == {"value": "I", "explanation": "turn 1: contains: y"}
    assert log["samples"][0]["scores"] is None


def test_tokens_are_counted() -> None:
    turn = TALK.turns[0]
    counted = replace(turn, completions=(replace(turn.completions[0], usage=Usage(3, 4)),))
    log = json.loads(written(replace(TALK, turns=(counted,))))

    assert log["samples"][0]["model_usage"] == {"scripted": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}


def test_other_models_are_noted() -> None:
    notes: Counter[str] = Counter()
    list(inspect_log([TALK, replace(TALK, model="other")], notes, written_at=WRITTEN))

    assert notes == {"of other models than the log's, scripted; each sample names its own": 1}


@pytest.mark.inspect
@needs_inspect
def test_inspect_reads_every_sort_of_dialogue(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(written(*all_sorts()), encoding="utf-8")
    ended = subprocess.run([str(PYTHON), "-c", READ, str(path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)

    talk = ["user", "assistant", "user", "assistant"]
    assert found["header"] == ["success", "scripted", "dialogs"]
    assert found["samples"] == [
        ["talk@scripted", 1, talk, "Bye!", "stop"],
        ["broken@scripted", 1, ["user"], "", None],
        ["called@scripted", 1, ["user", "assistant"], "", "tool_calls"],
        ["thought@scripted", 1, ["user", "assistant"], "Yes", "max_tokens"],
        ["pictured@m", 1, talk, "Bye!", "stop"],
        ["unmet@scripted", 2, talk, "Bye!", "stop"],
        ["talk@scripted (variant 2)", 1, talk, "Bye!", "stop"],
    ]
    assert found["scores"] == [None, None, None, None, None, "I", None]
    assert found["errors"] == [None, "turn 1: timeout: no answer", *[None] * 5]
    assert found["calls"] == [["look", {"a": 1}, False], ["look", {}, True]]
    assert (found["reasoning"], found["images"]) == (["Hmm"], ["https://example.org/a.png"])
