"""`tool_results`: the scripted answers to the calls of a model, first match wins."""

from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import quoted
from dialogs.loading.fields import Fields, Keys, nearest_or_all
from dialogs.loading.patterns import fits_regex, read_schema
from dialogs.loading.templates import Templates
from dialogs.loading.tools import parameters_of
from dialogs.loading.values import json_value
from dialogs.scenario import ToolAnswer, ToolRule

_CONDITIONS: Final = ("when", "when_regex", "when_schema", "malformed")
_ANSWERS: Final = ("return", "error", "sequence")
KEYS: Final = Keys("a tool result", known=(*_CONDITIONS, *_ANSWERS), elsewhere={"returns": 'did you mean "return"?'})
_ANSWER_KEYS: Final = Keys("an answer of a sequence", known=("return", "error"))
# Beside these, a schema may allow arguments that it does not list.
_PLAIN_SCHEMA: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "title", "description", "$defs"}
)
_ANSWER_WANTED: Final = "one of return, error and sequence"


def read_tool_results(
    fields: Fields, tools: Sequence[JsonObject], templates: Templates
) -> dict[str, tuple[ToolRule, ...]]:
    """Read `tool_results`: for each function of `tools` a rule, or a list of them."""
    node = fields.mapping("tool_results", "a mapping of functions to their results")
    if node is None:
        return {}
    if "tools" not in fields:
        fields.faults.add(fields.key("tool_results"), "tool_results without tools; wanted the functions under tools")
    parameters = parameters_of(tools)
    rules = {}
    for name, (key, value) in node.entries.items():
        if name not in parameters and tools:
            fields.faults.add(
                key, f"function {quoted(name)} is not among the tools; {nearest_or_all(name, parameters)}"
            )
        items = value.items if isinstance(value, ListNode) else [value]
        if not items:
            fields.wrong(value, quoted(name), "a result, as {return: {status: shipped}}, or a list of them")
        found = [_rule(item, fields, templates, parameters.get(name)) for item in items]
        rules[name] = tuple(rule for rule in found if rule)
        _note_unreached(rules[name], fields)
    return rules


def _rule(node: Node, fields: Fields, templates: Templates, parameters: JsonValue) -> ToolRule | None:
    if not isinstance(node, MappingNode):
        fields.wrong(node, "a tool result", f"a mapping with {_ANSWER_WANTED}")
        return None
    inner = Fields(node, KEYS, fields.faults)
    malformed = inner.boolean("malformed")
    if malformed is False:
        fields.faults.add(inner.key("malformed"), "malformed: false; wanted it left out, or true")
    others = [key for key in _CONDITIONS if key in inner and key != "malformed"]
    if malformed and others:
        fields.faults.add(
            inner.key(others[0]), f"{others[0]} beside malformed, whose arguments cannot be read; wanted one of them"
        )
    rule = ToolRule(
        place=fields.faults.place(node),
        answers=_answers(inner, templates),
        when=_when(inner, parameters, templates),
        when_regex=_when_regex(inner, parameters),
        when_schema=_when_schema(inner),
        malformed=bool(malformed),
    )
    return rule if rule.answers else None


def _when(fields: Fields, parameters: JsonValue, templates: Templates) -> JsonObject:
    node = fields.mapping("when", "a mapping of arguments to their values")
    if node is None:
        return {}
    _check_arguments(node, parameters, fields)
    templates.texts_in(node, fields.faults, late=True)
    return {name: json_value(value, fields.faults) for name, (_, value) in node.entries.items()}


def _when_regex(fields: Fields, parameters: JsonValue) -> dict[str, str]:
    node = fields.mapping("when_regex", "a mapping of arguments to regular expressions")
    if node is None:
        return {}
    _check_arguments(node, parameters, fields)
    return {
        name: value.text
        for name, (_, value) in node.entries.items()
        if fits_regex(value, f"when_regex of {quoted(name)}", fields) and isinstance(value, TextNode)
    }


def _when_schema(fields: Fields) -> JsonObject | None:
    node = fields.value("when_schema")
    return None if node is None else read_schema(node, "when_schema", fields.faults)


def _check_arguments(node: MappingNode, parameters: JsonValue, fields: Fields) -> None:
    """Note arguments that the function does not have, where its schema lists them all by name."""
    if not node.entries:
        fields.wrong(node, "the condition", "at least one argument")
    if not isinstance(parameters, Mapping) or parameters.keys() - _PLAIN_SCHEMA:
        return
    if parameters.get("additionalProperties"):
        return
    properties = parameters.get("properties")
    if isinstance(properties, Mapping):
        for name, (key, _) in node.entries.items():
            if name not in properties:
                wanted = nearest_or_all(name, properties) if properties else "wanted none, as its parameters say"
                fields.faults.add(key, f"argument {quoted(name)} is none of the function's; {wanted}")


def _answers(fields: Fields, templates: Templates) -> tuple[ToolAnswer, ...]:
    found = [key for key in _ANSWERS if key in fields]
    if len(found) != 1:
        if fields.complete:
            found_words = " and ".join(found) if found else "no answer"
            fields.faults.add(fields.node, f"a tool result with {found_words}; wanted {_ANSWER_WANTED}")
        return ()
    if found != ["sequence"]:
        return (_answer(fields, templates),)
    node = fields.value("sequence")
    if not isinstance(node, ListNode) or not node.items:
        fields.wrong(node or fields.node, "sequence", "a list of answers, as [{error: busy}, {return: done}]")
        return ()
    return tuple(answer for item in node.items if (answer := _answer_of_sequence(item, fields, templates)))


def _answer_of_sequence(node: Node, fields: Fields, templates: Templates) -> ToolAnswer | None:
    if not isinstance(node, MappingNode):
        fields.wrong(node, "an answer of a sequence", "a mapping with return or error")
        return None
    inner = Fields(node, _ANSWER_KEYS, fields.faults)
    if ("return" in inner) == ("error" in inner):
        if inner.complete:
            inner.wrong(node, "an answer of a sequence", "one of return and error")
        return None
    return _answer(inner, templates)


def _answer(fields: Fields, templates: Templates) -> ToolAnswer:
    key = "return" if "return" in fields else "error"
    node = fields.value(key) or fields.node
    templates.texts_in(node, fields.faults, late=True)
    return ToolAnswer(json_value(node, fields.faults), is_error=key == "error")


def _note_unreached(rules: Sequence[ToolRule], fields: Fields) -> None:
    """Note a rule after one that takes all calls."""
    for number, rule in enumerate(rules[:-1]):
        takes_all = not (rule.when or rule.when_regex or rule.when_schema is not None or rule.malformed)
        unreached = next((each for each in rules[number + 1 :] if not each.malformed), None)
        if takes_all and unreached:
            place = unreached.place
            message = (
                f"a result that is never given, since that at {rule.place.line}:{rule.place.column} takes all calls"
            )
            fields.faults.add_at(place.line, place.column, f"{message}; wanted it before that one")
            return
