"""The filters of a script's templates: Jinja2's, without those for HTML, chance and tricks, and with bounds."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import filters as jinja
from jinja2 import pass_context
from jinja2.exceptions import FilterArgumentError

from dialogs.encoding import JsonValue, encode_line
from dialogs.templating.budget import BudgetContext

_KEPT: Final = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items", "last",
    "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort",
    "string", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
)  # fmt: skip
_MOST_PLACES: Final = 100
_WIDEST_INDENT: Final = 16


@pass_context
def _replace(context: BudgetContext, text: str, old: str, new: str, count: int = -1) -> str:
    text, old, new = (str(context.seen(each)) for each in (text, old, new))
    context.check(len(text) + (text.count(old) * len(new)))
    return text.replace(old, new, count)


@pass_context
def _join(context: BudgetContext, items: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        get = jinja.make_attrgetter(context.environment, attribute)
        items = map(get, items)
    texts = []
    for item in items:
        texts.append(str(context.seen(item)))
        context.spend(len(separator))
    return separator.join(texts)


@pass_context
def _indent(context: BudgetContext, text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - Jinja2's signature
    text = str(text)
    context.check(len(text) + (text.count("\n") + 1) * (len(width) if isinstance(width, str) else width))
    return jinja.do_indent(text, width, first, blank)


@pass_context
def _sum(context: BudgetContext, items: Iterable[Any], attribute: str | int | None = None, start: float = 0) -> float:
    numbers = items if attribute is None else map(jinja.make_attrgetter(context.environment, attribute), items)
    total = start
    for number in numbers:
        total += _number(number)
    return total


def _number(value: Any) -> float:  # noqa: ANN401 - it is checked here
    if isinstance(value, int | float):
        return value
    raise FilterArgumentError(f"sum of a {type(value).__name__}; wanted numbers")  # lists would be copied each time


def _round(number: float, precision: int = 0, method: Any = "common") -> float:  # noqa: ANN401 - checked by Jinja2
    if abs(precision) > _MOST_PLACES:
        raise FilterArgumentError(f"round to {precision} places; wanted at most {_MOST_PLACES}")
    return jinja.do_round(number, precision, method)


def _to_json(value: JsonValue, indent: int | None = None) -> str:
    """Write JSON as other files have it: Jinja2's own escapes what HTML would act on."""
    if indent is None:
        return encode_line(value)
    if not 0 <= indent <= _WIDEST_INDENT:
        raise FilterArgumentError(f"an indent of {indent}; wanted 0 to {_WIDEST_INDENT}")
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


@pass_context
def _seen(context: BudgetContext, value: Any) -> Any:  # noqa: ANN401 - it gives back what it gets
    return context.seen(value)


@pass_context
def _each(context: BudgetContext, items: Iterable[Any], cost: int) -> Iterator[Any]:
    return context.each(items, cost)


@pass_context
def _joined(context: BudgetContext, items: Iterable[Any]) -> str:
    return _join(context, items)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: jinja.FILTERS[name] for name in _KEPT},
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "sum": _sum,
    "tojson": _to_json,
    "_seen": _seen,
    "_each": _each,
    "_joined": _joined,
}
