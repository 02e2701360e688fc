import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import pytest

from builders import dialogue, in_turn, play, reply
from comparisons import EVERYTHING
from dialogs.chat import Fault, FaultKind
from dialogs.compare import Comparison, compare
from dialogs.reports.comparison_json import comparison_json
from dialogs.sameness import Metric, Normalization, Sameness

SCHEMA = json.loads(resources.files("dialogs.reports").joinpath("comparison.schema.json").read_text(encoding="utf-8"))


def read(comparison: Comparison) -> Any:  # noqa: ANN401 - JSON
    return json.loads("\n".join(comparison_json(comparison)))


def test_a_comparison_as_json_holds_everything_whole() -> None:
    before, _ = play(dialogue("one", "two", "three"), in_turn("a", "b", "c"))
    after, _ = play(
        dialogue("one", "two", "three"), in_turn("a", reply("\ud800", "length"), Fault(FaultKind.TIMEOUT, "late"))
    )

    found = read(compare([before], [replace(after, params={"seed": 7})]))

    seed = {"input": "params", "name": "seed", "baseline": None, "candidate": "7"}
    said: dict[str, object] = {"content": "b", "refusal": None, "tool_calls": [], "finish_reason": "stop"}
    assert found["counts"] == {"same": 1, "changed": 1, "error": 1}
    assert found["dialogue_counts"] == {"error": 1}
    assert found["inputs"] == [{**seed, "dialogues": 1}]
    (talk,) = found["dialogues"]
    assert (talk["id"], talk["label"], talk["inputs"]) == ("talk@scripted#0", "error", [seed])
    assert talk["candidate_error"] == {"turn": 3, "kind": "timeout", "message": "late", "status": None}
    assert talk["turns"][0] == {"turn": 1, "label": "same"}
    changed = talk["turns"][1]
    assert (changed["label"], changed["user"]) == ("changed", "two")
    assert changed["differs_in"] == ["content", "finish_reason"]
    assert changed["baseline"] == [said]
    assert changed["candidate"] == [{**said, "content": "\ud800", "finish_reason": "length"}]


def test_each_dialogue_stands_on_a_line_of_its_own() -> None:
    lines = list(comparison_json(EVERYTHING))

    assert len("\n".join(lines).splitlines()) == len(lines) == len(EVERYTHING.dialogues) + 2


@pytest.mark.parametrize(
    "comparison",
    [
        EVERYTHING,
        Comparison(()),
        Comparison((), Sameness(Metric.LEXICAL, 0.5, ("a",), ("$.b",), (Normalization.UNICODE,))),
    ],
)
def test_a_comparison_is_as_the_schema_says(comparison: Comparison) -> None:
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(read(comparison))) == []


def test_the_schema_is_one_and_knows_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    record = read(EVERYTHING)
    record["dialogues"][0]["turns"][1]["pinned"][0]["colour"] = "red"

    with pytest.raises(jsonschema.ValidationError, match="'colour' was unexpected"):
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
