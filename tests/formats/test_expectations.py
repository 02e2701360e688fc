"""Assertions of promptfoo and agentv become expectations where both mean the same, and are listed elsewhere."""

import json

import pytest

from foreign import expected, found_in


def config(assertion: object) -> str:
    return f"prompts: [Hi]\nproviders: []\ntests: [{{assert: [{json.dumps(assertion)}]}}]\n"


@pytest.mark.parametrize(
    ("assertion", "ours"),
    [
        ({"type": "equals", "value": "a"}, [("equals", "a")]),
        ({"type": "contains", "value": "a"}, [("contains", "a")]),
        ({"type": "not-icontains", "value": "a"}, [("not_icontains", "a")]),
        ({"type": "starts-with", "value": "a"}, [("starts_with", "a")]),
        ({"type": "regex", "value": "a+"}, [("regex", "a+")]),
        ({"type": "contains-all", "value": ["a", "b"]}, [("contains", "a"), ("contains", "b")]),
        ({"type": "contains-all", "value": "a, b"}, [("contains", "a"), ("contains", "b")]),
        (
            {"type": "not-contains-all", "value": ["a", "b"]},
            [("any_of", [("not_contains", "a"), ("not_contains", "b")])],
        ),
        ({"type": "icontains-any", "value": ["a", "b"]}, [("any_of", [("icontains", "a"), ("icontains", "b")])]),
        ({"type": "contains-any", "value": ["a"]}, [("contains", "a")]),
        ({"type": "not-contains-any", "value": ["a", "b"]}, [("not_contains", "a"), ("not_contains", "b")]),
        ({"type": "is-json"}, [("json", True)]),
        ({"type": "is-json", "value": {"type": "object"}}, [("json_schema", {"type": "object"})]),
        ({"type": "similar", "value": "a", "threshold": 0.9}, [("similar", {"to": "a", "threshold": 0.9})]),
        ({"type": "similar", "value": "a"}, [("similar", {"to": "a", "threshold": 0.75})]),
        ({"type": "llm-rubric", "value": "is kind"}, [("rubric", "is kind")]),
        ({"type": "latency", "threshold": 1500}, [("max_latency_s", 1.5)]),
        ({"type": "finish-reason", "value": "stop"}, [("finish_reason", "stop")]),
    ],
)
def test_what_means_the_same_is_taken_over(assertion: object, ours: list[object]) -> None:
    found = found_in("promptfoo", config(assertion)).one

    assert [ours] == expected(found)
    assert found.losses == ()


@pytest.mark.parametrize(
    ("assertion", "loss"),
    [
        ({"type": "javascript", "value": "output.length > 5"}, 'assertion "javascript"'),
        ({"type": "not-is-json"}, 'assertion "not-is-json"'),
        ({"type": "equals", "value": {"a": 1}}, 'assertion "equals" of {"a":1}'),
        ({"type": "contains", "value": " "}, 'assertion "contains" of " "'),
        ({"type": "regex", "value": "(?=a)"}, 'assertion "regex", whose expression RE2 does not take'),
        ({"type": "contains-any", "value": []}, 'assertion "contains-any"'),
        ({"type": "similar", "value": ["a"]}, 'assertion "similar"'),
        ({"type": "similar", "value": "a", "threshold": 80}, 'assertion "similar"'),
        ({"type": "is-json", "value": {"type": "objekt"}}, 'assertion "is-json"'),
        ({"type": "latency", "threshold": 0}, 'assertion "latency"'),
        ("", "empty assertion"),
        ({"type": "llm-rubric", "prompt": "file://a.md"}, 'assertion "llm-rubric"'),
    ],
)
def test_what_has_no_counterpart_is_listed(assertion: object, loss: str) -> None:
    found = found_in("promptfoo", config(assertion)).one

    assert expected(found) == [[]]
    assert (loss,) == found.losses


def test_conditions_of_an_assertion_are_listed() -> None:
    found = found_in("promptfoo", config({"type": "contains", "value": "a", "weight": 2})).one

    assert found.losses == ("weight of an assertion",)
