"""`capture` on a user turn."""

import pytest

from dialogs.errors import Place
from dialogs.scenario import Capture, UserTurn
from scenario_files import load


@pytest.mark.parametrize(
    ("written", "capture"),
    [
        (r"'(\d+) days'", Capture("x", Place("talk.yaml", 3, 15), regex=r"(\d+) days")),
        ("{regex: '[a-z]'}", Capture("x", Place("talk.yaml", 3, 15), regex="[a-z]")),
        ("{json_path: '$.order.id'}", Capture("x", Place("talk.yaml", 3, 15), json_path="$.order.id")),
    ],
)
def test_a_capture_is_an_expression_or_a_path(written: str, capture: Capture) -> None:
    (scenario,) = load(f"turns:\n  - user: Hi\n    capture: {{x: {written}}}\n")

    assert isinstance(scenario.entries[0], UserTurn)
    assert scenario.entries[0].captures == (capture,)


def test_braces_in_an_expression_are_no_template() -> None:
    (scenario,) = load("turns:\n  - user: Hi\n    capture: {x: 'a{2}', y: '{{'}\n  - '{{ x }} {{ y }}'\n")

    assert isinstance(scenario.entries[0], UserTurn)
    assert [capture.regex for capture in scenario.entries[0].captures] == ["a{2}", "{{"]
