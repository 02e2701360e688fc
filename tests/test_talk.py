import pytest

from builders import PLACE, dialogue, reply
from dialogs.chat import ChatRequest, Fault, FaultKind
from dialogs.scenario import Instruction, ScriptedExchange
from dialogs.talk import Talk


def asked(talk: Talk) -> ChatRequest:
    request = talk.next_request()
    assert request is not None
    return request


def said(talk: Talk) -> list[object]:
    return [message.content for message in talk.history.messages]


def test_a_talk_says_everything_up_to_the_next_request() -> None:
    talk = Talk(dialogue(ScriptedExchange("Hi", "Hello.", PLACE), Instruction("developer", "Rhyme.", PLACE), "Go"), "m")

    assert said(talk) == []
    assert [message.content for message in asked(talk).messages] == ["Hi", "Hello.", "Rhyme.", "Go"]
    assert talk.turn == 2


def test_the_same_request_is_given_until_its_answer_is_taken() -> None:
    talk = Talk(dialogue("One", "Two"), "m")

    assert asked(talk) == asked(talk)
    talk.take(reply("1"))
    assert [message.content for message in asked(talk).messages] == ["One", "1", "Two"]


def test_the_script_is_over_after_its_last_reply() -> None:
    talk = Talk(dialogue("One", Instruction("system", "Bye.", PLACE)), "m")
    asked(talk)
    talk.take(reply("1"))

    assert talk.next_request() is None
    assert said(talk) == ["One", "1", "Bye."]
    assert talk.fault is None


def test_a_fault_ends_the_talk_and_leaves_no_text_behind() -> None:
    talk = Talk(dialogue("One", "Two"), "m")
    asked(talk)
    talk.take(Fault(FaultKind.TIMEOUT, "too late"))

    assert talk.next_request() is None
    assert said(talk) == ["One"]
    assert talk.fault is not None


def test_an_answer_to_no_request_is_refused() -> None:
    with pytest.raises(ValueError, match="no request"):
        Talk(dialogue("One"), "m").take(reply("1"))


def test_a_fork_goes_on_by_itself_on_the_same_history() -> None:
    talk = Talk(dialogue("One", "Two"), "m")
    asked(talk)
    fork = talk.fork(arm="resample", resample=2)
    talk.take(reply("1"))
    fork.take(reply("one"))

    assert (said(talk), said(fork)) == (["One", "1"], ["One", "one"])
    assert (len(talk.turns), len(fork.turns)) == (1, 1)
    assert asked(talk).history_sha256 != asked(fork).history_sha256


def test_a_fork_s_requests_are_of_its_arm_and_otherwise_the_same() -> None:
    talk = Talk(dialogue("One"), "m")
    request = asked(talk)
    forked = asked(talk.fork(arm="pinned"))

    assert (request.place.arm, forked.place.arm) == ("live", "pinned")
    assert forked.key("here") == request.key("here")


def test_a_turn_is_open_until_its_last_reply() -> None:
    talk = Talk(dialogue("One", "Two"), "m")
    asked(talk)

    assert talk.is_in_turn
    talk.take(reply("1"))
    assert not talk.is_in_turn


def test_a_forked_history_has_the_hash_of_its_own_messages() -> None:
    talk = Talk(dialogue("One"), "m")
    sent = asked(talk)
    fork = talk.fork()
    fork.take(reply("1"))

    assert asked(talk).history_sha256 == sent.history_sha256
    assert fork.history.sha256 != sent.history_sha256
