"""Rasa's stories, as files of training and of end-to-end tests hold them.

Source: https://rasa.com/docs/rasa/stories and https://rasa.com/docs/rasa/testing-your-assistant.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.formats.drafts import Draft, Item, Loss, Step, UnfitError
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree

_ENTITY: Final = re.compile(r"\[([^\[\]]*)\](?:\([^()]*\)|\{[^{}]*\}|\[\{[^\[\]]*\}\])")
_FILE_KEYS: Final = ("version",)
_NAMES_OF_LOSSES: Final = {
    "intent": "intent of a message",
    "or": "alternative steps (or)",
    "bot": "text of the assistant (bot)",
}


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like this format."""
    return isinstance(value, dict) and isinstance(value.get("stories"), list)


def read(records: Iterable[Tree], *, scripted: bool = False) -> Iterator[Item]:
    """Read stories: what the user says. What the assistant does is named by actions, and no text to expect."""
    for record in records:
        try:
            table = Table(record, "a file of stories")
            stories = list(table.trees("stories"))
        except UnfitError as error:
            yield error.fault
            continue
        for story in stories:
            try:
                yield _draft(story).finish(scripted=scripted)
            except UnfitError as error:
                yield error.fault
        yield from (Loss(f"{key} of the file") for key in table.unread(_FILE_KEYS))


def _draft(story: Tree) -> Draft:
    table = Table(story, "a story")
    name = table.name("story")
    draft = Draft(name, story.place, description=name or "")
    for step in table.tables("steps", "a step"):
        _add(draft, step)
    for key in table.unread():
        draft.lose(f"{key} of a story")
    return draft


def _add(draft: Draft, step: Table) -> None:
    user = step.optional_text("user")
    if user is not None:
        text, entities = _ENTITY.subn(r"\1", user)
        draft.steps.append(Step(text, step.place))
        draft.losses += ["entity marked in a text"] * entities
    elif "intent" in step:
        draft.lose("intent without the user's words", of_history=True)
        step.value("intent")
    for key in step.unread():
        draft.lose(_NAMES_OF_LOSSES.get(key, key))
