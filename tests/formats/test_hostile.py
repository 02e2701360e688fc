"""Whatever stands in a file, reading it ends in scenarios, losses and faults, and never in an exception."""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.encoding import JsonValue
from dialogs.formats.baselines import baseline
from dialogs.formats.catalogue import BY_NAME, Surroundings
from dialogs.formats.drafts import Imported, UnfitError
from dialogs.formats.mt_bench import read_answer
from dialogs.formats.trees import Tree
from dialogs.loading.writing import scenario_yaml
from foreign import nothing_beside

CALL: JsonValue = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TALK: JsonValue = [
    {"role": "system", "content": "Be kind."},
    {
        "role": "user",
        "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "https://a"}}],
    },
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "x"},
    {"role": "assistant", "content": "Hello!"},
]
PART: JsonValue = {"parts": [{"text": "Hi"}], "role": "user"}
RECORDS: Final[Mapping[str, JsonValue]] = {
    "openai": {"custom_id": "a", "body": {"model": "m", "temperature": 0, "tools": [CALL], "messages": TALK}},
    "mt-bench": {"question_id": 1, "category": "math", "turns": ["2 + 2?", "Double it."], "reference": ["4"]},
    "sharegpt": {"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]},
    "promptfoo": {
        "prompts": ["{{ q }}", {"id": "[{{ q }}]", "label": "b"}],
        "providers": ["openai:gpt-4o", {"id": "openai:chat:a", "config": {}}],
        "defaultTest": {"vars": {"q": "a"}, "assert": [{"type": "contains", "value": "{{ q }}"}]},
        "tests": [{"vars": {"q": "b"}, "metadata": {"conversationId": "c"}, "assert": [{"type": "is-json"}]}],
    },
    "agentv": {
        "tests": [
            {
                "id": "a",
                "vars": {"input": TALK, "expected_output": TALK},
                "assert": ["Is kind", {"type": "regex", "value": "a"}],
            },
            {"id": "b", "turns": [{"input": "Hi", "assert": ["Is kind"], "expected_output": "Ho"}]},
        ]
    },
    "rasa": {
        "stories": [{"story": "a", "steps": [{"user": "[a](b)", "intent": "c"}, {"action": "d"}, {"intent": "e"}]}]
    },
    "adk": {
        "eval_cases": [
            {
                "eval_id": "a",
                "conversation": [
                    {"user_content": PART, "final_response": PART, "intermediate_data": {"tool_uses": [{"name": "a"}]}}
                ],
            }
        ]
    },
    "botium": {
        "convos": [
            {
                "name": "a",
                "steps": [{"me": ["Hi", {"userinput": "BUTTON", "args": "x"}]}, {"bot": ["Ho", {"asserter": "TEXT"}]}],
            }
        ],
        "utterances": {"Hi": ["hi"]},
    },
}
TEXTS = st.text(max_size=5) | st.sampled_from(["{{", "$x", "\ud800"])
ANYTHING: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["{{", "$x", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def places(value: JsonValue, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case Mapping():
            return [here, *(place for key, item in value.items() for place in places(item, (*here, key)))]
        case list():
            return [here, *(place for index, item in enumerate(value) for place in places(item, (*here, index)))]
        case _:
            return [here]


@st.composite
def mutated(draw: st.DrawFn, whole: JsonValue) -> JsonValue:
    """Put anything in the place of something, twice."""
    value: object = deepcopy(whole)
    for _ in range(2):
        *way, last = ("", *draw(st.sampled_from(places(value))))  # type: ignore[arg-type]
        holder: object = {"": value}
        root = holder
        for step in way:
            holder = holder[step]  # type: ignore[index]
        holder[last] = draw(ANYTHING)  # type: ignore[index]
        value = root[""]  # type: ignore[index]
    return value  # type: ignore[return-value]


@pytest.mark.parametrize("format_", RECORDS)
def test_any_change_of_a_file_is_read_to_its_end(format_: str) -> None:
    @settings(deadline=None, max_examples=60)
    @given(mutated(RECORDS[format_]), st.booleans())
    def read(value: JsonValue, scripted: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        around = Surroundings(nothing_beside, scripted=scripted)
        for item in BY_NAME[format_].read([Tree(value, "a", 1)], around):
            if isinstance(item, Imported):
                assert "turns:" in scenario_yaml(item.scenario)
                for take in item.takes:
                    transcript = baseline(item.scenario, take, "import")
                    assert transcript is None or transcript.scenario == item.scenario.id

    read()


@settings(deadline=None)
@given(mutated({"question_id": 1, "model_id": "a", "choices": [{"index": 0, "turns": ["a", "b"]}]}))
def test_any_change_of_an_answer_is_an_answer_or_a_fault(value: JsonValue) -> None:
    with suppress(UnfitError):
        question, takes = read_answer(Tree(value, "a", 1))
        assert (question, takes) != ("", [])


@pytest.mark.parametrize("format_", RECORDS)
def test_the_whole_file_is_recognised_as_its_own_format(format_: str) -> None:
    assert BY_NAME[format_].recognises(RECORDS[format_])
    assert [name for name, one in BY_NAME.items() if one.recognises(RECORDS[format_])] == [format_]
