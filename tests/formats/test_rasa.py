"""Rasa's stories become what the user says in them."""

from foreign import found_in, said

STORIES = """\
version: "3.1"
stories:
- story: pay a card
  steps:
  - intent: pay
    user: |-
      pay my [emblem]{"entity": "card", "value": "Emblem"} [card](kind) now
  - action: pay_form
  - active_loop: pay_form
  - active_loop: null
  - slot_was_set:
    - paid: true
  - user: thanks
- story: nobody speaks
  steps:
  - intent: greet
- story:
  steps:
  - user: hello
rules:
- rule: x
"""


def test_what_the_user_says_becomes_turns_without_marks() -> None:
    first = found_in("rasa", STORIES).imported[0]

    assert (first.name, first.scenario.description) == ("pay a card", "pay a card")
    assert said(first) == ["pay my emblem card now", "thanks"]


def test_what_the_assistant_does_is_listed() -> None:
    first = found_in("rasa", STORIES).imported[0]

    assert {
        "intent of a message",
        "entity marked in a text",
        "action",
        "active_loop",
        "slot_was_set",
    } == set(first.losses)


def test_a_story_in_which_nobody_speaks_is_a_fault_with_its_line() -> None:
    assert found_in("rasa", STORIES).faults == ["source:14:3: no message of a user; wanted at least one"]


def test_other_parts_of_the_file_are_listed() -> None:
    assert found_in("rasa", STORIES).losses == ["rules of the file"]


def test_turns_without_reply_stay_asked_where_the_rest_is_scripted() -> None:
    first = found_in("rasa", STORIES, scripted=True).imported[0]

    assert said(first) == ["pay my emblem card now", "thanks"]
    assert not any("scripted" in loss for loss in first.losses)
