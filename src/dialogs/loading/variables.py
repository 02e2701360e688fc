"""`vars`: names to values, of which the environment and `--var` may give some."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.errors import WrongUseError
from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, Located, quoted
from dialogs.loading.fields import Fields, Keys, nearest
from dialogs.loading.values import json_value, value_as_written

_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_NAME: Final = 100
_NAME_WANTED: Final = "letters, digits and _, and no digit first"
# What Jinja2 reads as a word of its own, and the names that it gives a meaning.
RESERVED: Final = frozenset(
    (
        "and", "or", "not", "in", "is", "if", "else", "elif", "true", "false", "none", "True", "False", "None",
        "recursive", "self", "super", "loop", "caller", "varargs", "kwargs", "range", "dict", "cycler", "joiner",
        "namespace",
    )
)  # fmt: skip
_ENV_KEYS: Final = Keys("a variable of the environment", known=("env",))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Given:
    """What comes from outside of the files: the texts of `--var`, and the environment.

    Where nothing is sent, `environ` may be None: then `{env:NAME}` stands for each of its values, as in transcripts.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] | None = field(default_factory=dict)

    def over(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return `values` with those that `--var` gives."""
        given = self.variables
        return {name: value_as_written(given[name]) if name in given else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Variables:
    """The values of `vars`, and for those of the environment its names."""

    values: Mapping[str, JsonValue] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict)


def read_variables(fields: Fields, given: Given) -> Variables:
    """Read `vars`; a variable of the environment must be set there."""
    node = fields.mapping("vars", "a mapping of names to values")
    if node is None:
        return Variables()
    values: dict[str, JsonValue] = {}
    secret: dict[str, str] = {}
    for name, (key, value) in node.entries.items():
        check_name(name, key, fields.faults)
        if isinstance(value, MappingNode) and "env" in value.entries:
            of_environment = _environment_name(value, fields.faults)
            if of_environment is not None:
                secret[name] = of_environment.text
                is_given = name in given.variables
                values[name] = "" if is_given else _environment_value(of_environment, given, fields.faults)
        else:
            values[name] = written_value(value, fields.faults)
    return Variables(given.over(values), secret)


def check_name(name: str, at: Located, faults: Faults, owner: str = "variable") -> bool:
    """Say whether a name can stand in a template, and note it where it cannot."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        faults.add(at, f"{owner} {quoted(name)}; wanted a name of {_NAME_WANTED}")
        return False
    if name in RESERVED:
        faults.add(at, f"{owner} {quoted(name)} is a word of Jinja2's; wanted another name")
        return False
    return True


def written_value(node: Node, faults: Faults) -> JsonValue:
    """Return a variable's value; a number that would not be rendered as it is written stays text."""
    match node:
        case TextNode(plain=True) if not node.is_nothing:
            return value_as_written(node.text)
        case ListNode():
            return [written_value(item, faults) for item in node.items]
        case MappingNode():
            return {key: written_value(value, faults) for key, (_, value) in node.entries.items()}
        case _:
            return json_value(node, faults)


def _environment_name(node: MappingNode, faults: Faults) -> TextNode | None:
    name = Fields(node, _ENV_KEYS, faults).value("env")
    if isinstance(name, TextNode) and _ENVIRONMENT_NAME.fullmatch(name.text):
        return name
    if name is not None:  # not quoted: what is no name of a variable is probably the secret itself
        faults.add(name, "env holds what is no name of a variable; wanted the name of an environment variable")
    return None


def _environment_value(name: TextNode, given: Given, faults: Faults) -> str:
    if given.environ is None:
        return f"{{env:{name.text}}}"
    value = given.environ.get(name.text, "")
    if not value:
        found = "is empty" if name.text in given.environ else "is not set"
        faults.add(name, f"environment variable {quoted(name.text)} {found}; wanted it set, or another value by --var")
    elif _SURROGATE.search(value):
        faults.add(name, f"environment variable {quoted(name.text)} holds no UTF-8; wanted text")
    return value


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Read the values of `--var`, each `NAME=VALUE`.

    Raises:
        WrongUseError: one has no name, no text as its value, or a name that another has.
    """
    variables: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise WrongUseError(f"--var {quoted(assignment)}; wanted NAME=VALUE")
        if name in variables:
            raise WrongUseError(f"--var {name} is given twice; wanted it once")
        if _SURROGATE.search(value):
            raise WrongUseError(f"--var {name} holds no UTF-8; wanted text")
        variables[name] = value
    return variables


def refuse_undeclared(given: Iterable[str], declared: Iterable[str]) -> None:
    """Refuse a `--var` that no scenario uses.

    Raises:
        WrongUseError: there is one.
    """
    known = sorted(set(declared))
    for name in given:
        if name not in known:
            meant = nearest(name, known)
            wanted = f"did you mean {meant}?" if meant else f"wanted one of {', '.join(known)}"
            raise WrongUseError(
                f"--var {name}: no scenario declares it under vars, cases or matrix; "
                f"{wanted if known else 'wanted it left out, since none declares any'}"
            )
