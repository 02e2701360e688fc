"""Jinja2 for scripts: no attribute tricks, no files, no chance, and a budget for the work of one rendering.

Jinja2's own sandbox bounds a single `range` and nothing else; so each loop, call, filter and operator is led past the
budget here.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dialogs.encoding import JsonValue
from dialogs.templating.budget import TOO_MUCH, BudgetContext, size
from dialogs.templating.faults import TemplateFault
from dialogs.templating.filters import FILTERS
from dialogs.templating.rewriting import BudgetedNodes, optional_variables, refuse_files

_FILE: Final = "<template>"  # Jinja2's own name for a template of no file, in tracebacks
_NOT_IN_SCRIPTS: Final = ("lipsum",)
_CALL: Final = 100  # a call takes some steps' time
_MOST_BITS: Final = 4_096
_MOST_ITEMS: Final = 100_000
_METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset(
        ("capitalize", "count", "endswith", "find", "isalpha", "isdigit", "islower", "isupper", "lower", "lstrip",
         "removeprefix", "removesuffix", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper")
    ),
    dict: frozenset(("get", "items", "keys", "values")),
    list: frozenset(("count", "index")),
}  # fmt: skip


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    context_class = BudgetContext

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, finalize=_finalize)
        self.filters = dict(FILTERS)
        self.globals["range"] = _range
        for name in _NOT_IN_SCRIPTS:
            del self.globals[name]

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja2's signature
        """Prefer what data hold over the methods of their types: `order.items` is the order's."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        for kind, methods in _METHODS.items():
            if isinstance(obj, kind):
                return attr in methods
        return not isinstance(obj, int | float | tuple) and super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:  # noqa: ANN401
        hint = f"; wanted the filter {attribute}" if attribute in FILTERS else ""
        return self.undefined(
            f".{attribute} of a {type(obj).__name__} is not for scripts{hint}", name=attribute, exc=SecurityError
        )

    def wrap_str_format(self, _value: Any) -> None:  # noqa: ANN401
        """Know no safe form of `str.format`: it is no method for scripts."""

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        _budget(context).spend(_CALL)
        for argument in (*args, *kwargs.values()):
            _budget(context).spend(size(argument, _budget(context).left))
        return _budget(context).seen(super().call(context, obj, *args, **kwargs))

    def call_filter(  # noqa: PLR0917 - Jinja2's signature
        self,
        name: str,
        value: Any,  # noqa: ANN401
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        context: Context | None = None,
        eval_ctx: nodes.EvalContext | None = None,
    ) -> Any:  # noqa: ANN401
        """Apply a filter that another filter names, as `map` does."""
        result = super().call_filter(name, value, args, kwargs, context, eval_ctx)
        return result if context is None else _budget(context).seen(result)

    def call_test(  # noqa: PLR0917 - Jinja2's signature
        self,
        name: str,
        value: Any,  # noqa: ANN401
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        context: Context | None = None,
        eval_ctx: nodes.EvalContext | None = None,
    ) -> Any:  # noqa: ANN401
        """Apply a test that a filter names, as `select` does."""
        if context is not None:
            _budget(context).seen(value)
        return super().call_test(name, value, args, kwargs, context, eval_ctx)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        _check_operands(_budget(context), operator, left, right)
        return _budget(context).seen(super().call_binop(context, operator, left, right))


def _budget(context: Context) -> BudgetContext:
    if not isinstance(context, BudgetContext):
        raise TypeError("a template is rendered without a budget")
    return context


@pass_context
def _finalize(context: BudgetContext, value: Any) -> Any:  # noqa: ANN401 - it gives back what it gets
    if isinstance(value, Undefined):
        return str(value)  # raises, but where an `if` has no `else`: that is nothing
    if callable(value):
        raise SecurityError("a function is no text; wanted a call of it, with brackets")
    if not isinstance(value, str):
        context.spend(size(value, context.left))
    text = str(value)
    context.spend(len(text))
    return text


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > _MOST_ITEMS:
        raise SecurityError(f"a range of {len(numbers):,} numbers; wanted at most {_MOST_ITEMS:,}")
    return numbers


def _check_operands(budget: BudgetContext, sign: str, left: Any, right: Any) -> None:  # noqa: ANN401
    """Refuse what would make a value too large, before it is made."""
    match sign, left, right:
        case "%", str(), _:
            raise SecurityError("formatting with % is not for scripts; wanted ~ between the parts")
        case "*", str() | list() | tuple(), int():
            budget.check(len(left) * right)
        case "*", int(), str() | list() | tuple():
            budget.check(left * len(right))
        case ("*", int(), int()) if left.bit_length() + right.bit_length() > _MOST_BITS:
            raise SecurityError(TOO_MUCH)
        case ("**", int(), int()) if left.bit_length() * abs(right) > _MOST_BITS:
            raise SecurityError(TOO_MUCH)


class Sandbox:
    """Reads and renders templates; those that were read are kept, the last few hundred of them."""

    def __init__(self) -> None:
        """Make the one environment of all templates."""
        self._environment = _Environment()
        self._known = frozenset(self._environment.globals)
        self.template_of: Callable[[str], Template] = lru_cache(512)(self._compile)

    def variables_of(self, source: str) -> frozenset[str]:
        """Return the variables that a template needs.

        Raises:
            TemplateFault: it cannot be read.
        """
        return _reading(lambda: self._needed(self._parse(source)))

    def _needed(self, parsed: nodes.Template) -> frozenset[str]:
        # Jinja2 compiles a template to find its variables, and refuses unknown filters only then.
        return frozenset(find_undeclared_variables(parsed) - self._known - optional_variables(parsed))

    def render(self, source: str, values: Mapping[str, JsonValue]) -> str:
        """Render a template.

        Raises:
            TemplateFault: it cannot be read or rendered.
        """
        template = self.template_of(source)
        try:
            return template.render(values)
        except RecursionError:
            raise TemplateFault("macros call each other without end, or values hold each other too deeply") from None
        except (
            TemplateError,
            AssertionError,
            AttributeError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            raise TemplateFault(_message(error), _line(error)) from None

    def _compile(self, source: str) -> Template:
        mark = _mark_for(source)

        def compiled() -> Template:
            parsed = self._parse(source.replace("\r", mark))
            return self._environment.from_string(BudgetedNodes(mark).visit(parsed))

        return _reading(compiled)

    def _parse(self, source: str) -> nodes.Template:
        parsed = self._environment.parse(source)
        refuse_files(parsed)
        return parsed


SANDBOX: Final = Sandbox()

_Read = TypeVar("_Read")


def _reading(read: Callable[[], _Read]) -> _Read:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # `{{ 1[2] }}` fails when it is rendered
            return read()
    except TemplateSyntaxError as error:
        raise TemplateFault(error.message or "it is no template", error.lineno) from None
    except TemplateError as error:  # found where Jinja2 works out what is constant
        raise TemplateFault(_message(error)) from None
    except (RecursionError, SyntaxError, MemoryError):  # the last two are how Python's compiler gives up
        raise TemplateFault("the template is nested too deeply") from None
    except ValueError as error:  # a number of too many digits
        raise TemplateFault(str(error)) from None


def _mark_for(source: str) -> str:
    """Choose a character that the text does not have: Jinja2 would turn each carriage return into a newline."""
    return next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in source)


def _message(error: Exception) -> str:
    match error:
        case TemplateError(message=str(message)):
            return message
        case KeyError():
            return f"{error} is not there"
        case ZeroDivisionError():
            return "a division by zero"
        case _:
            return str(error)


def _line(error: Exception) -> int:
    """Return the line that Jinja2 wrote into the traceback, of the innermost piece of the template."""
    line, traceback = 1, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == _FILE:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
