"""The entries under `turns`: what is said, in order."""

from dataclasses import dataclass
from typing import Final

from dialogs.loading.captures import read_captures
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode
from dialogs.loading.expectations import read_expectations
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.folders import Folder
from dialogs.loading.function_names import check_calls, check_tool_choice
from dialogs.loading.parameters import PARAMETERS, read_extra_body, read_params
from dialogs.loading.parts import read_parts
from dialogs.loading.templates import Templates
from dialogs.scenario import Content, Entry, Instruction, ScriptedExchange, UserTurn

KEYS: Final = Keys(
    "a turn",
    known=("user", "assistant", "system", "developer", "params", "extra_body", "expect", "capture"),
    elsewhere={
        **dict.fromkeys(PARAMETERS.keys() - {"user"}, "wanted it under params"),
        **dict.fromkeys(("role", "content"), "wanted the role as the key, as in `user: Hello`"),
    },
)
_SPEAKERS: Final = ("user", "assistant", "system", "developer")
_OF_REQUESTS: Final = ("params", "extra_body", "expect", "capture")
_TURN_WANTED: Final = "user, user with assistant, system or developer"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What turns need of their scenario: the folder of its file, the list of its templates, its tools' functions."""

    folder: Folder
    templates: Templates
    functions: tuple[str, ...] = ()


def read_entries(scenario: Fields, around: Surroundings) -> tuple[Entry, ...]:
    """Read `turns`, which must ask at least once."""
    node = scenario.value("turns")
    if node is None:
        if scenario.complete:
            scenario.faults.add(scenario.node, "no turns; wanted turns, a list of what the user says")
        return ()
    if not isinstance(node, ListNode):
        scenario.wrong(node, "turns", "a list of what the user says, each item after a dash")
        return ()
    entries = [_entry(item, scenario, around) for item in node.items]
    if all(isinstance(entry, ScriptedExchange | Instruction) for entry in entries):  # None was complained of
        found = "no turn that waits for a reply" if entries else "turns is an empty list"
        scenario.faults.add(node, f"{found}; wanted at least one user turn without assistant")
    return tuple(entry for entry in entries if entry)


def _entry(node: Node, scenario: Fields, around: Surroundings) -> Entry | None:
    match node:
        case TextNode():
            text = _text(node, "a turn", scenario, around)
            return None if text is None else UserTurn(text, scenario.faults.place(node))
        case MappingNode():
            return _mapping_entry(Fields(node, KEYS, scenario.faults), around)
        case ListNode():
            scenario.wrong(node, "a turn", f"text, or a mapping with {_TURN_WANTED}")
            return None
        case BrokenNode():
            return None


def _mapping_entry(fields: Fields, around: Surroundings) -> Entry | None:
    speakers = tuple(speaker for speaker in _SPEAKERS if speaker in fields)
    contents = [_content(fields, speaker, around) for speaker in speakers]
    place = fields.faults.place(fields.node)
    if speakers not in ((), ("user",)):
        _refuse_what_is_of_requests(fields)
    match speakers, contents:
        case ("user",), [str() | tuple() as user]:
            return _user_turn(user, fields, around)
        case ("user", "assistant"), [str() | tuple() as user, str() as assistant]:
            return ScriptedExchange(user, assistant, place)
        case ("system" | "developer" as role,), [str() as text]:
            return Instruction(role, text, place)
        case ("user",), _:
            _user_turn("", fields, around)
            return None  # the missing text was noted
        case ("user", "assistant") | ("system",) | ("developer",), _:
            return None  # the same
        case _:
            if fields.complete:
                found = " and ".join(speakers) if speakers else "nobody who speaks"
                fields.faults.add(fields.node, f"a turn with {found}; wanted {_TURN_WANTED}")
            return None


def _user_turn(user: Content, fields: Fields, around: Surroundings) -> UserTurn:
    expect = read_expectations(fields, around.folder, around.templates)
    check_tool_choice(fields, around.functions)
    check_calls(expect, around.functions, fields.faults)
    return UserTurn(
        content=user,
        place=fields.faults.place(fields.node),
        params=read_params(fields, around.folder),
        extra_body=read_extra_body(fields),
        expect=expect,
        captures=read_captures(fields, around.templates),
    )


def _content(fields: Fields, speaker: str, around: Surroundings) -> Content | None:
    node = fields.value(speaker)
    if isinstance(node, ListNode) and speaker == "user":
        return read_parts(node, fields, around.folder, around.templates)
    return None if node is None else _text(node, speaker, fields, around)


def _text(node: Node, name: str, fields: Fields, around: Surroundings) -> str | None:
    text = fields.text_of(node, name)
    if isinstance(node, TextNode):
        around.templates.text(node, fields.faults)
    return text


def _refuse_what_is_of_requests(fields: Fields) -> None:
    for key in _OF_REQUESTS:
        if key in fields:
            fields.faults.add(
                fields.key(key), f"{key} where nothing is asked; wanted it on a user turn without assistant"
            )
