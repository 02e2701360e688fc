"""Functions named outside of `tools`: in `tool_choice` and in expectations of calls."""

from collections.abc import Collection, Iterable, Mapping

from dialogs.loading.documents import MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, nearest_or_all
from dialogs.scenario import Expectation
from dialogs.templating import is_template


def check_tool_choice(fields: Fields, functions: Collection[str]) -> None:
    """Note a `tool_choice` under `params` that names none of the functions, or names one as a mere word.

    Where there are no functions, they may be in extra_body.
    """
    choice = _at(fields.value("params"), "tool_choice")
    if isinstance(choice, TextNode) and choice.text in functions:
        wanted = f"{{type: function, function: {{name: {choice.text}}}}}"
        fields.faults.add(choice, f"tool_choice is {quoted(choice.text)}; wanted {wanted}, or auto, required or none")
    named = _at(_at(choice, "function"), "name")
    if functions and isinstance(named, TextNode) and named.text not in functions:
        fields.faults.add(named, _complaint(named.text, functions))


def check_calls(expectations: Iterable[Expectation], functions: Collection[str], faults: Faults) -> None:
    """Note expectations of calls of none of the functions, which no reply can meet."""
    for expectation in expectations:
        check_calls(expectation.any_of, functions, faults)
        value = expectation.value if expectation.kind == "tool_call" else None
        name = value.get("name") if isinstance(value, Mapping) else value
        if functions and isinstance(name, str) and name not in functions and not is_template(name):
            faults.add_at(expectation.place.line, expectation.place.column, _complaint(name, functions))


def _at(node: Node | None, key: str) -> Node | None:
    entry = node.entries.get(key) if isinstance(node, MappingNode) else None
    return None if entry is None else entry[1]


def _complaint(name: str, functions: Collection[str]) -> str:
    return f"function {quoted(name)} is not among the tools; {nearest_or_all(name, functions)}"
