import json

import pytest

from builders import PLACE, reply
from dialogs.chat import CompletionPlace
from dialogs.encoding import JsonObject, JsonValue
from dialogs.expectations import Seen, Verdict
from dialogs.expectations.judging import (
    Question,
    rubric_request,
    similarity_request,
    verdict_at_once,
    verdict_of,
)
from dialogs.scenario import Expectation

AT = CompletionPlace("talk@m#0", 2, arm="judge")


def question(kind: str, value: JsonValue, text: str | None = "In 30 days.", **message: JsonValue) -> Question:
    conversation: tuple[JsonObject, ...] = (
        {"role": "user", "content": [{"type": "text", "text": "When? "}, {"type": "image_url", "image_url": {}}]},
        {"role": "assistant", "content": None, "refusal": "No."},
    )
    return Question(Expectation(kind, value, PLACE), Seen({"content": text, **message}), conversation, AT)


def test_a_model_is_given_criterion_conversation_and_reply_as_one_json_text() -> None:
    request = rubric_request(question("rubric", "Names a term."), "m", {})

    assert json.loads(str(request.messages[1].content)) == {
        "criterion": "Names a term.",
        "conversation": [{"role": "user", "text": "When? "}, {"role": "assistant", "text": "No."}],
        "reply": "In 30 days.",
    }
    assert (request.model, request.place, [message.role for message in request.messages]) == (
        "m",
        AT,
        ["system", "user"],
    )


def test_tool_calls_stand_in_the_place_of_a_text() -> None:
    calls: JsonValue = [{"function": {"name": "look_up"}}]
    request = rubric_request(question("rubric", "Looks it up.", None, tool_calls=calls), "m", {})

    assert json.loads(str(request.messages[1].content))["reply"] == calls


def test_params_go_over_those_of_the_judge_and_null_leaves_one_out() -> None:
    request = rubric_request(question("rubric", "x"), "m", {"temperature": 0, "response_format": None})

    assert request.params == {"temperature": 0}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ('{"reason": "Names one.", "passed": true}', Verdict(passed=True, found='"Names one."')),
        ('```json\n{"passed": false, "reason": "None."}\n```', Verdict(passed=False, found='"None."')),
        ('{"passed": false}', Verdict(passed=False, found="no reason given")),
        ('{"passed": "yes"}', None),
        ("It passed.", None),
        ("{", None),
        ("", None),
        ("[true]", None),
    ],
)
def test_a_verdict_is_json_with_a_yes_or_no(answer: str, verdict: Verdict | None) -> None:
    assert verdict_of(question("rubric", "Names a term."), reply(answer)) == verdict


def test_a_similarity_is_asked_of_two_texts() -> None:
    request = similarity_request(question("similar", {"to": "A month.", "threshold": 0.8}), "e")

    assert [message.content for message in request.messages] == ["A month.", "In 30 days."]


@pytest.mark.parametrize(("answer", "passed"), [("0.8000", True), ("0.7999", False), ("-0.5", False)])
def test_a_similarity_is_held_against_its_threshold(answer: str, passed: bool) -> None:  # noqa: FBT001
    verdict = verdict_of(question("similar", {"to": "A month.", "threshold": 0.8}), reply(answer))

    assert verdict == Verdict(passed, f"{float(answer):.3f} similar")


def test_an_empty_reply_is_similar_to_nothing_and_nobody_is_asked() -> None:
    value: JsonValue = {"to": "A month.", "threshold": 0.8}

    assert verdict_at_once(question("similar", value, "")) == Verdict(passed=False, found="an empty reply")
    assert verdict_at_once(question("similar", value)) is None
