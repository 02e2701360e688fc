"""Scenarios to YAML that people like to read, and that every reader of YAML 1.1 or 1.2 reads as the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, replace_surrogates
from dialogs.scenario import Content, Entry, Instruction, Part, Scenario, ScriptedExchange, TextPart, UserTurn

# Texts that begin with a letter and hold nothing that could end them or give them a meaning stand without quotes.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[^:#]|:(?!\s|$)|(?<!\s)#)*(?<!\s)")
_MEANS_SOMETHING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_LONGEST_KEY: Final = 500


def scenario_yaml(scenario: Scenario) -> str:
    """Write a scenario as one YAML document that loads back to the same, but for its places.

    Lone surrogates, which YAML cannot hold, become U+FFFD, as they would on their way to a server.
    """
    return "\n".join(_document(scenario)) + "\n"


def _document(scenario: Scenario) -> Iterator[str]:
    yield f"id: {_line(scenario.id)}"
    if scenario.description:
        yield f"description: {_text(scenario.description, 0)}"
    if scenario.tags:
        yield f"tags: {_flow(scenario.tags)}"
    if scenario.models:
        yield f"model: {_line(scenario.models[0]) if len(scenario.models) == 1 else _flow(scenario.models)}"
    if scenario.system is not None:
        yield f"system: {_text(scenario.system, 0)}"
    yield from _mapping("params", scenario.params, 0)
    yield from _mapping("extra_body", scenario.extra_body, 0)
    if scenario.send_back:
        yield f"send_back: {_flow(scenario.send_back)}"
    yield "turns:"
    for entry in scenario.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    match entry:
        case UserTurn(params={}, extra_body={}) if not entry.params and not entry.extra_body:
            yield f"  - {_content(entry.content, 2)}"
        case UserTurn():
            yield f"  - user: {_content(entry.content, 4)}"
            yield from _mapping("params", entry.params, 4)
            yield from _mapping("extra_body", entry.extra_body, 4)
        case ScriptedExchange():
            yield f"  - user: {_content(entry.user, 4)}"
            yield f"    assistant: {_text(entry.assistant, 4)}"
        case Instruction():
            yield f"  - {entry.role}: {_text(entry.text, 4)}"


def _mapping(key: str, values: JsonObject, indentation: int) -> Iterator[str]:
    if values:
        yield f"{' ' * indentation}{key}: {_flow(values)}"


def _content(content: Content, parent: int) -> str:
    if isinstance(content, str):
        return _text(content, parent)
    return _flow([_part(part) for part in content])


def _part(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"text": part.text}
    return {part.kind: part.url or (part.media.name if part.media else "")}


def _text(text: str, parent: int) -> str:
    """Write a text that stands in a block at the indentation `parent`; several lines become a block of their own."""
    text = replace_surrogates(text)
    lines = text.split("\n")
    if len(lines) == 1 or not text.strip("\n") or not all(_printable(line) for line in lines):
        return _line(text)
    indentation = " " * (parent + 2)
    body = [f"{indentation}{line}" if line else "" for line in lines]
    # The first line tells readers the indentation, unless it begins with white space itself.
    explicit = "2" if text[0] in " \t\n" else ""
    if not text.endswith("\n"):
        return "\n".join([f"|{explicit}-", *body])
    if not text.endswith("\n\n"):
        return "\n".join([f"|{explicit}", *body[:-1]])
    return "\n".join([f"|{explicit}+", *body[:-1]])


def _printable(line: str) -> bool:
    return line.replace("\t", "").isprintable()


def _line(text: str) -> str:
    """Write a text on one line, in quotes where a reader could take it for something else."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _MEANS_SOMETHING:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return f'"{"".join(map(_character, replace_surrogates(text)))}"'


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()  # Python's escapes of these are YAML's


def _flow(value: JsonValue) -> str:
    """Write a JSON value on one line."""
    match value:
        case str():
            return _word(value)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case float():
            mantissa, letter, exponent = repr(value).partition("e")  # without a point, YAML 1.1 takes 1e-05 for text
            return f"{mantissa}{'.0' if letter and '.' not in mantissa else ''}{letter}{exponent}"
        case int():
            return str(value)
        case Mapping():
            return f"{{{', '.join(f'{_key(key)}: {_flow(item)}' for key, item in value.items())}}}"
        case Sequence():
            return f"[{', '.join(map(_flow, value))}]"


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) and text.lower() not in _MEANS_SOMETHING else _quoted(text)


def _key(key: str) -> str:
    written = _word(key)
    return written if len(written) <= _LONGEST_KEY else f"? {written}"  # a parser looks no further for the colon
