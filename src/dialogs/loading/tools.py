"""`tools`: the functions that a model may call, as ChatCompletions has them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys, note_wrong
from dialogs.loading.folders import Folder
from dialogs.loading.patterns import read_schema

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_WANTED: Final = "a list of functions, or {file: tools.json}"
_FILE_KEYS: Final = Keys("tools", known=("file",))
_FUNCTION: Final = ("name", "description", "parameters", "strict")
_TOOL_KEYS: Final = Keys("a tool", known=("type", "function"))
FUNCTION_KEYS: Final = Keys("a function", known=_FUNCTION)
_SHORT_KEYS: Final = Keys(
    "a tool", known=(*_FUNCTION, "type"), elsewhere={"function": "wanted it around name and the others, or left out"}
)


def read_tools(fields: Fields, folder: Folder) -> tuple[JsonObject, ...]:
    """Read `tools`, each with `type` and `function`, or the function alone; they come out as they are sent."""
    node = fields.value("tools")
    faults = fields.faults
    if isinstance(node, MappingNode) and "file" in node.entries:
        inner = Fields(node, _FILE_KEYS, faults)
        path = inner.value("file")
        if not isinstance(path, TextNode) or inner.word("file", "the path of a JSON file") is None:
            return ()
        found = folder.json(path, faults)
        if found is None:
            return ()
        node, faults = found
    if node is None:
        return ()
    if not isinstance(node, ListNode) or not node.items:
        note_wrong(faults, node, "tools", _WANTED)
        return ()
    return _tools(node, faults)


def parameters_of(tools: Sequence[JsonObject]) -> dict[str, JsonValue]:
    """Return the functions of tools that were read, each with the schema of its parameters."""
    functions = [function for tool in tools if isinstance(function := tool["function"], Mapping)]
    return {str(function["name"]): function.get("parameters") for function in functions}


def _tools(node: ListNode, faults: Faults) -> tuple[JsonObject, ...]:
    tools: dict[str, JsonObject] = {}
    for item in node.items:
        if not isinstance(item, MappingNode):
            note_wrong(faults, item, "a tool", "a mapping, as {name: lookup_order, parameters: {...}}")
            continue
        function = _function(item, faults)
        if function is None:
            continue
        name = str(function["name"])
        if name in tools:
            faults.add(item, f"function {quoted(name)} stands twice; wanted it once")
        tools[name] = {"type": "function", "function": function}
    return tuple(tools.values())


def _function(item: MappingNode, faults: Faults) -> JsonObject | None:
    is_short = "function" not in item.entries or "name" in item.entries
    outer = Fields(item, _SHORT_KEYS if is_short else _TOOL_KEYS, faults)
    kind = outer.word("type", "function")
    if kind not in (None, "function"):
        faults.add(
            outer.value("type") or item, f"type is {quoted(str(kind))}; wanted function, the only type of a tool"
        )
    if is_short:
        return _read_function(outer)
    inner = outer.mapping("function", "a mapping with name, description and parameters")
    return None if inner is None else _read_function(Fields(inner, FUNCTION_KEYS, faults))


def _read_function(fields: Fields) -> JsonObject | None:
    name = fields.value("name")
    if name is None:
        if fields.complete:
            fields.faults.add(fields.node, "a function without a name; wanted name")
        return None
    if not isinstance(name, TextNode) or not _NAME.fullmatch(name.text):
        fields.wrong(name, "name", "1 to 64 of the characters a-z A-Z 0-9 _ -")
        return None
    function: dict[str, JsonValue] = {"name": name.text}
    description = fields.optional_text("description")
    if description is not None:
        function["description"] = description
    if (node := fields.value("parameters")) is not None:
        function["parameters"] = _parameters(node, fields.faults)
    if (strict := fields.boolean("strict")) is not None:
        function["strict"] = strict
    return function


def _parameters(node: Node, faults: Faults) -> JsonValue:
    schema = read_schema(node, "parameters", faults)
    if schema and schema.get("type") != "object":
        faults.add(node, "parameters that are no object; wanted `type: object`, with the arguments under properties")
    return schema
