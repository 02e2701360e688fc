"""The pages of docs/reference, made from the commands' own help and from the JSON Schemas."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from dialogs.cli.app import app
from dialogs.format_schemas import configuration_schema, scenario_schema

_ROOT = Path(__file__).parent.parent
_MOST_OF_AN_EXAMPLE = 90


def commands_page() -> str:
    """Write what every command's --help says."""
    group: Any = typer.main.get_command(app)
    parts = [
        "# Commands",
        "What `dialogs COMMAND --help` says. What a program may read goes to stdout, everything else to stderr.",
        *_commands(group, ["dialogs"]),
        "## Exit codes",
        _exit_codes(),
    ]
    return "\n\n".join(parts) + "\n"


def _commands(group: Any, words: list[str]) -> Iterator[str]:  # noqa: ANN401 - Typer's own classes are not public
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, [*words, name])
        else:
            yield from _command(command, " ".join([*words, name]))


def _command(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - as above
    context = command.context_class(command, info_name=name)
    yield f"## {name}"
    yield f"    {command.get_usage(context).removeprefix('Usage: ')}"
    yield _text(command.help)
    records = [each.get_help_record(context) for each in command.params]
    rows = [f"| {_code(flags)} | {_cell(text)} |" for flags, text in filter(None, records)]
    if rows:
        yield "\n".join(["| flag or argument | does |", "|---|---|", *rows])


def _text(text: str) -> str:
    """Give a docstring's paragraphs a line each, with nothing in them that Markdown would read."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(part.replace("$schema", "\\$schema") for part in paragraphs)


def _code(text: str) -> str:
    """Write code in a table's cell, where a bar needs a form that GitHub and MkDocs both know."""
    return f"<code>{html.escape(text, quote=False)}</code>".replace("|", "&#124;") if "|" in text else f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _exit_codes() -> str:
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    return readme.split("\n## Exit codes\n\n")[1].split("\n\n")[0]


def keys_page() -> str:
    """Write every key of scenarios and of dialogs.yaml, with what it is and an example."""
    scenario: Any = scenario_schema()
    configuration: Any = configuration_schema()
    definitions = scenario["$defs"]
    parts = [
        "# Keys",
        "Every key of a scenario and of `dialogs.yaml`, as `dialogs schema` has them for editors.",
        "[Scenarios](../scenarios.md) and [Expectations](../expectations.md) say what they mean together.",
        "## A scenario",
        _table(scenario),
        "## A turn",
        _table(definitions["turn"]),
        "## An expectation",
        _table(definitions["expectation"]),
        "## Parameters",
        "Of ChatCompletions, as `params` of a scenario, a turn or `dialogs.yaml` takes them.",
        _table(definitions["params"]),
        "## dialogs.yaml",
        _table(configuration),
    ]
    return "\n\n".join(parts) + "\n"


def _table(schema: dict[str, Any]) -> str:
    found: dict[str, dict[str, Any]] = {}
    for key, each in _keys(schema, ""):
        # What may be one or a list of them is named once.
        if "description" in each and key.replace("[]", "") not in found:
            found.setdefault(key, each)
    rows = [f"| `{key}` | {_cell(each['description'])} | {_example(each)} |" for key, each in found.items()]
    return "\n".join(["| key | is | for example |", "|---|---|---|", *rows])


def _keys(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the keys of an object, and of the objects in it: `judge.model`, `models.NAME.base_url`."""
    for key, each in schema.get("properties", {}).items():
        yield f"{prefix}{key}", each
        for inner, between in _objects(each):
            yield from _keys(inner, f"{prefix}{key}{between}.")


def _objects(schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    if "properties" in schema:
        yield schema, ""
    for choice in schema.get("anyOf", ()):
        yield from _objects(choice)
    for key, between in (("items", "[]"), ("additionalProperties", ".NAME")):
        if isinstance(schema.get(key), dict):
            yield from ((inner, f"{between}{rest}") for inner, rest in _objects(schema[key]))


def _example(schema: dict[str, Any]) -> str:
    if not schema.get("examples"):
        return ""
    text = json.dumps(schema["examples"][0], ensure_ascii=False)
    text = re.sub(r"^\"([\w ./-]+)\"$", r"\1", text)
    if len(text) > _MOST_OF_AN_EXAMPLE or "`" in text:
        return ""
    return _code(text)
