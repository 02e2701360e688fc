"""Scenarios to YAML that people like to read, and that every reader of YAML 1.1 or 1.2 reads as the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, replace_surrogates
from dialogs.scenario import (
    Capture,
    Case,
    Content,
    Entry,
    Expectation,
    Instruction,
    MediaPart,
    Scenario,
    ScriptedExchange,
    TextPart,
    ToolAnswer,
    ToolRule,
    UserTurn,
)

# Texts that begin with a letter and hold nothing that could end them or give them a meaning stand without quotes.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[^:#]|:(?!\s|$)|(?<!\s)#)*(?<!\s)")
_MEANS_SOMETHING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_LONGEST_KEY: Final = 500
_CASE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


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
    yield from _variables(scenario)
    if scenario.system is not None:
        yield f"system: {_text(scenario.system, 0)}"
    yield from _mapping("params", scenario.params, 0)
    yield from _mapping("extra_body", scenario.extra_body, 0)
    if scenario.send_back:
        yield f"send_back: {_flow(scenario.send_back)}"
    yield from _items("tools", scenario.tools)
    yield from _tool_results(scenario.tool_results)
    yield from _expect(scenario.expect, 0)
    yield "turns:"
    for entry in scenario.entries:
        yield from _entry(entry)


def _variables(scenario: Scenario) -> Iterator[str]:
    values: dict[str, JsonValue] = dict(scenario.variables)
    values |= {name: {"env": variable} for name, variable in scenario.secret_variables.items()}
    captures = any(isinstance(entry, UserTurn) and entry.captures for entry in scenario.entries)
    if values or (scenario.templated and not scenario.cases and not captures):
        yield f"vars: {_flow(values)}"
    yield from _items("cases", [_row(case) for case in scenario.cases])


def _row(case: Case) -> JsonObject:
    """Return a case as a row; a name that can be no id is made of the values, and will be again."""
    return {**({"id": case.name} if _CASE_ID.fullmatch(case.name) else {}), **case.values}


def _items(key: str, values: Sequence[JsonValue]) -> Iterator[str]:
    if values:
        yield f"{key}:"
        yield from (f"  - {_flow(value)}" for value in values)


def _tool_results(results: Mapping[str, Sequence[ToolRule]]) -> Iterator[str]:
    if results:
        yield "tool_results:"
    for name, rules in results.items():
        yield f"  {_key(name)}:"
        for rule in rules:
            lines = [f"{key}: {value}" for key, value in _rule(rule)]
            yield f"    - {lines[0]}"
            yield from (f"      {line}" for line in lines[1:])


def _rule(rule: ToolRule) -> Iterator[tuple[str, str]]:
    if rule.when:
        yield "when", _flow(rule.when)
    if rule.when_regex:
        yield "when_regex", _flow(rule.when_regex)
    if rule.when_schema is not None:
        yield "when_schema", _flow(rule.when_schema)
    if rule.malformed:
        yield "malformed", "true"
    if len(rule.answers) > 1:
        yield "sequence", _flow([_answer(answer) for answer in rule.answers])
    else:
        yield from ((key, _flow(value)) for key, value in _answer(rule.answers[0]).items())


def _answer(answer: ToolAnswer) -> JsonObject:
    return {"error" if answer.is_error else "return": answer.value}


def _expect(expectations: Sequence[Expectation], indentation: int) -> Iterator[str]:
    if expectations:
        yield f"{' ' * indentation}expect:"
    for expectation in expectations:
        yield from _expectation(expectation, indentation + 2)


def _expectation(expectation: Expectation, indentation: int) -> Iterator[str]:
    key, margin = f"{'not_' if expectation.negated else ''}{expectation.kind}", " " * indentation
    if expectation.any_of:
        yield f"{margin}- {key}:"
        for alternative in expectation.any_of:
            yield from _expectation(alternative, indentation + 4)
    elif isinstance(expectation.value, str):
        yield f"{margin}- {key}: {_text(expectation.value, indentation + 2)}"
    else:
        yield f"{margin}- {key}: {_flow(expectation.value)}"


def _entry(entry: Entry) -> Iterator[str]:
    match entry:
        case UserTurn() if isinstance(entry.content, str) and not _has_more(entry):
            yield f"  - {_text(entry.content, 2)}"
        case UserTurn():
            yield from _user(entry.content)
            yield from _mapping("params", entry.params, 4)
            yield from _mapping("extra_body", entry.extra_body, 4)
            yield from _expect(entry.expect, 4)
            yield from _captures(entry.captures)
        case ScriptedExchange():
            yield from _user(entry.user)
            yield f"    assistant: {_text(entry.assistant, 4)}"
        case Instruction():
            yield f"  - {entry.role}: {_text(entry.text, 4)}"


def _has_more(turn: UserTurn) -> bool:
    return bool(turn.params or turn.extra_body or turn.expect or turn.captures)


def _captures(captures: Sequence[Capture]) -> Iterator[str]:
    if captures:
        yield "    capture:"
    for capture in captures:
        rule = _line(capture.regex) if capture.regex is not None else _flow({"json_path": capture.json_path})
        yield f"      {_key(capture.name)}: {rule}"


def _mapping(key: str, values: JsonObject, indentation: int) -> Iterator[str]:
    if values:
        yield f"{' ' * indentation}{key}: {_flow(values)}"


def _user(content: Content) -> Iterator[str]:
    if isinstance(content, str):
        yield f"  - user: {_text(content, 4)}"
        return
    yield "  - user:"
    for part in content:
        match part:
            case TextPart(text):
                yield f"      - text: {_text(text, 8)}"
            case MediaPart():
                yield f"      - {part.kind}: {_line(part.url or (part.media.name if part.media else ''))}"
                if part.detail is not None:
                    yield f"        detail: {_line(part.detail)}"


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
