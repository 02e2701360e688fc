"""What schemas are put together from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import JsonObject, JsonValue

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

# To an editor a text without quotes that looks like a number is one; the reader takes it as it is written.
TEXT: Final[JsonObject] = {"type": ["string", "number", "boolean"]}
STRING: Final[JsonObject] = {"type": "string"}
TEXTS: Final[JsonObject] = {"type": "array", "items": TEXT}
TEXT_OR_TEXTS: Final[JsonObject] = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}
BOOLEAN: Final[JsonObject] = {"type": "boolean"}
OBJECT: Final[JsonObject] = {"type": "object"}
ANYTHING: Final[JsonObject] = {}
POSITIVE_INTEGER: Final[JsonObject] = {"type": "integer", "minimum": 1}
POSITIVE_NUMBER: Final[JsonObject] = {"type": "number", "exclusiveMinimum": 0}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping: what it is for, what may stand there, and how that looks."""

    description: str
    schema: JsonObject
    examples: tuple[JsonValue, ...] = ()

    def property(self) -> JsonObject:
        """Return the schema of what stands under the key."""
        examples: JsonObject = {"examples": list(self.examples)} if self.examples else {}
        return {"description": self.description, **self.schema, **examples}


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one kind of mapping, which its reader calls `owner`."""

    owner: str
    keys: Mapping[str, Key]
    required: tuple[str, ...] = ()
    exactly_one: bool = False

    def schema(self) -> JsonObject:
        """Return the schema of the mapping; other keys are refused."""
        found: dict[str, JsonValue] = {
            "type": "object",
            "properties": {name: key.property() for name, key in self.keys.items()},
            "additionalProperties": False,
        }
        if self.required:
            found["required"] = list(self.required)
        if self.exactly_one:
            found |= {"minProperties": 1, "maxProperties": 1}
        return found


def file_of(owner: str, what: str, example: str) -> Table:
    """Return the table of a mapping that names a file beside the scenario."""
    return Table(owner, {"file": Key(f"The path of {what}, relative to this file.", STRING, (example,))}, ("file",))


def ref(name: str) -> JsonObject:
    """Refer to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def any_of(*schemas: JsonObject) -> JsonObject:
    """Allow what any of the schemas allows."""
    return {"anyOf": list(schemas)}


def list_of(schema: JsonObject, *, at_least: int = 0) -> JsonObject:
    """Allow lists."""
    return {"type": "array", "items": schema, **({"minItems": at_least} if at_least else {})}


def mapping_to(schema: JsonObject) -> JsonObject:
    """Allow mappings of any names to what the schema allows."""
    return {"type": "object", "additionalProperties": schema}


def document(
    title: str, description: str, schema: JsonObject, definitions: Iterable[tuple[str, JsonObject]]
) -> JsonObject:
    """Return a whole schema."""
    return {
        "$schema": DRAFT,
        "title": title,
        "description": description,
        **schema,
        "$defs": dict(definitions),
    }
