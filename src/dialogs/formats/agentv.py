"""AgentV's suites: tests of chat messages or of turns, with criteria in words and assertions.

Source: https://github.com/EntityProcess/agentv.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.formats.drafts import Draft, Item, Loss, Step, UnfitError
from dialogs.formats.expectations import expectations
from dialogs.formats.messages import add_messages
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree

_SIGNS: Final = ("turns", "input", "expected_output", "criteria")
_PROMPT: Final = "{{ input }}"


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like a suite: tests with messages or turns of their own."""
    tests = value.get("tests") if isinstance(value, dict) else None
    return isinstance(tests, list) and any(isinstance(test, dict) and _is_test(test) for test in tests)


def _is_test(test: Mapping[str, JsonValue]) -> bool:
    variables = test.get("vars")
    return any(key in test for key in _SIGNS) or (
        isinstance(variables, dict) and isinstance(variables.get("input"), list)
    )


def recognises_scores(value: JsonValue) -> bool:
    """Say whether a record looks like a result of an earlier run, which holds scores and no reply."""
    return isinstance(value, dict) and "test_id" in value and "scores" in value


def read(records: Iterable[Tree], *, scripted: bool = False) -> Iterator[Item]:
    """Read tests: messages or turns, assertions as expectations, expected outputs as replies."""
    for record in records:
        if recognises_scores(record.value):
            wanted = "wanted the suite that it is of"
            yield UnfitError(record.place, f"the scores of an earlier run, without any reply; {wanted}").fault
            continue
        try:
            suite = Table(record, "a suite")
            tests = list(suite.trees("tests"))
            description = suite.optional_text("description") or ""
        except UnfitError as error:
            yield error.fault
            continue
        for test in tests:
            try:
                yield _draft(Table(test, "a test"), description).finish(scripted=scripted)
            except UnfitError as error:
                yield error.fault
        yield from _losses(suite)


def _losses(suite: Table) -> Iterator[Loss]:
    if suite.value("prompts") not in (None, [_PROMPT]):
        yield Loss("prompts of the suite")
    yield from (Loss(f"{key} of the suite") for key in suite.unread())


def _draft(test: Table, description: str) -> Draft:
    draft = Draft(test.name("id"), test.place, description=test.optional_text("criteria") or description)
    _add_input(draft, test)
    turns = test.tables("turns", "a turn")
    for turn in turns:
        step = Step(turn.text("input"), turn.place)
        step.expect += expectations(draft, list(turn.trees("assert")))
        _add_expected(draft, step, turn)
        draft.steps.append(step)
        for key in turn.unread():
            draft.lose(f"{key} of a turn")
    if turns:
        draft.losses += ["assertion on the whole conversation"] * len(test.items("assert"))
    elif draft.turns:
        draft.turns[-1].expect += expectations(draft, list(test.trees("assert")))
        _add_expected(draft, draft.turns[-1], test)
    for key in test.unread(("mode",)):
        draft.lose(f"{key} of a test")
    return draft


def _add_input(draft: Draft, test: Table) -> None:
    """Read `input`, under the test or its vars: a text of the user, or chat messages."""
    variables = test.table("vars")
    holder = variables if "input" in variables else test
    if isinstance(holder.value("input"), str):
        draft.steps.append(Step(holder.text("input"), holder.place))
    else:
        add_messages(draft, holder.tables("input", "a message"))
    if "expected_output" in variables and draft.turns:
        _add_expected(draft, draft.turns[-1], variables)
    for key in variables.unread():
        draft.lose(f"variable {key}")


def _add_expected(draft: Draft, step: Step, holder: Table) -> None:
    """Take an expected output as the reply; it may be a text or a list of messages."""
    value = holder.value("expected_output")
    if isinstance(value, str):
        step.replies.append({"role": "assistant", "content": value})
        return
    for message in holder.tables("expected_output", "a message"):
        if message.text("role") == "assistant" and isinstance(message.value("content"), str) and not step.replies:
            step.replies.append({"role": "assistant", "content": message.text("content")})
        else:
            draft.lose("message of an expected output")
