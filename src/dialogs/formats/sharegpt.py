"""ShareGPT's conversations, as FastChat and LLaMA-Factory read them: a list of messages with `from` and `value`."""

from collections.abc import Iterable, Iterator
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.formats.drafts import Draft, Item, UnfitError
from dialogs.formats.messages import add_messages
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree

_ROLES: Final = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "model"), "assistant"),
    "system": "system",
}
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
    add_messages(draft, [_message(one) for one in table.tables(key, "a message")])
    for name in table.unread():
        draft.lose(f"{name} of a conversation")
    return draft


def _message(table: Table) -> Table:
    """Give a message OpenAI's names, and its keys that have no such name as they are."""
    speaker, text = table.text("from"), table.text("value")
    role = _ROLES.get(speaker.lower(), speaker)
    rest = {key: table.data[key] for key in table.unread()}
    return Table(table.tree.with_value({"role": role, "content": text, **rest}))
