"""The check of tool calls."""

from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, decode
from dialogs.expectations.excerpts import compact, quoted
from dialogs.expectations.json_values import holds
from dialogs.expectations.seen import Seen

_MOST_SHOWN: Final = 3


def check_tool_call(wanted: JsonValue, seen: Seen, *, negated: bool) -> str | None:
    """Want a call of a tool in any round: of any, by its name, or with arguments that hold those wanted."""
    met = [call for call in seen.tool_calls if _is_wanted(call, wanted)]
    if negated:
        return _calls(met) if met else None
    if met:
        return None
    named = [call for call in seen.tool_calls if _name(call) == _wanted_name(wanted)]
    return _calls(named or seen.tool_calls) if seen.tool_calls else f"no tool call, but {shown_reply(seen)}"


def _is_wanted(call: JsonObject, wanted: JsonValue) -> bool:
    if wanted is True:
        return True
    arguments = wanted.get("arguments") if isinstance(wanted, Mapping) else None
    return _name(call) == _wanted_name(wanted) and (arguments is None or holds(_arguments(call), arguments))


def _wanted_name(wanted: JsonValue) -> JsonValue:
    return wanted.get("name") if isinstance(wanted, Mapping) else wanted


def _function(call: JsonObject) -> JsonObject:
    function = call.get("function")
    return function if isinstance(function, Mapping) else {}


def _name(call: JsonObject) -> str:
    return str(_function(call).get("name"))


def _arguments(call: JsonObject) -> JsonValue:
    """Return the arguments of a call, as text where they are no JSON."""
    written = _function(call).get("arguments")
    try:
        return decode(written) if isinstance(written, str) else written
    except ValueError:
        return written


def _calls(calls: Sequence[JsonObject]) -> str:
    shown = [f"{quoted(_name(call))[1:-1]}({compact(_arguments(call))})" for call in calls[:_MOST_SHOWN]]
    more = f" and {len(calls) - _MOST_SHOWN} more" if len(calls) > _MOST_SHOWN else ""
    return f"calls {', '.join(shown)}{more}"


def shown_reply(seen: Seen) -> str:
    """Show a reply: its text, or what it has in place of one."""
    if seen.text:
        return quoted(seen.text)
    return f"no text, but {_calls(seen.tool_calls)}" if seen.tool_calls else "an empty reply"
