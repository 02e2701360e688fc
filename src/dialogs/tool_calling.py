"""The scripted results of tools: which rule answers a call, and with what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dialogs.chat import Billing, Fault, FaultKind, Message, tool_message
from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.expectations.json_values import same_json
from dialogs.patterns import parse_regex
from dialogs.scenario import ToolAnswer, ToolRule
from dialogs.schemas import mismatch
from dialogs.variables import Variables

MOST_ROUNDS: Final = 8
_SHOWN: Final = 120
_NAMED: Final = 5

Results: TypeAlias = Mapping[str, tuple[ToolRule, ...]]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a reply. `arguments` are None where what was `written` is no JSON object."""

    id: str
    name: str
    written: str
    arguments: JsonObject | None


def tool_calls(message: JsonObject) -> tuple[ToolCall, ...]:
    """Return the calls of a reply, in order."""
    calls = message.get("tool_calls")
    return tuple(_call(call) for call in calls if isinstance(call, Mapping)) if isinstance(calls, list | tuple) else ()


def _call(call: JsonObject) -> ToolCall:
    function, custom = call.get("function"), call.get("custom")
    inner = function if isinstance(function, Mapping) else custom if isinstance(custom, Mapping) else {}
    written = str(inner.get("arguments", inner.get("input", "")))
    return ToolCall(str(call.get("id", "")), str(inner.get("name")), written, _arguments(written))


def _arguments(written: str) -> JsonObject | None:
    """Read arguments; servers write nothing at all for a call without any."""
    try:
        arguments = decode(written) if written.strip() else {}
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


@dataclass(slots=True)
class ToolDesk:
    """Answers the calls of one dialogue by the scenario's rules, and remembers how often each has answered."""

    _answered: dict[tuple[str, int], int] = field(default_factory=dict)

    def fork(self) -> "ToolDesk":
        """Return a desk that has answered the same calls, and goes on by itself."""
        return ToolDesk(self._answered.copy())

    def answer(self, calls: Sequence[ToolCall], results: Results, variables: Variables) -> tuple[Message, ...] | Fault:
        """Return the messages that answer all calls of a reply, in order; or the fault of one that has no answer.

        Raises:
            TemplateFault: an answer cannot be rendered.
        """
        messages: list[Message] = []
        for call in calls:
            answer = self._next_answer(call, results.get(call.name, ()), variables)
            if answer is None:
                return _unanswered(call, results)
            messages.append(_message(call, answer, variables))
        return tuple(messages)

    def _next_answer(self, call: ToolCall, rules: Sequence[ToolRule], variables: Variables) -> ToolAnswer | None:
        for index, rule in enumerate(rules):
            if _takes(rule, call, variables):
                before = self._answered.get((call.name, index), 0)
                self._answered[call.name, index] = before + 1
                return rule.answers[min(before, len(rule.answers) - 1)]
        return None


def _takes(rule: ToolRule, call: ToolCall, variables: Variables) -> bool:
    arguments = call.arguments
    if arguments is None or rule.malformed:
        return rule.malformed and arguments is None
    wanted = {name: variables.kept_value(value) for name, value in rule.when.items()}
    return (
        all(name in arguments and same_json(arguments[name], value) for name, value in wanted.items())
        and all(_matches(pattern, arguments, name) for name, pattern in rule.when_regex.items())
        and (rule.when_schema is None or mismatch(rule.when_schema, arguments) is None)
    )


def _matches(pattern: str, arguments: JsonObject, name: str) -> bool:
    return name in arguments and parse_regex(pattern).search(_text(arguments[name])) is not None


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else encode_line(value)


def _message(call: ToolCall, answer: ToolAnswer, variables: Variables) -> Message:
    sent = _content(answer, variables.sent_value)
    return tool_message(call.id, sent, _content(answer, variables.kept_value) if variables.has_secrets else None)


def _content(answer: ToolAnswer, worded: Callable[[JsonValue], JsonValue]) -> str:
    value = worded(answer.value)
    return encode_line({"error": value}) if answer.is_error else _text(value)


def _unanswered(call: ToolCall, results: Results) -> Fault:
    arguments = call.written if len(call.written) <= _SHOWN else f"{call.written[: _SHOWN - 1]}…"
    malformed = "what is no JSON object: " if call.arguments is None else ""
    return Fault(
        FaultKind.UNANSWERED_TOOL_CALL,
        f"the reply calls {call.name} with {malformed}{arguments or 'no arguments'}; {_rules(call, results)}",
        billing=Billing.YES,
    )


def _rules(call: ToolCall, results: Results) -> str:
    rules = results.get(call.name, ())
    if not rules:
        return f"tool_results has no {call.name}; it has {', '.join(results) or 'nothing'}"
    places = [str(rule.place) for rule in rules[:_NAMED]]
    more = ", …" if len(rules) > _NAMED else ""
    hint = "; only a rule with `malformed: true` takes such a call" if call.arguments is None else ""
    return f"none of its rules takes it ({', '.join(places)}{more}){hint}"


def unanswered_tool_calls(message: JsonObject) -> Fault:
    """Make the fault of a reply that waits for the results of tools, in a scenario that has none."""
    names = ", ".join(call.name for call in tool_calls(message))
    return Fault(
        FaultKind.UNANSWERED_TOOL_CALL,
        f"the reply calls {names}, and the scenario has no result for it; the next turn cannot be asked",
        billing=Billing.YES,
    )


def too_many_rounds(calls: Sequence[ToolCall]) -> Fault:
    """Make the fault of a turn that goes on calling tools."""
    names = ", ".join(call.name for call in calls)
    return Fault(
        FaultKind.TOO_MANY_ROUNDS,
        f"the reply of round {MOST_ROUNDS} calls {names}; a turn has at most {MOST_ROUNDS} rounds",
        billing=Billing.YES,
    )


def without_forced_choice(params: JsonObject) -> JsonObject:
    """Leave out a `tool_choice` that forces a call: answered once, it would force the same call in every round."""
    if _forces(params.get("tool_choice")):
        return {name: value for name, value in params.items() if name != "tool_choice"}
    return params


def _forces(choice: JsonValue) -> bool:
    if not isinstance(choice, Mapping):
        return choice in {"required", "any"}  # Mistral's word for it is `any`
    allowed = choice.get("allowed_tools")
    return not isinstance(allowed, Mapping) or allowed.get("mode") != "auto"
