"""`capture`: parts of a reply by a regular expression or a JSON path, for later turns."""

from typing import Final

from dialogs.errors import Place
from dialogs.loading.documents import MappingNode, Node, TextNode
from dialogs.loading.faults import quoted
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.patterns import fits_json_path, fits_regex
from dialogs.loading.templates import Templates
from dialogs.loading.variables import check_name
from dialogs.scenario import Capture

KEYS: Final = Keys("a capture", known=("regex", "json_path"))
_WANTED: Final = "a regular expression, {regex: ...} or {json_path: ...}"


def read_captures(fields: Fields, templates: Templates) -> tuple[Capture, ...]:
    """Read `capture`; from here on the names are known to `templates`."""
    node = fields.mapping("capture", "a mapping of names to regular expressions")
    if node is None:
        return ()
    if not node.entries and node.complete:
        fields.wrong(node, "capture", "a mapping of names to regular expressions, as days: '(\\d+) days'")
    found = [_capture(key, value, fields, templates) for key, value in node.entries.values()]
    return tuple(capture for capture in found if capture)


def _capture(key: TextNode, node: Node, fields: Fields, templates: Templates) -> Capture | None:
    place = fields.faults.place(key)
    check_name(key.text, key, fields.faults, "capture")
    templates.capture(key, fields.faults)
    match node:
        case TextNode():
            return Capture(key.text, place, regex=node.text) if fits_regex(node, "capture", fields) else None
        case MappingNode():
            return _explicit(key.text, place, Fields(node, KEYS, fields.faults))
        case _:
            fields.wrong(node, f"capture {quoted(key.text)}", _WANTED)
            return None


def _explicit(name: str, place: Place, fields: Fields) -> Capture | None:
    match fields.value("regex"), fields.value("json_path"):
        case TextNode() as regex, None:
            return Capture(name, place, regex=regex.text) if fits_regex(regex, "regex", fields) else None
        case None, TextNode() as path:
            return Capture(name, place, json_path=path.text) if fits_json_path(path, "json_path", fields) else None
        case (None, None) | (TextNode(), TextNode()):
            found = "both regex and json_path" if "regex" in fields else "neither regex nor json_path"
            if fields.complete:
                fields.faults.add(fields.node, f"capture {quoted(name)} has {found}; wanted one of them")
        case regex, path:
            fields.wrong(regex or path or fields.node, "regex" if regex else "json_path", "text")
    return None
