"""JSON Schema as scenarios use it: nothing is fetched, and no reply can make a pattern hang."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.patterns import PatternError, parse_regex

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError, ValidationError
    from jsonschema.protocols import Validator

_LONGEST: Final = 160
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_VALUES: Final = frozenset({"enum", "const", "default", "examples"})
_OF_NAMES: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_ENDLESS: Final = "the schema refers to itself without end, or the value is nested too deeply"


def schema_complaint(schema: JsonValue) -> str | None:
    """Say what is wrong with a schema: its form, a pattern that RE2 cannot read, a reference that leads out of it.

    Without `$schema` it is of draft 2020-12. None: nothing is wrong.
    """
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - few commands need schemas

    if not isinstance(schema, Mapping):
        return f"{_shown(schema)}; wanted a JSON Schema, a mapping"
    try:
        _validator(schema).check_schema(dict(schema))
    except SchemaError as error:
        return f"no JSON Schema: {_described(error)}"
    except RecursionError:
        return "no JSON Schema: nested too deeply"
    return next(_complaints(schema), None)


def mismatch(schema: JsonObject, value: JsonValue) -> str | None:
    """Say where and how a value does not fit a schema, in short, and how many other faults there are; None: it fits."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - few commands need schemas
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - comes with jsonschema

    try:
        errors = list(_validator(schema).iter_errors(value))
    except RecursionError:
        return _ENDLESS
    except Unresolvable as error:
        return f"the schema refers to {_shown(error.ref)}, which is not in it"
    best = best_match(iter(errors))
    if best is None:
        return None
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{_described(best)}{more}"


def _described(error: "ValidationError | SchemaError") -> str:
    message = str(error.message)
    cut = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"
    return f"{error.json_path}: {cut}"


def _shown(value: JsonValue) -> str:
    text = encode_line(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _complaints(schema: JsonObject) -> Iterator[str]:
    names = {node["$id"] for node in _nodes(schema) if isinstance(node.get("$id"), str)}
    for node in _nodes(schema):
        for key in _REFERENCES:
            target = node.get(key)
            if not isinstance(target, str):
                continue
            if not target.startswith("#") and target.partition("#")[0] not in names:
                yield f"{key} {_shown(target)} leads out of the schema, and nothing is fetched; wanted it under $defs"
            elif names <= {schema.get("$id")} and not _leads_somewhere(schema, target):
                yield f"{key} {_shown(target)} leads to nothing in the schema; wanted it under $defs"
        yield from _pattern_complaints(node)


def _leads_somewhere(schema: JsonObject, reference: str) -> bool:
    from referencing import Registry  # noqa: PLC0415 - comes with jsonschema
    from referencing.exceptions import Unresolvable  # noqa: PLC0415
    from referencing.jsonschema import DRAFT202012, specification_with  # noqa: PLC0415

    specification = specification_with(str(schema.get("$schema")), default=DRAFT202012)
    registry: Registry[Any] = Registry()
    try:
        registry.resolver_with_root(specification.create_resource(schema)).lookup(reference)
    except Unresolvable:
        return False
    return True


def _pattern_complaints(node: JsonObject) -> Iterator[str]:
    properties = node.get("patternProperties")
    patterns = [node.get("pattern"), *(properties if isinstance(properties, Mapping) else ())]
    for pattern in patterns:
        try:
            parse_regex(pattern if isinstance(pattern, str) else "")
        except PatternError as error:
            yield f"pattern {_shown(pattern)}: {error}; wanted a regular expression of RE2"


def _nodes(schema: JsonValue) -> Iterator[JsonObject]:
    """Give every mapping in a schema but those that are values, outermost first."""
    waiting: list[tuple[JsonValue, bool]] = [(schema, False)]
    while waiting:
        node, holds_names = waiting.pop()
        if isinstance(node, Mapping):
            yield node
            waiting += ((item, key in _OF_NAMES) for key, item in node.items() if holds_names or key not in _VALUES)
        elif isinstance(node, list | tuple):
            waiting += ((item, False) for item in node)


def _validator(schema: JsonObject) -> "Validator":
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - few commands need schemas
    from referencing import Registry  # noqa: PLC0415 - comes with jsonschema

    draft = validators.validator_for(schema, default=Draft202012Validator)
    empty: Registry[Any] = Registry()  # without one, this library fetches what a schema refers to
    return _with_re2(draft)(schema, registry=empty)


@cache
def _with_re2(draft: "type[Validator]") -> "type[Validator]":
    from jsonschema import validators  # noqa: PLC0415 - few commands need schemas

    own = {"pattern": _pattern, "patternProperties": _pattern_properties}
    extended: type[Validator] = validators.extend(draft, own)  # type: ignore[no-untyped-call]  # so in its stubs
    return extended


def _pattern(_validator: object, pattern: str, value: object, _schema: object) -> "Iterator[ValidationError]":
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - few commands need schemas

    if isinstance(value, str) and not _matches(pattern, value):
        yield ValidationError(f"{_shown(value)} does not match {_shown(pattern)}")


def _pattern_properties(
    validator: "Validator", patterns: Mapping[str, object], value: object, _schema: object
) -> "Iterator[ValidationError]":
    if not isinstance(value, Mapping):
        return
    for pattern, inner in patterns.items():
        for key, item in value.items():
            if _matches(pattern, key):
                found = validator.descend(item, inner, path=key, schema_path=pattern)  # type: ignore[attr-defined]
                yield from found


def _matches(pattern: str, text: str) -> bool:
    try:
        return parse_regex(pattern).search(text) is not None
    except PatternError:
        return False
