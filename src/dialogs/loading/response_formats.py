"""`response_format` among the parameters: its JSON Schema checked, and read from a file where it names one."""

import re
from pathlib import PurePath
from typing import Final

from dialogs.encoding import JsonObject
from dialogs.loading.documents import MappingNode, TextNode
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.folders import Folder
from dialogs.loading.patterns import read_schema

KEYS: Final = Keys("json_schema", known=("name", "description", "strict", "schema", "file"))
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_UNFIT: Final = re.compile(r"[^a-zA-Z0-9_-]+")


def read_json_schema(node: MappingNode, fields: Fields, folder: Folder | None) -> JsonObject | None:
    """Read the `json_schema` of a response format; `{file: order.json}` stands for the name `order` and that schema."""
    inner = Fields(node, KEYS, fields.faults)
    name, description = inner.word("name"), inner.optional_text("description")
    strict = inner.boolean("strict")
    found = [key for key in ("schema", "file") if key in inner]
    if len(found) > 1 or (not found and "file" in node.entries):
        inner.faults.add(inner.key("file"), "file beside schema; wanted one of them")
        return None
    schema = _schema(inner, folder)
    path = inner.value("file")
    if name is None and "name" not in inner:
        name = _UNFIT.sub("-", PurePath(path.text).stem)[:64] if isinstance(path, TextNode) else None
        if name is None and inner.complete:
            inner.faults.add(node, "json_schema without a name; wanted name")
    elif name is not None and not _NAME.fullmatch(name):
        inner.wrong(inner.value("name") or node, "name", "1 to 64 of the characters a-z A-Z 0-9 _ -")
    values = {"name": name, "description": description, "strict": strict, "schema": schema}
    return {key: value for key, value in values.items() if value is not None}


def _schema(fields: Fields, folder: Folder | None) -> JsonObject | None:
    node, path = fields.value("schema"), fields.value("file")
    if node is not None:
        return read_schema(node, "schema", fields.faults)
    if not isinstance(path, TextNode) or fields.word("file", "the path of a JSON file") is None:
        return None
    if folder is None:
        fields.faults.add(path, "a file where no scenario is; wanted the schema itself")
        return None
    found = folder.json(path, fields.faults)
    return None if found is None else read_schema(found[0], "schema", found[1])
