"""YAML documents to scenarios."""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.errors import FileFault, Place
from dialogs.loading.cases import Tables, read_cases
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode, read_documents
from dialogs.loading.entries import Surroundings, read_entries
from dialogs.loading.expectations import read_expectations
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys, nearest
from dialogs.loading.files import MAX_BYTES, Unreadable, read_yaml_text
from dialogs.loading.folders import Folder
from dialogs.loading.function_names import check_calls, check_tool_choice
from dialogs.loading.parameters import PARAMETERS, read_extra_body, read_params
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.templates import Templates
from dialogs.loading.tool_results import read_tool_results
from dialogs.loading.tools import parameters_of, read_tools
from dialogs.loading.variables import Given, read_variables
from dialogs.scenario import Case, Scenario

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_ID_WANTED: Final = "1 to 100 of the characters A-Z a-z 0-9 . _ -"

KEYS: Final = Keys(
    "a scenario",
    known=(
        "id", "description", "tags", "model", "system", "params", "extra_body", "send_back",
        "vars", "cases", "matrix", "tools", "tool_results", "expect", "turns",
    ),
    elsewhere={
        **dict.fromkeys(PARAMETERS, "wanted it under params"),
        **dict.fromkeys(("messages", "prompts", "conversation", "user"), 'wanted the messages under "turns"'),
        "name": 'did you mean "id"?',
        "models": 'did you mean "model"? It may be a list',
        "n": "wanted `dialogs run --samples`",
        "capture": "wanted it on a user turn",
    },
)  # fmt: skip
_OURS: Final = {  # as the lines of other files begin
    '{"format":1,"id":': "a transcript; wanted a scenario. dialogs show reads transcripts, dialogs diff compares them",
    '{"crc32":"': "a journal or cassette; wanted a scenario. dialogs run --replay plays from a cassette",
}
_SCENARIO_WANTED: Final = "wanted a scenario: a mapping with turns"
_MODEL_WANTED: Final = "a model's name, or a list of them"
_SYSTEM_KEYS: Final = Keys("system", known=("file",))
_SYSTEM_WANTED: Final = "text, or {file: path}"
_TEMPLATING: Final = frozenset({"vars", "cases", "matrix"})
_NOTHING_GIVEN: Final = Given()
_NO_CASE: Final = Case("", {})


class ScenarioReader:
    """Reads scenario files one after the other, and knows the ids that are `taken`, and where.

    `declared` are the names of all variables under vars, cases and matrix.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, given: Given = _NOTHING_GIVEN) -> None:
        """Refuse files of more than `max_bytes`; `given` are the values that come from outside of the files."""
        self._max_bytes = max_bytes
        self._given = given
        self.taken: dict[str, Place] = {}
        self._media: dict[str, bytes] = {}
        self._tables: Tables = {}
        self.declared: set[str] = set()

    @property
    def shares(self) -> bool:
        """Whether anything was read that is held once for all scenarios that name it: a table of cases, a picture."""
        return bool(self._media or self._tables)

    def takes_in(self, taken: Mapping[str, Place], declared: AbstractSet[str]) -> bool:
        """Take in what a reader of other files knows; False, and nothing is taken in: an id of theirs is taken here."""
        if not self.taken.keys().isdisjoint(taken):
            return False
        self.taken |= taken
        self.declared |= declared
        return True

    def read(self, file: ScenarioFile) -> tuple[list[Scenario], list[FileFault]]:
        """Return the scenarios of a file and its faults, in order; with faults, the scenarios are not to be used."""
        text = read_yaml_text(file.real_path, self._max_bytes)
        if isinstance(text, Unreadable):
            return [], [FileFault(Place(file.name, text.line, text.column), text.message)]
        return self.read_text(text, file)

    def read_text(self, text: str, file: ScenarioFile) -> tuple[list[Scenario], list[FileFault]]:
        """Do the same for the text of a file."""
        for beginning, what in _OURS.items():
            if text.startswith(beginning):
                return [], [FileFault(Place(file.name, 1, 1), what)]
        faults = Faults(file.name, text)
        documents = _mappings(text, faults)
        alone = len(documents) == 1
        folder = Folder(file.path, self._max_bytes, self._media)
        scenarios = [self._scenario(root, file, folder, faults, alone=alone) for root in documents if root]
        return scenarios, faults.in_order()

    def _scenario(
        self, root: MappingNode, file: ScenarioFile, folder: Folder, faults: Faults, *, alone: bool
    ) -> Scenario:
        fields = Fields(root, KEYS, faults)
        tools = read_tools(fields, folder)
        functions = tuple(parameters_of(tools))
        around = Surroundings(folder, Templates(used=_is_templated(root)), functions)
        before = len(faults)
        variables = read_variables(fields, self._given)
        cases = read_cases(fields, folder, self._given, variables.values, self._tables)
        are_all_known = before == len(faults)
        # They hold for the first reply too, when nothing is captured yet.
        expect = read_expectations(fields, folder, around.templates)
        check_tool_choice(fields, functions)
        check_calls(expect, functions, faults)
        scenario = Scenario(
            id=self._id(fields, file, alone=alone),
            place=faults.place(root),
            description=fields.optional_text("description") or "",
            tags=fields.words("tags"),
            models=_models(fields),
            system=_system(fields, around),
            params=read_params(fields, folder),
            extra_body=read_extra_body(fields),
            send_back=fields.words("send_back", "a list of the reply's keys"),
            templated=around.templates.used,
            variables=variables.values,
            secret_variables=variables.secret,
            cases=cases.cases,
            tools=tools,
            entries=read_entries(fields, around),
            tool_results=read_tool_results(fields, tools, around.templates),
            expect=expect,
        )
        names = {*_names(fields, "vars"), *cases.names}
        self.declared |= names
        around.templates.refuse_clashes(names, faults)
        around.templates.check(names, _values(scenario), are_all_known=are_all_known)
        return scenario

    def _id(self, fields: Fields, file: ScenarioFile, *, alone: bool) -> str:
        text = _written_id(fields) if "id" in fields else _default_id(fields, file, alone=alone)
        if text is None:
            return ""
        node = fields.value("id") or fields.node
        place = fields.faults.place(node)
        first = self.taken.setdefault(text, place)
        if first is not place:
            fields.faults.add(node, f"id {quoted(text)} is taken by {first}; wanted another id")
        return text


def _values(scenario: Scenario) -> Iterator[dict[str, JsonValue]]:
    """Give the variables of each case, without secrets."""
    secrets = {name: f"{{env:{of_environment}}}" for name, of_environment in scenario.secret_variables.items()}
    for case in scenario.cases or (_NO_CASE,):
        yield {**scenario.variables, **secrets, **case.values}


def _is_templated(root: MappingNode) -> bool:
    """Say whether variables stand anywhere, or a reply is captured."""
    if not _TEMPLATING.isdisjoint(root.entries):
        return True
    turns = root.entries.get("turns")
    if turns is None or not isinstance(turns[1], ListNode):
        return False
    return any(isinstance(item, MappingNode) and "capture" in item.entries for item in turns[1].items)


def _names(fields: Fields, key: str) -> Iterable[str]:
    node = fields.value(key)
    return node.entries.keys() if isinstance(node, MappingNode) else ()


def _system(fields: Fields, around: Surroundings) -> str | None:
    node = fields.value("system")
    if isinstance(node, TextNode):
        around.templates.text(node, fields.faults)
    if not isinstance(node, MappingNode):
        return None if node is None else fields.text_of(node, "system", _SYSTEM_WANTED)
    inner = Fields(node, _SYSTEM_KEYS, fields.faults)
    path_node, path = inner.value("file"), inner.word("file", "the path of a text file")
    if path_node is None and inner.complete:
        fields.wrong(node, "system", _SYSTEM_WANTED)
    if not isinstance(path_node, TextNode) or path is None:
        return None
    named = around.folder.text(path_node, fields.faults, any_characters=True)
    if named is None:
        return None
    around.templates.file_text(named.text, named.faults)
    return named.text


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
