import json
from dataclasses import replace

from builders import dialogue, in_turn, play, reply
from dialogs.chat import Fault, FaultKind
from dialogs.compare import compare
from dialogs.reports.comparison_json import comparison_json


def test_a_comparison_as_json_holds_everything_whole() -> None:
    before, _ = play(dialogue("one", "two", "three"), in_turn("a", "b", "c"))
    after, _ = play(
        dialogue("one", "two", "three"), in_turn("a", reply("\ud800", "length"), Fault(FaultKind.TIMEOUT, "late"))
    )
    after = replace(after, params={"seed": 7})

    found = json.loads(comparison_json(compare([before], [after])))

    seed = {"input": "params", "name": "seed", "baseline": None, "candidate": "7"}
    said: dict[str, object] = {"content": "b", "refusal": None, "tool_calls": [], "finish_reason": "stop"}
    assert found == {
        "format": 1,
        "counts": {"same": 1, "changed": 1, "error": 1},
        "dialogue_counts": {"error": 1},
        "inputs": [{**seed, "dialogues": 1}],
        "dialogues": [
            {
                "id": "talk@scripted#0",
                "baseline_id": "talk@scripted#0",
                "candidate_id": "talk@scripted#0",
                "label": "error",
                "inputs": [seed],
                "baseline_error": None,
                "candidate_error": {"turn": 3, "kind": "timeout", "message": "late", "status": None},
                "turns": [
                    {"turn": 1, "label": "same"},
                    {
                        "turn": 2,
                        "label": "changed",
                        "user": "two",
                        "differs_in": ["content", "finish_reason"],
                        "baseline": [said],
                        "candidate": [{**said, "content": "\ud800", "finish_reason": "length"}],
                    },
                    {
                        "turn": 3,
                        "label": "error",
                        "user": "three",
                        "differs_in": [],
                        "baseline": [{**said, "content": "c"}],
                        "candidate": [],
                    },
                ],
            }
        ],
    }


def test_the_json_stands_on_one_line() -> None:
    played, _ = play(dialogue("one"), in_turn("a\u2028\nb"))
    other, _ = play(dialogue("one"), in_turn("a\u2029\nc"))

    assert len(comparison_json(compare([played], [other])).splitlines()) == 1
