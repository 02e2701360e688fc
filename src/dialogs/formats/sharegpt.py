"""ShareGPT's conversations, as FastChat and LLaMA-Factory read them: a list of messages with `from` and `value`.

Calls of tools are LLaMA-Factory's: `function_call` says a name and arguments as JSON, or a list of them, `observation`
is the result, or a list of them, and `tools` of the conversation are the definitions, as a text of JSON.
Source: https://github.com/hiyouga/LLaMA-Factory, data/README.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.formats.drafts import Draft, Item, UnfitError
from dialogs.formats.messages import add_messages
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree

_ROLES: Final = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "model"), "assistant"),
    "system": "system",
}
_CALLS: Final = "function_call"
_RESULTS: Final = "observation"
_LISTS: Final = ("conversations", "conversation", "items")


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like this format."""
    messages = (
        next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
        if isinstance(value, dict)
        else None
    )
    return isinstance(messages, list) and all(isinstance(one, dict) and "from" in one for one in messages[:1])


def read(records: Iterable[Tree], *, scripted: bool = False) -> Iterator[Item]:
    """Read conversations."""
    for record in records:
        try:
            yield _draft(record).finish(scripted=scripted)
        except UnfitError as error:
            yield error.fault


def _draft(record: Tree) -> Draft:
    table = Table(record, "a conversation")
    draft = Draft(table.name("id"), record.place)
    if (model := table.optional_text("model")) is not None:
        draft.models = (model,)
    if system := table.optional_text("system"):
        draft.system = system
    key = next((key for key in _LISTS if key in table), None)
    if key is None:
        raise UnfitError(record.place, 'no conversations; wanted a list of messages with "from" and "value"')
    draft.tools = _tools(table)
    add_messages(draft, _messages(table.tables(key, "a message")))
    for name in table.unread():
        draft.lose(f"{name} of a conversation")
    return draft


def _tools(table: Table) -> tuple[JsonObject, ...]:
    """Return the definitions of tools, given as such or as functions alone, in a list or as a text of JSON."""
    found = _read(table.data.get("tools"))
    if not isinstance(found, list) or not all(isinstance(tool, dict) for tool in found):
        return ()
    table.value("tools")
    tools = [tool for tool in found if isinstance(tool, dict)]
    return tuple(tool if "function" in tool else {"type": "function", "function": tool} for tool in tools)


def _read(value: JsonValue) -> JsonValue:
    try:
        return decode(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _messages(tables: Iterable[Table]) -> Iterator[Table]:
    """Give messages OpenAI's names; a call and its result know each other by an id that they have not there."""
    waiting: list[str] = []
    number = 0
    for table in tables:
        speaker = table.data.get("from")
        if speaker == _CALLS and (calls := _calls(table.data.get("value"))):
            waiting = [f"call_{number + index}" for index in range(1, len(calls) + 1)]
            number += len(calls)
            tool_calls = [_call(*each, name) for each, name in zip(calls, waiting, strict=True)]
            yield Table(table.tree.with_value({"role": "assistant", "content": None, "tool_calls": tool_calls}))
        elif speaker == _RESULTS and (results := _results(table.text("value"), len(waiting))):
            for name, result in zip(waiting, results, strict=True):
                yield Table(table.tree.with_value({"role": "tool", "tool_call_id": name, "content": result}))
            waiting = []
        else:
            yield _message(table)


def _calls(value: JsonValue) -> list[tuple[str, str]]:
    """Return names and arguments; nothing where one of the calls is none."""
    found = _read(value)
    calls: list[tuple[str, str]] = []
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, Mapping) or not isinstance(name := each.get("name"), str):
            return []
        arguments = each.get("arguments", {})
        calls.append((name, arguments if isinstance(arguments, str) else encode_line(arguments)))
    return calls


def _call(name: str, arguments: str, call_id: str) -> JsonObject:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _results(text: str, number: int) -> Sequence[str]:
    """Return a result for each of so many calls; nothing where it is not said which is whose."""
    if number == 1:
        return [text]
    found = _read(text)
    if not isinstance(found, list) or len(found) != number:
        return []
    return [each if isinstance(each, str) else encode_line(each) for each in found]


def _message(table: Table) -> Table:
    """Give a message OpenAI's names, and its keys that have no such name as they are."""
    speaker, text = table.text("from"), table.text("value")
    role = _ROLES.get(speaker.lower(), speaker)
    rest = {key: table.data[key] for key in table.unread()}
    return Table(table.tree.with_value({"role": role, "content": text, **rest}))
