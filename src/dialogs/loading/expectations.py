"""`expect`: checks of the replies, each validated as far as it can be before anything is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue
from dialogs.expectation_kinds import JSON_PATH_CHECKS, TIMING_KINDS, WRITTEN_KINDS
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode, describe
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.folders import Folder
from dialogs.loading.parameters import Parameter, read_value
from dialogs.loading.templates import Templates
from dialogs.loading.values import json_value
from dialogs.patterns import PatternError, parse_json_path, parse_regex
from dialogs.scenario import Expectation
from dialogs.schemas import schema_complaint
from dialogs.templating import is_template

DEFAULT_THRESHOLD: Final = 0.8
KEYS: Final = Keys(
    "an expectation",
    known=WRITTEN_KINDS,
    elsewhere={
        "not_json": "wanted `not_regex`, or what the reply should be",
        "not_json_path": "wanted `exists: false`, `not_equals` or the like under json_path",
        "not_json_schema": "wanted the opposite in the schema itself, under `not`",
        "not_any_of": "wanted each alternative on its own, with not_ before it",
        "not_rubric": "wanted a rubric that says what is good",
        "tool_calls": 'did you mean "tool_call"?',
    },
)
PATH_KEYS: Final = Keys("json_path", known=("path", *JSON_PATH_CHECKS))
CALL_KEYS: Final = Keys("tool_call", known=("name", "arguments"))
SIMILAR_KEYS: Final = Keys("similar", known=("to", "threshold"))
_FILE_KEYS: Final = Keys("json_schema", known=("file",))

_WANTED: Final = "a list of checks, as `- contains: receipt`"
_ALTERNATIVES_WANTED: Final = "a list of at least two checks, as `- contains: receipt`"
_TEXTS_WANTED: Final = "text, or a list of texts that must all be met"
_SCHEMA_WANTED: Final = "a JSON Schema, or {file: path}"
_PATH_WANTED: Final = "a JSON path, as $.order.id, or {path: ..., equals: ...}"
_CALL_WANTED: Final = "a tool's name, {name: ..., arguments: {...}}, or true for a call of any tool"
_SIMILAR_WANTED: Final = "{to: text, threshold: 0.8}"


def _is_number(value: JsonValue, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low < value <= high


_SECONDS: Final = Parameter("a positive number of seconds", lambda value: _is_number(value, 0, float("inf")))
_TOKENS: Final = Parameter(
    "a positive whole number", lambda value: isinstance(value, int) and _is_number(value, 0, float("inf"))
)
_THRESHOLD: Final = Parameter("a number above 0, at most 1", lambda value: _is_number(value, 0, 1))
_EXISTS: Final = Parameter("true or false", lambda value: isinstance(value, bool))
_TRUE: Final = Parameter("true", lambda value: value is True)


def read_expectations(fields: Fields, folder: Folder, templates: Templates) -> tuple[Expectation, ...]:
    """Read `expect` of a scenario or a turn: a list of checks, or a mapping of them.

    Files that it names lie in `folder`; its texts are noted in `templates`.
    """
    node = fields.value("expect")
    if node is None:
        return ()
    templates.texts_in(node, fields.faults)
    reader = _Reader(folder, templates.used)
    if isinstance(node, MappingNode) and node.entries:
        return tuple(found for found in reader.each(Fields(node, KEYS, fields.faults)) if found)
    if not isinstance(node, ListNode) or not node.items:
        fields.wrong(node, "expect", _WANTED)
        return ()
    found = (reader.item(item, fields, _WANTED) for item in node.items)
    return tuple(expectation for expectation in found if expectation)


_Read: TypeAlias = Callable[[Node, str, Fields], JsonValue]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of the kinds; None where something was noted."""

    folder: Folder
    is_templated: bool

    def item(self, node: Node, fields: Fields, wanted: str) -> Expectation | None:
        """Read one item of a list: a mapping of one key."""
        if not isinstance(node, MappingNode):
            fields.wrong(node, "an expectation", wanted)
            return None
        item = Fields(node, KEYS, fields.faults)
        if len(node.entries) > 1 and item.complete:
            item.faults.add(node, f"{len(node.entries)} checks in one item; wanted a dash before each")
        if not node.entries and item.complete:
            fields.wrong(node, "an expectation", wanted)
        return next(iter(self.each(item)), None)

    def each(self, fields: Fields) -> list[Expectation | None]:
        """Read the known keys of a mapping, each of which is an expectation."""
        return [
            self._expectation(key, value, fields) for key, value in fields.node.entries.values() if key.text in KEYS
        ]

    def _expectation(self, key: TextNode, value: Node, fields: Fields) -> Expectation | None:
        kind, place, before = key.text.removeprefix("not_"), fields.faults.place(key), len(fields.faults)
        negated = kind != key.text
        if kind == "any_of":
            found = self._any_of(value, fields)
            return Expectation(kind, None, place, any_of=found) if found else None
        read = self._readers().get(kind, self._texts)
        written = read(value, key.text, fields)
        return None if len(fields.faults) > before else Expectation(kind, written, place, negated)

    def _readers(self) -> Mapping[str, _Read]:
        return {
            "json": lambda node, name, fields: read_value(fields, node, name, _TRUE),
            "json_schema": self._schema,
            "json_path": self._path,
            "tool_call": self._call,
            "finish_reason": lambda node, name, fields: fields.word_of(node, name, "one word, as stop or length"),
            "max_tokens": lambda node, name, fields: read_value(fields, node, name, _TOKENS),
            "max_latency_s": lambda node, name, fields: read_value(fields, node, name, _SECONDS),
            "similar": self._similar,
            "rubric": _text,
        }

    def _any_of(self, node: Node, fields: Fields) -> tuple[Expectation, ...]:
        if not isinstance(node, ListNode) or len(node.items) < len(("one", "other")):
            fields.wrong(node, "any_of", _ALTERNATIVES_WANTED)
            return ()
        found = [self.item(item, fields, _ALTERNATIVES_WANTED) for item in node.items]
        for item, expectation in zip(node.items, found, strict=True):
            if expectation and expectation.kind == "any_of":
                fields.faults.add(item, "any_of inside any_of; wanted all alternatives in one list")
            if expectation and expectation.kind in TIMING_KINDS:
                fields.faults.add(item, f"{expectation.kind} inside any_of; wanted it on its own, since times differ")
        return tuple(expectation for expectation in found if expectation)

    def _texts(self, node: Node, name: str, fields: Fields) -> JsonValue:
        if isinstance(node, ListNode) and node.items:
            return [self._one_text(item, f"an item of {name}", name, fields) for item in node.items]
        return self._one_text(node, name, name, fields)

    def _one_text(self, node: Node, shown: str, name: str, fields: Fields) -> str | None:
        may_be_empty = name.removeprefix("not_") == "equals"
        wanted = _TEXTS_WANTED if shown == name else "text"
        text = fields.text_of(node, shown, wanted) if may_be_empty else _text(node, shown, fields, wanted)
        if text is not None and name.removeprefix("not_") == "regex":
            self._check_regex(text, node, fields.faults)
        return text

    def _schema(self, node: Node, name: str, fields: Fields) -> JsonValue:
        if not isinstance(node, MappingNode) or not node.entries:
            fields.wrong(node, name, _SCHEMA_WANTED)
            return None
        faults, schema = fields.faults, json_value(node, fields.faults)
        file = node.entries.get("file")
        if file and len(node.entries) == 1:
            named = Fields(node, _FILE_KEYS, faults).word("file", "the path of a JSON file")
            read = self.folder.json(file[1], faults) if named and isinstance(file[1], TextNode) else None
            if read is None:
                return None
            node, faults = read
            schema = json_value(node, faults)
        if complaint := schema_complaint(schema):
            faults.add(node, f"{name} is {complaint}")
        return schema

    def _path(self, node: Node, name: str, fields: Fields) -> JsonValue:
        if isinstance(node, TextNode):
            text = _text(node, name, fields, _PATH_WANTED)
            self._check_path(text, node, fields.faults)
            return {"path": text}
        if not isinstance(node, MappingNode):
            fields.wrong(node, name, _PATH_WANTED)
            return None
        inner = Fields(node, PATH_KEYS, fields.faults)
        path = inner.value("path")
        if path is None and inner.complete:
            fields.wrong(node, name, _PATH_WANTED)
        if path is not None:
            self._check_path(_text(path, "path", inner, "a JSON path, as $.order.id"), path, fields.faults)
        return {
            key: self._path_value(key, value, inner) for key, (_, value) in node.entries.items() if key in PATH_KEYS
        }

    def _path_value(self, key: str, node: Node, fields: Fields) -> JsonValue:
        if key == "exists":
            return read_value(fields, node, key, _EXISTS)
        if key in {"path", "equals", "not_equals"}:
            return json_value(node, fields.faults)
        return self._texts(node, key, fields)

    def _call(self, node: Node, name: str, fields: Fields) -> JsonValue:
        if isinstance(node, TextNode):
            return True if node.plain and node.text == "true" else fields.word_of(node, name, _CALL_WANTED)
        if not isinstance(node, MappingNode):
            fields.wrong(node, name, _CALL_WANTED)
            return None
        inner = Fields(node, CALL_KEYS, fields.faults)
        if "name" not in inner and inner.complete:
            fields.wrong(node, name, _CALL_WANTED)
        called: dict[str, JsonValue] = {"name": inner.word("name", "a tool's name")}
        arguments = inner.mapping("arguments", "a mapping of arguments to values")
        if arguments is not None:
            called["arguments"] = json_value(arguments, fields.faults)
        return called

    def _similar(self, node: Node, name: str, fields: Fields) -> JsonValue:
        if not isinstance(node, MappingNode):
            fields.wrong(node, name, _SIMILAR_WANTED)
            return None
        inner = Fields(node, SIMILAR_KEYS, fields.faults)
        to, threshold = inner.value("to"), inner.value("threshold")
        if to is None:
            if inner.complete:
                fields.wrong(node, name, _SIMILAR_WANTED)
            return None
        return {
            "to": _text(to, "to", inner),
            "threshold": read_value(inner, threshold, "threshold", _THRESHOLD) if threshold else DEFAULT_THRESHOLD,
        }

    def _check_regex(self, text: str, node: Node, faults: Faults) -> None:
        try:
            parse_regex("" if self._waits(text) else text)
        except PatternError as error:
            faults.add(node, f"{quoted(text)}: {error}; wanted a regular expression of RE2")

    def _check_path(self, text: str | None, node: Node, faults: Faults) -> None:
        try:
            parse_json_path("$" if text is None or self._waits(text) else text)
        except PatternError as error:
            faults.add(node, f"{quoted(text or '')}: {error}; wanted a JSON path, as $.order.id")

    def _waits(self, text: str) -> bool:
        """Say whether a text is rendered before it is used."""
        return self.is_templated and is_template(text)


def _text(node: Node, name: str, fields: Fields, wanted: str = "text") -> str | None:
    """Return a text that says something."""
    if isinstance(node, TextNode) and node.text.strip():
        return node.text
    if isinstance(node, TextNode) and not node.is_nothing:
        fields.faults.add(node, f"{name} is {describe(node)}, which every reply meets or none; wanted {wanted}")
    elif not isinstance(node, BrokenNode):
        fields.wrong(node, name, wanted)
    return None
