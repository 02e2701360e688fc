from typing import Any

import pytest

from builders import PLACE, dialogue, in_turn, play, sent
from dialogs.chat import History, message_from_record
from dialogs.scenario import Dialogue, Expectation, Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import Outcome

VALUE = "s3cr3t-of-the-shop"
WITH_SECRET: dict[str, Any] = {
    "templated": True,
    "variables": {"token": VALUE},
    "secret_variables": {"token": "SHOP_TOKEN"},
}


def test_every_text_of_a_script_is_rendered() -> None:
    talk = dialogue(
        ScriptedExchange("In {{ shop }}?", "Yes, {{ shop }}.", PLACE),
        Instruction("developer", "Praise {{ shop }}.", PLACE),
        "Is {{ shop }} good?",
        system="You are {{ shop }}.\n",
        templated=True,
        variables={"shop": "Acme"},
    )
    _, requests = play(talk, in_turn("Yes."))

    assert [message["content"] for message in sent(requests[0])] == (  # type: ignore[index]
        ["You are Acme.\n", "In Acme?", "Yes, Acme.", "Praise Acme.", "Is Acme good?"]
    )


def test_text_is_literal_where_nothing_is_templated() -> None:
    _, requests = play(dialogue("{{ shop }} {% if %}"), in_turn("1"))

    assert sent(requests[0]) == [{"role": "user", "content": "{{ shop }} {% if %}"}]


def test_a_case_s_values_go_over_the_scenario_s() -> None:
    whole = dialogue("{{ shop }} {{ lang }}", templated=True, variables={"shop": "Acme", "lang": "en"})
    talk = Dialogue(whole.scenario, "scripted", case={"lang": "de"}, case_name="de")
    transcript, requests = play(talk, in_turn("1"))

    assert sent(requests[0]) == [{"role": "user", "content": "Acme de"}]
    assert (transcript.id, transcript.case) == ("talk[de]@scripted#0", {"lang": "de"})


@pytest.mark.parametrize("system", [None, "{{ nothing }}"])
def test_a_template_that_cannot_be_rendered_ends_the_dialogue_there(system: str | None) -> None:
    talk = dialogue("One", UserTurn("Two\n{{ nothing }}", PLACE), system=system, templated=True)
    transcript, requests = play(talk, in_turn("1"))

    assert transcript.error is not None
    assert transcript.error.kind == "template_failed"
    assert transcript.error.message.startswith("talk.yaml:1:1: ")
    assert "'nothing' is undefined" in transcript.error.message
    assert len(requests) == (0 if system else 1)
    assert ("line 2 of the template" in transcript.error.message) is (system is None)


def test_an_expectation_s_texts_are_rendered() -> None:
    expect = (Expectation("contains", ["{{ shop }}", "good"], PLACE), Expectation("contains", "{{ nothing }}", PLACE))
    talk = dialogue(UserTurn("One", PLACE, expect=expect[:1]), templated=True, variables={"shop": "Acme"})
    transcript, _ = play(talk, in_turn("Acme is bad."))
    failed, _ = play(dialogue("One", templated=True, expect=expect[1:]), in_turn("x"))

    assert transcript.outcome is Outcome.UNMET
    assert transcript.turns[0].expectations[0].value == ["Acme", "good"]
    assert failed.error is not None
    assert failed.error.kind == "template_failed"


def test_a_dialogue_goes_on_after_an_unmet_expectation() -> None:
    talk = dialogue(UserTurn("One", PLACE, expect=(Expectation("contains", "2", PLACE),)), "Two")
    transcript, requests = play(talk, in_turn("1", "2"))

    assert (transcript.outcome, len(requests), transcript.error) == (Outcome.UNMET, 2, None)


def test_a_secret_is_sent_and_stands_nowhere_else() -> None:
    talk = dialogue("Use {{ token }}.", "And {{ token | upper }}", system="Key {{ token[:4] }}", **WITH_SECRET)
    transcript, requests = play(talk, in_turn("1", "2"))

    assert [message["content"] for message in sent(requests[1])] == (  # type: ignore[index]
        ["Key s3cr", f"Use {VALUE}.", "1", f"And {VALUE.upper()}"]
    )
    assert [message["content"] for message in transcript.messages] == (
        ["Key {env", "Use {env:SHOP_TOKEN}.", "1", "And {ENV:SHOP_TOKEN}", "2"]
    )


def test_a_history_s_hash_is_the_same_whatever_the_secret_is() -> None:
    other = {**WITH_SECRET, "variables": {"token": "another"}}
    transcript, requests = play(dialogue("Use {{ token }}.", **WITH_SECRET), in_turn("1"))
    _, others = play(dialogue("Use {{ token }}.", **other), in_turn("1"))
    kept = History(tuple(message_from_record(message) for message in transcript.messages[:1]))

    assert requests[0].key("here") == others[0].key("here")
    assert requests[0].history_sha256 == kept.sha256


def test_a_fault_does_not_quote_a_secret() -> None:
    talk = dialogue("{{ {'a': 1}[token] }}", **WITH_SECRET)
    also = dialogue("{% if token[0] == 's' %}{{ {}[token] }}{% endif %}", **WITH_SECRET)
    errors = [play(each, in_turn("1"))[0].error for each in (talk, also)]

    assert all(error is not None and VALUE not in error.message for error in errors)


def test_a_case_that_gives_a_secret_variable_a_value_makes_it_plain() -> None:
    whole = dialogue("{{ token }}", **WITH_SECRET)
    transcript, _ = play(Dialogue(whole.scenario, "scripted", case={"token": "x"}, case_name="x"), in_turn("1"))

    assert transcript.messages[0]["content"] == "x"
