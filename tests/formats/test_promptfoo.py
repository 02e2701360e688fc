"""Promptfoo's configurations become scenarios of one turn, or of one for each test of a conversation."""

import pytest

from dialogs.formats.catalogue import Surroundings
from dialogs.loading.files import Unreadable
from foreign import expected, found_in, nothing_beside, said

CHAT = """\
[{"role": "system", "content": "{{ system }}"},
{% for one in _conversation %}
  {"role": "user", "content": "{{ one.prompt[one.prompt.length - 1].content }}"},
  {"role": "assistant", "content": "{{ one.output }}"},
{% endfor %}
{"role": "user", "content": "{{ question }}"}]
"""
TALK = """\
prompts: [file://chat.json]
providers: [openai:gpt-4.1-mini, {id: "openai:chat:gpt-4o", config: {temperature: 0}}, anthropic:claude]
defaultTest:
  vars: {system: "Be \\"kind\\"."}
tests:
  - vars: {question: Who founded it?}
    metadata: {conversationId: founders}
  - vars: {question: What's the weather?}
    metadata: {conversationId: weather, owner: Ann}
  - vars: {question: "Where does\\nhe live?"}
    metadata: {conversationId: founders}
    assert: [{type: contains, value: "{{ system }}"}]
"""
WITH_CHAT = Surroundings(lambda path: CHAT if path == "chat.json" else Unreadable("not there"))


def configuration(tests: str, prompts: str = '["{{ question }}"]', more: str = "") -> str:
    return f"prompts: {prompts}\nproviders: [openai:gpt-4o]\n{more}tests:\n{tests}"


def test_tests_of_one_conversation_become_the_turns_of_one_scenario() -> None:
    founders, weather = found_in("promptfoo", TALK, WITH_CHAT).imported

    assert (founders.name, founders.scenario.system) == ("founders", 'Be "kind".')
    assert said(founders) == ["Who founded it?", "Where does\nhe live?"]
    assert said(weather) == ["What's the weather?"]


def test_models_of_chat_are_taken_and_the_rest_is_listed() -> None:
    found = found_in("promptfoo", TALK, WITH_CHAT)

    assert found.imported[0].scenario.models == ("gpt-4.1-mini", "gpt-4o")
    assert found.losses == ["config of a provider", 'provider "anthropic:claude"']
    assert found.imported[1].losses == ("metadata owner of a test",)


def test_assertions_are_rendered_with_the_variables_of_their_test() -> None:
    assert expected(found_in("promptfoo", TALK, WITH_CHAT).imported[0]) == [[], [("contains", 'Be "kind".')]]


def test_without_history_in_the_prompt_each_test_stands_alone() -> None:
    found = found_in(
        "promptfoo", configuration("  - vars: {question: a}\n  - vars: {question: b}\n    description: B\n")
    )

    assert [said(one) for one in found.imported] == [["a"], ["b"]]
    assert [one.name for one in found.imported] == [None, "B"]


def test_several_prompts_make_a_scenario_each() -> None:
    prompts = '["{{ question }}", {id: "Shortly: {{ question }}", label: short}]'
    found = found_in("promptfoo", configuration("  - vars: {question: a}\n", prompts))

    assert [(one.name, said(one)) for one in found.imported] == [("test-1", ["a"]), ("test-short", ["Shortly: a"])]


def test_default_assertions_apply_to_every_reply_and_templated_ones_to_their_test() -> None:
    more = "defaultTest: {assert: [{type: not-contains, value: sorry}, {type: contains, value: '{{ question }}'}]}\n"
    imported = found_in("promptfoo", configuration("  - vars: {question: a}\n", more=more)).one

    assert [one.kind for one in imported.scenario.expect] == ["contains"]
    assert expected(imported) == [[("contains", "a")]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (configuration("  - vars: {other: a}\n"), "source:4:5: the prompt cannot be rendered"),
        (configuration("  - vars: {question: [a, b]}\n"), 'variable "question" has a list of values; wanted a test'),
        (configuration("  - 5\n"), "a test is 5; wanted a mapping"),
        (configuration("  - file://tests.csv\n"), 'tests in another file ("file://tests.csv"); wanted them here'),
        (configuration("  - vars: {}\n", "[file://chat.js]"), 'prompt "chat.js" is a program or a set'),
        (configuration("  - vars: {}\n", "[file://other.json]"), "a prompt: not there"),
        (configuration("  - vars: {}\n", "[[a]]"), 'a prompt is ["a"]; wanted text'),
        (configuration("  - vars: {}\n", "['[{']"), "the rendered prompt: no JSON"),
        (configuration("  - vars: {}\n", "['[5]']"), "a message is 5; wanted a mapping"),
        (configuration("  - vars: {}\n", "['[]']"), "ends with no message of the user; wanted one"),
    ],
)
def test_what_cannot_be_read_is_a_fault(text: str, fault: str) -> None:
    assert fault in found_in("promptfoo", text, Surroundings(nothing_beside)).faults[0]


def test_another_system_message_within_a_conversation_is_listed() -> None:
    text = TALK.replace('  - vars: {question: "Where', '  - vars: {system: Be short., question: "Where')
    found = found_in("promptfoo", text, WITH_CHAT).imported[0]

    assert found.losses == ("the system message of line 10, which differs from the conversation's first",)
