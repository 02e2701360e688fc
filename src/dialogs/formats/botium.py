"""Botium's convo files: text with #me and #bot, or the same as YAML or JSON.

Source: https://github.com/codeforequity-at/botium-core, src/scripting/CompilerTxt.js, helper.js and asserter/.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue
from dialogs.errors import Place
from dialogs.formats.botium_assertions import bot_expectations
from dialogs.formats.drafts import Draft, Item, Loss, Step, UnfitError
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree
from dialogs.loading.faults import excerpt, quoted

Utterances: TypeAlias = Mapping[str, Sequence[str]]

_SENDER: Final = re.compile(r"#(?P<sender>me|bot|begin|end|include)\b[ \t]*(?P<channel>.*)")
_VARIABLE: Final = re.compile(r"\$\w+")
_USER_INPUTS: Final = ("BUTTON", "MEDIA", "FORM")
_HOOKS: Final = ("PAUSE", "WAITFORBOT", "INCLUDE")
_CUSTOM: Final = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")
_UTTERANCE: Final = re.compile(r"UTT_\w+")


@dataclass(slots=True)
class _Section:
    """What one sender does: lines of text, or a mapping each in YAML and JSON."""

    sender: str
    place: Place
    lines: list[JsonValue] = field(default_factory=list)


class _Together(Mapping[str, Sequence[str]]):
    """The lists of a file and those of others; a list that nobody asks for is not looked into."""

    def __init__(self, own: Utterances, others: Utterances) -> None:
        self._own = own
        self._others = others

    def __getitem__(self, name: str) -> Sequence[str]:
        return self._own[name] if name in self._own else self._others[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._own), **dict.fromkeys(self._others)})

    def __len__(self) -> int:
        return len(list(iter(self)))


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like this format; the record of a text file is its text."""
    if isinstance(value, str):
        return any(_SENDER.fullmatch(line.strip()) for line in value.split("\n"))
    return isinstance(value, dict) and any(isinstance(value.get(key), list) for key in ("convos", "partialConvos"))


def read(records: Iterable[Tree], utterances: Utterances) -> Iterator[Item]:
    """Read convos: what the user says, and what is asserted of the bot's messages."""
    for record in records:
        try:
            if isinstance(record.value, str):
                yield _text_draft(record, utterances).finish()
            else:
                yield from _read_tables(Table(record, "a file of convos"), utterances)
        except UnfitError as error:
            yield error.fault


def _read_tables(table: Table, utterances: Utterances) -> Iterator[Item]:
    own = _Together(utterances_of(table.data.get("utterances")), utterances)
    for convo in table.trees("convos"):
        try:
            yield _convo_draft(Table(convo, "a convo"), own).finish()
        except UnfitError as error:
            yield error.fault
    yield from (Loss(f"{key} of the file") for key in table.unread(("utterances",)))


def utterances_of(value: JsonValue) -> dict[str, list[str]]:
    """Return the lists of texts by their names, of a mapping or of the text of an utterances file."""
    if isinstance(value, str):
        name, *texts = [line.strip() for line in value.strip().split("\n")]
        return {name: list(filter(None, texts))}
    if not isinstance(value, dict):
        return {}
    lists = {name: texts for name, texts in value.items() if isinstance(texts, list)}
    return {name: [text for text in texts if isinstance(text, str)] for name, texts in lists.items()}


def _text_draft(record: Tree, utterances: Utterances) -> Draft:
    lines = str(record.value).split("\n")
    header: list[str] = []
    sections: list[_Section] = []
    for number, line in enumerate(map(str.strip, lines), 1):
        found = _SENDER.fullmatch(line)
        if line.startswith("#") and found is None:
            raise UnfitError(Place(record.file, number, 1), f"section {quoted(line)}; wanted #me, #bot, #begin or #end")
        if found:
            sections.append(_Section(found["sender"], Place(record.file, number, 1)))
        elif sections:
            sections[-1].lines.append(line)
        else:
            header.append(line)
    name = header[0] if header else ""
    draft = Draft(name or None, record.place, description=" ".join(filter(None, header)))
    return _add_sections(draft, sections, utterances)


def _convo_draft(convo: Table, utterances: Utterances) -> Draft:
    name = convo.name("name")
    described = convo.optional_text("description")
    draft = Draft(name, convo.place, description=": ".join(filter(None, (name, described))))
    sections = []
    for step in convo.tables("steps", "a step"):
        sections += [_Section(sender.removeprefix("#"), step.place, _lines(step, sender)) for sender in step.data]
    for key in convo.unread():
        draft.lose(f"{key} of a convo")
    return _add_sections(draft, sections, utterances)


def _lines(step: Table, sender: str) -> list[JsonValue]:
    value = step.value(sender)
    return [value] if isinstance(value, str) else list(step.items(sender))


def _add_sections(draft: Draft, sections: Iterable[_Section], utterances: Utterances) -> Draft:
    bots = 0
    for section in sections:
        match section.sender:
            case "me":
                bots = 0
                _add_user(draft, section, utterances)
            case "bot":
                bots += 1
                _add_bot(draft, section, utterances, is_first=bots == 1)
            case "begin" | "end" | "include" as sender:
                draft.losses += [f"{_head(line)} in #{sender}" for line in section.lines if line]
            case sender:
                raise UnfitError(section.place, f"a step of {excerpt(sender)}; wanted me, bot, begin or end")
    return draft


def _head(line: JsonValue) -> str:
    """Name a line of logic by its first word."""
    if isinstance(line, str):
        return quoted(line.split(" ")[0])
    if isinstance(line, dict):
        return quoted(str(next((line[key] for key in ("logichook", "userinput", "asserter") if key in line), "a line")))
    return excerpt(line)


def _add_user(draft: Draft, section: _Section, utterances: Utterances) -> None:
    texts: list[str] = []
    for line in section.lines:
        said = _said(draft, line)
        texts += [] if said is None else [said]
    text = "\n".join(texts).strip()
    if not text:
        draft.lose("message of the user without text", of_history=True)
        return
    if utterances.get(text):
        draft.losses += [f"another utterance of {quoted(text)}"] * (len(utterances[text]) - 1)
        text = utterances[text][0]
    elif _UTTERANCE.fullmatch(text):
        draft.lose(f"utterances {quoted(text)}, which are not among the files; the name stands in their place")
    for variable in _VARIABLE.findall(text):
        draft.lose(f"variable {variable} in a message of the user, which is left as it is written")
    draft.steps.append(Step(text, section.place))


def _said(draft: Draft, line: JsonValue) -> str | None:
    """Return the text of a line of the user's; user inputs and logic are noted as losses."""
    if not isinstance(line, str):
        draft.lose(f"{_head(line)} in #me")
        return None
    word, _, rest = line.partition(" ")
    if word == "BUTTON":
        draft.lose("BUTTON, whose text is sent as a message")
        return rest.split("|")[-1].strip()
    if word in _USER_INPUTS or word in _HOOKS or (_CUSTOM.fullmatch(word) and not _UTTERANCE.fullmatch(word)):
        draft.lose(f"{quoted(word)} in #me")
        return None
    return line


def _add_bot(draft: Draft, section: _Section, utterances: Utterances, *, is_first: bool) -> None:
    found = bot_expectations(draft, section.lines, section.place, utterances)
    if not draft.turns:
        draft.losses += ["expectation before the first message of the user"] * max(1, len(found))
        return
    if not is_first:
        draft.lose("another message of the bot in the same turn, expected in the one reply")
    draft.turns[-1].expect += found
