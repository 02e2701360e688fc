"""AgentV's suites become scenarios with rubrics, and expected outputs their baseline."""

from foreign import expected, found_in, replied, said

SUITE = """\
description: Support
providers: [llm]
prompts: ["{{ input }}"]
tests:
  - id: order
    assert:
      - Keeps the number in mind
      - {type: contains, value: "#98"}
      - {type: llm-rubric, prompt: "file://a.md", required: true}
    vars:
      input:
        - {role: system, content: Be kind.}
        - {role: user, content: "My order is #98."}
        - {role: assistant, content: I see.}
        - {role: user, content: When?}
      expected_output:
        - {role: assistant, content: On Friday.}
  - id: turns
    mode: conversation
    aggregation: min
    assert: [Stays consistent]
    turns:
      - input: What is 2 + 2?
        assert: [Answers with 4, {type: contains, value: "4"}]
        expected_output: It is 4.
      - input: Double it.
    vars: {input: [{role: system, content: Be short.}]}
  - id: short
    input: Hello
    criteria: Greets
  - turns: 5
"""


def test_messages_of_a_test_become_turns_with_the_expected_output_as_last_reply() -> None:
    order = found_in("agentv", SUITE).imported[0]

    assert (order.name, order.scenario.system, order.scenario.description) == ("order", "Be kind.", "Support")
    assert said(order) == ["My order is #98.", "When?"]
    assert replied(order) == [["I see.", "On Friday."]]


def test_assertions_of_a_test_apply_to_its_last_reply() -> None:
    order = found_in("agentv", SUITE).imported[0]

    assert expected(order) == [[], [("rubric", "Keeps the number in mind"), ("contains", "#98")]]
    assert order.losses == ('assertion "llm-rubric"',)


def test_turns_have_assertions_of_their_own() -> None:
    turns = found_in("agentv", SUITE).imported[1]

    assert said(turns) == ["What is 2 + 2?", "Double it."]
    assert expected(turns) == [[("rubric", "Answers with 4"), ("contains", "4")], []]
    assert replied(turns) == [["It is 4.", None]]
    assert turns.losses == ("assertion on the whole conversation", "aggregation of a test")


def test_a_text_is_the_message_of_a_user() -> None:
    short = found_in("agentv", SUITE).imported[2]

    assert (short.scenario.description, said(short)) == ("Greets", ["Hello"])


def test_the_rest_is_listed_and_what_cannot_be_read_a_fault() -> None:
    found = found_in("agentv", SUITE)

    assert found.losses == ["providers of the suite"]
    assert found.faults == ["source:31:5: turns is 5 in a test; wanted a list"]


def test_scores_of_an_earlier_run_hold_nothing_to_import() -> None:
    (fault,) = found_in("agentv", {"test_id": "a", "scores": []}).faults

    assert "the scores of an earlier run, without any reply" in fault
