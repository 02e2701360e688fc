"""YAML documents to scenarios."""

import re
from itertools import islice
from typing import Final

from dialogs.errors import FileFault, Place
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode, read_documents
from dialogs.loading.entries import read_entries
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys, nearest
from dialogs.loading.files import MAX_BYTES, Unreadable, read_yaml_text
from dialogs.loading.parameters import PARAMETERS, read_extra_body, read_params
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.prompts import read_beside
from dialogs.scenario import Scenario

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_ID_WANTED: Final = "1 to 100 of the characters A-Z a-z 0-9 . _ -"

KEYS: Final = Keys(
    "a scenario",
    known=("id", "description", "tags", "model", "system", "params", "extra_body", "send_back", "turns"),
    later=("vars", "cases", "matrix", "tools", "tool_results", "expect"),
    elsewhere={
        **dict.fromkeys(PARAMETERS, "wanted it under params"),
        **dict.fromkeys(("messages", "prompts", "conversation", "user"), 'wanted the messages under "turns"'),
        "name": 'did you mean "id"?',
        "models": 'did you mean "model"? It may be a list',
        "n": "wanted `dialogs run --samples`",
    },
)
_SCENARIO_WANTED: Final = "wanted a scenario: a mapping with turns"
_MODEL_WANTED: Final = "a model's name, or a list of them"
_SYSTEM_KEYS: Final = Keys("system", known=("file",))
_SYSTEM_WANTED: Final = "text, or {file: path}"


class ScenarioReader:
    """Reads scenario files one after the other, and knows the ids that are taken."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        """Refuse files of more than `max_bytes`."""
        self._max_bytes = max_bytes
        self._taken: dict[str, Place] = {}

    def read(self, file: ScenarioFile) -> tuple[list[Scenario], list[FileFault]]:
        """Return the scenarios of a file and its faults, in order; with faults, the scenarios are not to be used."""
        text = read_yaml_text(file.real_path, self._max_bytes)
        if isinstance(text, Unreadable):
            return [], [FileFault(Place(file.name, text.line, text.column), text.message)]
        return self.read_text(text, file)

    def read_text(self, text: str, file: ScenarioFile) -> tuple[list[Scenario], list[FileFault]]:
        """Do the same for the text of a file."""
        faults = Faults(file.name)
        documents = _mappings(text, faults)
        alone = len(documents) == 1
        scenarios = [self._scenario(root, file, faults, alone=alone) for root in documents if root]
        return scenarios, faults.in_order()

    def _scenario(self, root: MappingNode, file: ScenarioFile, faults: Faults, *, alone: bool) -> Scenario:
        fields = Fields(root, KEYS, faults)
        return Scenario(
            id=self._id(fields, file, alone=alone),
            place=faults.place(root),
            description=fields.optional_text("description") or "",
            tags=fields.words("tags"),
            models=_models(fields),
            system=self._system(fields, file),
            params=read_params(fields),
            extra_body=read_extra_body(fields),
            send_back=fields.words("send_back", "a list of the reply's keys"),
            entries=read_entries(fields),
        )

    def _id(self, fields: Fields, file: ScenarioFile, *, alone: bool) -> str:
        text = _written_id(fields) if "id" in fields else _default_id(fields, file, alone=alone)
        if text is None:
            return ""
        node = fields.value("id") or fields.node
        place = fields.faults.place(node)
        first = self._taken.setdefault(text, place)
        if first is not place:
            fields.faults.add(node, f"id {quoted(text)} is taken by {first}; wanted another id")
        return text

    def _system(self, fields: Fields, file: ScenarioFile) -> str | None:
        node = fields.value("system")
        if not isinstance(node, MappingNode):
            return None if node is None else fields.text_of(node, "system", _SYSTEM_WANTED)
        inner = Fields(node, _SYSTEM_KEYS, fields.faults)
        path_node, path = inner.value("file"), inner.word("file", "the path of a text file")
        if path_node is None and inner.complete:
            fields.wrong(node, "system", _SYSTEM_WANTED)
        if path_node is None or path is None:
            return None
        text = read_beside(file.path, path, self._max_bytes)
        if isinstance(text, Unreadable):
            place = f" at {text.line}:{text.column}" if text.line else ""
            fields.faults.add(path_node, f"file {quoted(path)}{place}: {text.message}")
            return None
        return text


def _written_id(fields: Fields) -> str | None:
    node = fields.value("id")
    if isinstance(node, TextNode) and _ID.fullmatch(node.text):
        return node.text
    if node:
        fields.wrong(node, "id", _ID_WANTED)
    return None


def _default_id(fields: Fields, file: ScenarioFile, *, alone: bool) -> str | None:
    if not alone:
        fields.faults.add(fields.node, "no id, in a file of several documents; wanted an id in each")
    elif not _ID.fullmatch(file.stem):
        fields.faults.add(fields.node, f"no id, and the file's name cannot be one; wanted an id: {_ID_WANTED}")
    else:
        return file.stem
    return None


def _mappings(text: str, faults: Faults) -> list[MappingNode | None]:
    """Return the documents of a file, None for what is no scenario."""
    documents: list[MappingNode | None] = []
    before = len(faults)
    for root in read_documents(text, faults):
        complaint = _complaint(root)
        if complaint:
            faults.forget(before)  # what is no scenario is not quoted
            faults.add(root, complaint)
        documents.append(root if isinstance(root, MappingNode) and not complaint else None)
        before = len(faults)
    if not documents and not faults:
        faults.add_at(1, 1, f"an empty file; {_SCENARIO_WANTED}")
    return documents


def _complaint(root: Node) -> str | None:
    match root:
        case MappingNode():
            known = any(key in KEYS for key in root.entries) or _nearly_known(root)
            return None if known else f"a mapping without any key of a scenario; {_SCENARIO_WANTED}"
        case BrokenNode():
            return None
        case ListNode():
            return f"a list; {_SCENARIO_WANTED}"
        case TextNode():
            return f"{'an empty document' if root.is_nothing else 'text'}; {_SCENARIO_WANTED}"


def _nearly_known(root: MappingNode) -> bool:
    """Say whether a scenario was meant, with its only known key mistyped."""
    return any(nearest(key, KEYS.known) for key in islice(root.entries, len(KEYS.known)))


def _models(fields: Fields) -> tuple[str, ...]:
    node = fields.value("model")
    if isinstance(node, ListNode):
        if not node.items:
            fields.faults.add(node, f"model is an empty list; wanted {_MODEL_WANTED}")
        return fields.words("model", _MODEL_WANTED)
    model = fields.word("model", _MODEL_WANTED)
    return () if model is None else (model,)
