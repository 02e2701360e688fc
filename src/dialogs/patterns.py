"""Regular expressions and JSON paths that people write, and that no reply can make hang.

Expressions are RE2's, whose time grows with the text alone (https://github.com/google/re2/wiki/Syntax). Paths are those
of RFC 9535.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from dialogs.encoding import JsonValue, replace_surrogates

if TYPE_CHECKING:
    import re2
    from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment

_LONGEST_PATH: Final = 1_000
_MOST_DESCENTS: Final = 2  # the time grows with the power of it
_MOST_FOUND: Final = 10_000


class PatternError(ValueError):
    """What a person wrote is no expression or no path: what is wrong with it, in a few words."""


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled expression."""

    pattern: str
    _compiled: "re2._Regexp[str]"

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups that have one, in order."""
        return tuple(self._compiled.groupindex)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self._compiled.groups)

    def search(self, text: str) -> "re2._Match[str] | None":
        """Find the first match anywhere in the text; lone surrogates, which RE2 cannot read, are as U+FFFD."""
        return self._compiled.search(replace_surrogates(text))

    def without(self, text: str) -> str:
        """Leave out all that matches."""
        return str(self._compiled.sub("", replace_surrogates(text)))


@lru_cache(512)
def parse_regex(pattern: str) -> Regex:
    """Compile an RE2 expression.

    Raises:
        PatternError: it is none.
    """
    import re2  # noqa: PLC0415 - few commands need expressions

    options = re2.Options()
    options.log_errors = False
    try:
        return Regex(pattern, re2.compile(pattern, options))
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise PatternError(reason) from None


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path."""

    text: str
    _parsed: "JSONPath | CompoundJSONPath"

    def find(self, value: JsonValue) -> list[JsonValue]:
        """Return what stands at the path, at most 10,000 values; nothing in a value that is nested too deeply."""
        from jsonpath.exceptions import JSONPathError  # noqa: PLC0415 - few commands need paths

        try:
            found = self._parsed.finditer(value)
            return [cast("JsonValue", match.obj) for match in islice(found, _MOST_FOUND)]
        except (JSONPathError, RecursionError):
            return []

    def without(self, value: JsonValue) -> JsonValue:
        """Leave out what stands at the path, at most 10,000 values; a value nested too deeply stays as it is."""
        from jsonpath.exceptions import JSONPathError  # noqa: PLC0415 - few commands need paths

        try:
            found = {match.parts for match in islice(self._parsed.finditer(value), _MOST_FOUND)}
            return _pruned(value, (), found) if found else value
        except (JSONPathError, RecursionError):
            return value


def parse_json_path(path: str) -> JsonPath:
    """Parse a JSON path of RFC 9535, as `$.orders[0].id`.

    Raises:
        PatternError: it is none, or one that could take very long.
    """
    from jsonpath.exceptions import JSONPathError  # noqa: PLC0415 - few commands need paths

    if not path.startswith("$"):
        raise PatternError("it does not begin with $")
    if len(path) > _LONGEST_PATH:
        raise PatternError(f"a path of {len(path):,} characters; at most {_LONGEST_PATH:,} are read")
    if path.count("..") > _MOST_DESCENTS:
        raise PatternError(f"more than {_MOST_DESCENTS} descents (..)")
    try:
        parsed = _environment().compile(path)
    except (JSONPathError, RecursionError) as error:
        raise PatternError(str(error.args[0])) from None  # str(error) of this library can fail itself
    return JsonPath(path, parsed)


def _pruned(value: JsonValue, place: tuple[int | str, ...], found: Container[tuple[int | str, ...]]) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _pruned(item, (*place, key), found) for key, item in value.items() if (*place, key) not in found}
    if isinstance(value, list | tuple):
        items = enumerate(value)
        return [_pruned(item, (*place, index), found) for index, item in items if (*place, index) not in found]
    return value


@cache
def _environment() -> "JSONPathEnvironment":
    from jsonpath import JSONPathEnvironment  # noqa: PLC0415 - few commands need paths
    from jsonpath.function_extensions import ExpressionType, FilterFunction  # noqa: PLC0415

    class Matches(FilterFunction):
        """`match` and `search` of RFC 9535, by RE2: the library's own can be made to hang by a reply."""

        arg_types: Final = [ExpressionType.VALUE, ExpressionType.VALUE]
        return_type: Final = ExpressionType.LOGICAL

        def __init__(self, form: str) -> None:
            self._form = form

        def __call__(self, value: object, pattern: object) -> bool:
            if not isinstance(value, str) or not isinstance(pattern, str):
                return False
            try:
                return parse_regex(self._form.format(pattern)).search(value) is not None
            except PatternError:
                return False

    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions["match"] = Matches(r"\A(?:{})\z")
    environment.function_extensions["search"] = Matches("{}")
    return environment
