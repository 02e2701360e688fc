"""Google ADK's evalsets, and the older files of queries with their references.

Source: https://github.com/google/adk-python, google/adk/evaluation/eval_case.py.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.formats.drafts import Draft, Item, Loss, Step, UnfitError
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree

_UPPER: Final = re.compile("(?<=[a-z])([A-Z])")
_STAMPS: Final = ("creation_timestamp", "eval_set_id", "name", "role", "invocation_id")
_LOST: Final = {
    "tool_uses": "expected tool call (neither the tool nor its result is in the file)",
    "tool_responses": "result of a tool",
    "intermediate_responses": "intermediate response",
    "invocation_events": "event of an invocation",
}


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like an evalset."""
    return isinstance(value, dict) and ("eval_cases" in value or "evalCases" in value)


def recognises_queries(value: JsonValue) -> bool:
    """Say whether a record looks like one query of an older file."""
    return isinstance(value, dict) and "query" in value and ("reference" in value or "expected_tool_use" in value)


def read(records: Iterable[Tree], *, scripted: bool = False) -> Iterator[Item]:
    """Read conversations, with the responses that they expect as replies."""
    queries: list[Tree] = []
    for record in records:
        if recognises_queries(record.value):
            queries.append(record)
        else:
            yield from _read_set(record, scripted=scripted)
    if queries:  # a file of them is one conversation
        try:
            yield _from_queries(queries).finish(scripted=scripted)
        except UnfitError as error:
            yield error.fault


def _read_set(record: Tree, *, scripted: bool) -> Iterator[Item]:
    try:
        table = _table(record, "an evalset")
        cases = list(table.trees("eval_cases"))
        description = table.optional_text("description") or ""
    except UnfitError as error:
        yield error.fault
        return
    for case in cases:
        try:
            yield _draft(case, description).finish(scripted=scripted)
        except UnfitError as error:
            yield error.fault
    yield from (Loss(f"{key} of the evalset") for key in table.unread(_STAMPS))


def _table(tree: Tree, what: str) -> Table:
    """Read a mapping whose keys may be written in either of ADK's ways."""
    if not isinstance(tree.value, dict):
        return Table(tree, what)
    value = {_UPPER.sub(r"_\1", key).lower(): item for key, item in tree.value.items()}
    return Table(tree.with_value(value), what)


def _draft(case: Tree, description: str) -> Draft:
    table = _table(case, "an eval case")
    draft = Draft(table.name("eval_id"), case.place, description=description)
    if "conversation_scenario" in table:
        raise UnfitError(case.place, "a conversation_scenario, for a simulated user; wanted a conversation")
    for invocation in table.trees("conversation"):
        _add(draft, _table(invocation, "an invocation"))
    for key in table.unread(_STAMPS):
        draft.lose(f"{key} of an eval case")
    return draft


def _add(draft: Draft, invocation: Table) -> None:
    if "user_content" not in invocation:
        raise UnfitError(invocation.place, "no user_content in an invocation; wanted what the user says")
    user = _text(draft, invocation, "user_content")
    if user is None:
        draft.lose("message of the user without text", of_history=True)
        return
    step = Step(user, invocation.place)
    draft.steps.append(step)
    if "final_response" in invocation and (reply := _text(draft, invocation, "final_response")) is not None:
        step.replies.append({"role": "assistant", "content": reply})
    _lose_intermediate(draft, invocation)
    for key in invocation.unread(_STAMPS):
        draft.lose(f"{key} of an invocation")


def _text(draft: Draft, invocation: Table, key: str) -> str | None:
    """Return the text of a `Content`, None where it has none; its other parts are noted as losses."""
    content = _table(invocation.tree.part(invocation.value(key)), key)
    texts: list[str] = []
    for part in (_table(tree, "a part") for tree in content.trees("parts")):
        text = part.optional_text("text")
        texts += [] if text is None else [text]
        for name in part.unread():
            draft.lose(f"{name} in {key}", of_history=key == "user_content")
    return "".join(texts) if texts else None


def _lose_intermediate(draft: Draft, invocation: Table) -> None:
    if "intermediate_data" not in invocation:
        return
    data = _table(invocation.tree.part(invocation.value("intermediate_data")), "intermediate_data")
    for key in data.unread():
        number = len(data.items(key))
        draft.losses += [_LOST.get(key, key)] * number


def _from_queries(records: list[Tree]) -> Draft:
    draft = Draft(None, records[0].place)
    for record in records:
        table = Table(record, "a query")
        step = Step(table.text("query"), record.place)
        if (reference := table.optional_text("reference")) is not None:
            step.replies.append({"role": "assistant", "content": reference})
        draft.steps.append(step)
        draft.losses += [_LOST["tool_uses"]] * len(table.items("expected_tool_use"))
        for key in table.unread():
            draft.lose(f"{key} of a query")
    return draft
