import pytest

from builders import PLACE, dialogue, in_turn, play, reply, sent
from dialogs.errors import Place
from dialogs.scenario import Capture, Dialogue, UserTurn


def capturing(capture: Capture, then: str = "{{ x }}") -> Dialogue:
    return dialogue(UserTurn("One", PLACE, captures=(capture,)), then, templated=True)


@pytest.mark.parametrize(
    ("capture", "answer", "captured"),
    [
        (Capture("x", PLACE, regex=r"(\d+) days"), "within 30 days", "30"),
        (Capture("x", PLACE, regex=r"\d+ days"), "within 30 days", "30 days"),
        (Capture("x", PLACE, regex=r"(\w+) (?P<x>\d+)"), "within 30 days", "30"),
        (Capture("x", PLACE, regex=r"(?P<y>\d+) (\w+)"), "within 30 days", "30"),
        (Capture("x", PLACE, regex=r"(a*)"), "bbb", ""),
        (Capture("x", PLACE, json_path="$.order.id"), '{"order": {"id": 17}}', "17"),
        (Capture("x", PLACE, json_path="$..id"), '{"a": {"id": 1}, "b": {"id": 2}}', "1"),
        (Capture("x", PLACE, json_path="$.none"), '{"none": null}', "None"),
        (Capture("x", PLACE, regex=".*"), "{{ shop }}{% if %}", "{{ shop }}{% if %}"),
    ],
)
def test_a_capture_is_a_variable_of_later_turns_and_never_a_template(
    capture: Capture, answer: str, captured: str
) -> None:
    _, requests = play(capturing(capture), in_turn(answer, "2"))

    assert sent(requests[1])[-1] == {"role": "user", "content": captured}


@pytest.mark.parametrize(
    ("capture", "answer", "said"),
    [
        ({"regex": r"(\d+) days"}, "soon", r'"(\d+) days" matches nothing in the reply "soon"'),
        ({"regex": "(a)|b"}, "b", 'group 1 of "(a)|b" takes no part in the match with the reply "b"'),
        ({"regex": "a"}, "", '"a" matches nothing in an empty reply'),
        ({"json_path": "$.id"}, "soon", '"$.id" needs a reply that is JSON; it is the reply "soon"'),
        ({"json_path": "$.id"}, "{}", 'nothing stands at "$.id" in the reply "{}"'),
        ({"regex": "a"}, "z" * 500, "zzz…"),
    ],
)
def test_a_capture_that_finds_nothing_ends_the_dialogue(capture: dict[str, str], answer: str, said: str) -> None:
    place = Place("talk.yaml", 9, 5)
    transcript, requests = play(capturing(Capture("x", place, **capture)), in_turn(answer))

    assert transcript.error is not None
    assert (transcript.error.turn, transcript.error.kind) == (1, "capture_failed")
    assert transcript.error.message.startswith("talk.yaml:9:5: capture x: ")
    assert said in transcript.error.message
    assert len(requests) == 1


def test_a_capture_of_a_value_can_be_gone_into() -> None:
    _, requests = play(
        capturing(Capture("x", PLACE, json_path="$.a"), "{{ x.b[1] }}"), in_turn('{"a":{"b":[1,2]}}', "2")
    )

    assert sent(requests[1])[-1] == {"role": "user", "content": "2"}


def test_a_later_capture_of_a_name_goes_over_the_earlier_one() -> None:
    turn = UserTurn("Next of {{ x }}", PLACE, captures=(Capture("x", PLACE, regex=r"\d+"),))
    talk = dialogue(UserTurn("One", PLACE, captures=turn.captures), turn, "{{ x }}", templated=True)
    _, requests = play(talk, in_turn("1", "2", "3"))

    assert [sent(request)[-1]["content"] for request in requests] == ["One", "Next of 1", "2"]  # type: ignore[index]


def test_a_refusal_can_be_captured_from() -> None:
    answer = reply(None, refusal="Ask 17.")
    _, requests = play(capturing(Capture("x", PLACE, regex=r"\d+")), in_turn(answer, "2"))

    assert sent(requests[1])[-1] == {"role": "user", "content": "17"}
