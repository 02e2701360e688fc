"""The entries under `turns`: what is said, in order."""

from typing import Final

from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.parameters import PARAMETERS, read_extra_body, read_params
from dialogs.scenario import Entry, Instruction, ScriptedExchange, UserTurn

KEYS: Final = Keys(
    "a turn",
    known=("user", "assistant", "system", "developer", "params", "extra_body"),
    later=("expect", "capture"),
    elsewhere={
        **dict.fromkeys(PARAMETERS.keys() - {"user"}, "wanted it under params"),
        **dict.fromkeys(("role", "content"), "wanted the role as the key, as in `user: Hello`"),
    },
)
_SPEAKERS: Final = ("user", "assistant", "system", "developer")
_TURN_WANTED: Final = "user, user with assistant, system or developer"


def read_entries(scenario: Fields) -> tuple[Entry, ...]:
    """Read `turns`, which must ask at least once."""
    node = scenario.value("turns")
    if node is None:
        if scenario.complete:
            scenario.faults.add(scenario.node, "no turns; wanted turns, a list of what the user says")
        return ()
    if not isinstance(node, ListNode):
        scenario.wrong(node, "turns", "a list of what the user says, each item after a dash")
        return ()
    entries = [_entry(item, scenario) for item in node.items]
    if all(isinstance(entry, ScriptedExchange | Instruction) for entry in entries):  # None was complained of
        found = "no turn that waits for a reply" if entries else "turns is an empty list"
        scenario.faults.add(node, f"{found}; wanted at least one user turn without assistant")
    return tuple(entry for entry in entries if entry)


def _entry(node: Node, scenario: Fields) -> Entry | None:
    match node:
        case TextNode():
            text = scenario.text_of(node, "a turn")
            return None if text is None else UserTurn(text, scenario.faults.place(node))
        case MappingNode():
            return _mapping_entry(Fields(node, KEYS, scenario.faults))
        case ListNode():
            scenario.wrong(node, "a turn", f"text, or a mapping with {_TURN_WANTED}")
            return None
        case BrokenNode():
            return None


def _mapping_entry(fields: Fields) -> Entry | None:
    speakers = tuple(speaker for speaker in _SPEAKERS if speaker in fields)
    texts = [_text(fields, speaker) for speaker in speakers]
    params, extra_body = read_params(fields), read_extra_body(fields)
    place = fields.faults.place(fields.node)
    if speakers not in ((), ("user",)):
        _refuse_params(fields)
    match speakers, texts:
        case ("user",), [str() as text]:
            return UserTurn(text, place, params, extra_body)
        case ("user", "assistant"), [str() as user, str() as assistant]:
            return ScriptedExchange(user, assistant, place)
        case ("system" | "developer" as role,), [str() as text]:
            return Instruction(role, text, place)
        case ("user",) | ("user", "assistant") | ("system",) | ("developer",), _:
            return None  # the missing text was noted
        case _:
            if fields.complete:
                found = " and ".join(speakers) if speakers else "nobody who speaks"
                fields.faults.add(fields.node, f"a turn with {found}; wanted {_TURN_WANTED}")
            return None


def _text(fields: Fields, speaker: str) -> str | None:
    node = fields.value(speaker)
    if isinstance(node, ListNode):
        fields.faults.add(
            node, f"a list under {speaker} (content parts) is not supported by this version yet; wanted text"
        )
        return None
    return None if node is None else fields.text_of(node, speaker)


def _refuse_params(fields: Fields) -> None:
    for key in ("params", "extra_body"):
        if key in fields:
            fields.faults.add(
                fields.key(key), f"{key} where nothing is asked; wanted it on a user turn without assistant"
            )
