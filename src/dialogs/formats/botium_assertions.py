"""What Botium's convos assert of the bot's messages, to expectations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dialogs.encoding import JsonValue, decode
from dialogs.errors import Place
from dialogs.formats.drafts import Draft
from dialogs.formats.expectations import any_of, is_re2, signed
from dialogs.loading.faults import quoted
from dialogs.scenario import Expectation

_TEXT: Final = re.compile(
    r"TEXT(?:_(?P<mode>CONTAINS|INCLUDE|EQUALS|REGEXP|WILDCARD|WILDCARDEXACT))?(?:_(?P<how>ALL|ANY))?(?P<ic>_IC)?"
)
_LOGIC: Final = re.compile(
    r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|BUTTONS|MEDIA|CARDS|INTENT|ENTITIES|PAUSE|WAITFORBOT|INCLUDE|FORMS"
)
_VARIABLE: Final = re.compile(r"\$\w+")
_QUOTED: Final = re.compile(r"([\\.+*?()|\[\]{}^$])")
_ANYTHING: Final = r"(?s)."


def bot_expectations(
    draft: Draft, lines: Sequence[JsonValue], place: Place, utterances: Mapping[str, Sequence[str]]
) -> list[Expectation]:
    """Map the lines of a #bot section; text without an asserter is to be contained, as Botium does by default."""
    found: list[Expectation] = []
    texts: list[str] = []
    for line in lines:
        name, arguments, marks = _parsed(line)
        if name is None:
            texts.append(str(line))
        elif "optional" in marks:
            draft.lose("optional expectation (?)")
        else:
            found += _asserted(draft, name, arguments, place, negated="not" in marks)
    text = "\n".join(texts).strip()
    return [*_of_text(draft, text, place, utterances), *found]


def _parsed(line: JsonValue) -> tuple[str | None, list[str], set[str]]:
    """Return the asserter of a line, None where it is text, its arguments, and the marks before it."""
    if isinstance(line, dict):
        name = str(line.get("asserter") or line.get("logichook") or next(iter(line), ""))
        given = line.get("args", line.get(name))
        arguments = [str(item) for item in given] if isinstance(given, list) else [str(given)] * (given is not None)
        return name, arguments, {mark for mark in ("not", "optional") if line.get(mark) is True}
    marks, rest = _marks(str(line))
    name, _, tail = rest.partition(" ")
    if (not _TEXT.fullmatch(name) and not _LOGIC.fullmatch(name)) or name.startswith("UTT_"):
        return None, [], marks
    return name, list(_arguments(tail)), marks


def _marks(text: str) -> tuple[set[str], str]:
    """Read ? (optional) and ! (not) at the beginning; doubled, they are text."""
    marks = set()
    for mark, name in (("?", "optional"), ("!", "not")):
        if text.startswith(mark):
            marks |= set() if text.startswith(mark * 2) else {name}
            text = text[1:]
    return marks, text


def _arguments(text: str) -> Iterator[str]:
    for part in re.split(r"(?<!\\)\|", text):
        if argument := part.replace("\\|", "|").strip():
            yield argument


def _asserted(draft: Draft, name: str, arguments: list[str], place: Place, *, negated: bool) -> list[Expectation]:
    found = _TEXT.fullmatch(name)
    if found is None:
        draft.lose(f"{quoted(name)} in #bot")
        return []
    if any(_VARIABLE.search(argument) for argument in arguments):
        draft.lose("expectation with a variable ($)")
        return []
    if not arguments:
        return signed([Expectation("regex", _ANYTHING, place)], negated=negated)
    mode, ignores_case = found["mode"] or "EQUALS", bool(found["ic"])
    made = [_check(mode, argument, place, ignores_case=ignores_case) for argument in arguments]
    whole = [check for check in made if check is not None]
    if len(whole) < len(made):
        draft.lose(f"{quoted(name)} in #bot, which no expectation of ours can say")
        return []
    return signed(whole if found["how"] == "ALL" else [any_of(whole, place)], negated=negated)


def _check(mode: str, argument: str, place: Place, *, ignores_case: bool) -> Expectation | None:
    flag = "(?i)" if ignores_case else ""
    match mode:
        case "CONTAINS" | "INCLUDE":
            return Expectation("icontains" if ignores_case else "contains", argument, place)
        case "EQUALS" if ignores_case:
            return Expectation("regex", f"(?i)^{_literally(argument)}$", place)
        case "EQUALS":
            return Expectation("equals", argument, place)
        case "REGEXP":
            return Expectation("regex", f"{flag}{argument}", place) if is_re2(argument) else None
        case _:
            pattern = ".*".join(map(_literally, argument.split("*")))
            exact = mode == "WILDCARDEXACT"
            return Expectation("regex", f"{flag}^{pattern}$" if exact else f"{flag}{pattern}", place)


def _literally(text: str) -> str:
    return _QUOTED.sub(r"\\\1", text)


def _of_text(draft: Draft, text: str, place: Place, utterances: Mapping[str, Sequence[str]]) -> Iterator[Expectation]:
    marks, said = _marks(text)
    if not said:
        return
    if "optional" in marks:
        draft.lose("optional expectation (?)")
    elif _VARIABLE.search(said):
        draft.lose("expectation with a variable ($)")
    elif said.startswith("UTT_") and said not in utterances:
        draft.lose(f"utterances {quoted(said)}, which are not among the files")
    elif _is_json(said):
        draft.lose("expectation of a message in JSON")
    else:
        texts = utterances.get(said) or [said]
        whole = any_of([Expectation("contains", one, place) for one in texts], place)
        yield from signed([whole], negated="not" in marks)


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        return isinstance(decode(text), dict | list)
    except ValueError:
        return False
