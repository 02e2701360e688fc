"""The selection of a part of the dialogues: globs over their names, and expressions over their scenarios' tags."""

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import islice
from typing import Final, TypeAlias

from dialogs.errors import WrongUseError
from dialogs.scenario import Dialogue
from dialogs.sharding import Shard

_TOKEN: Final = re.compile(r'\s*(?:([()])|"([^"]*)"|([^\s()"]+))')
_OPERATORS: Final = ("and", "or", "not")
_DEEPEST: Final = 50
_LOOKED_AT: Final = 2_000
_NAMED: Final = 5

TagTest: TypeAlias = Callable[[AbstractSet[str]], bool]


def is_like(name: str, glob: str) -> bool:
    """Say whether a dialogue's name is like a glob of `*` and `?`. Brackets stand for themselves: ids have them."""
    return name == glob or fnmatchcase(name, glob.replace("[", "[[]"))


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of the dialogues: those with an id like one of `globs`, tags that meet one of `tags`, an id in `ids`.

    Of these `shard` holds its share. A glob may name a scenario, or one with its case, alone. A tag test is an
    expression as `smoke and not slow`. Empty globs and tags, and None for ids, mean all.

    Raises:
        WrongUseError: one of `tags` is no such expression.
    """

    globs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: frozenset[str] | None = None
    shard: Shard | None = None
    _tests: tuple[TagTest, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse the tag expressions."""
        object.__setattr__(self, "_tests", tuple(parse_tags(text) for text in self.tags))

    def takes(self, dialogue: Dialogue) -> bool:
        """Say whether the dialogue belongs to the part."""
        names = (dialogue.id, dialogue.scenario.id, f"{dialogue.scenario.id}[{dialogue.case_name}]")
        by_glob = not self.globs or any(is_like(name, glob) for glob in self.globs for name in names)
        by_tag = not self._tests or any(test(frozenset(dialogue.scenario.tags)) for test in self._tests)
        by_id = self.ids is None or dialogue.id in self.ids
        by_shard = self.shard is None or self.shard.holds(dialogue.id)
        return by_glob and by_tag and by_id and by_shard

    def nothing(self, dialogues: Iterable[Dialogue]) -> str:
        """Say what is wrong with a selection that takes none of `dialogues`: the first part of it that fits none."""
        known = list(islice(dialogues, _LOOKED_AT))
        names = {name for dialogue in known for name in (dialogue.scenario.id, dialogue.id)}
        for glob in self.globs:
            if not any(is_like(name, glob) for name in names):
                return f"--select {glob}: no dialogue is like it; {_near(glob, names, 'ids are')}"
        tags = {tag for dialogue in known for tag in dialogue.scenario.tags}
        if self.tags:
            words = {word for text in self.tags for word in re.findall(r"[^\s()\"]+", text)} - {*_OPERATORS, *tags}
            hint = _near(min(words, default=""), tags, "tags are")
            return f"--tag {', '.join(self.tags)}: no scenario of these has such tags; {hint}"
        return "--select, --tag and --rerun-failed leave no dialogue to play"


def _near(wanted: str, known: AbstractSet[str], label: str) -> str:
    near = get_close_matches(wanted, known, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    listed = sorted(known)
    return (
        f"{label} {', '.join(listed[:_NAMED])}{', …' if len(listed) > _NAMED else ''}" if listed else "there are none"
    )


def parse_tags(text: str) -> TagTest:
    """Read an expression over tags: `and`, `or`, `not` (which binds closest) and brackets; quotes around odd tags.

    Raises:
        WrongUseError: it is none.
    """
    return _TagParser(text).parse()


@dataclass(frozen=True, slots=True)
class _Token:
    """A tag, where it `is_tag`; else an operator or a bracket."""

    text: str
    is_tag: bool


class _TagParser:
    """Reads one expression by recursive descent: or, and, not, a tag or brackets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = list(reversed(self._tokens()))

    def parse(self) -> TagTest:
        if sum(token.text in {"(", "not"} for token in self._rest) > _DEEPEST:
            raise self._wrong(f"more than {_DEEPEST} brackets and nots")
        test = self._either()
        if self._rest:
            found = self._rest[-1].text
            raise self._wrong(f'a "{found}" too many' if found == ")" else f'wanted and or or before "{found}"')
        return test

    def _tokens(self) -> list[_Token]:
        tokens, position = [], 0
        text = self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._wrong("a quote without its end")
            bracket, quoted, word = match.groups()
            tokens.append(_Token(bracket or quoted or word or "", bracket is None and word not in _OPERATORS))
            position = match.end()
        return tokens

    def _either(self) -> TagTest:
        left = self._both()
        if not self._next_is("or"):
            return left
        right = self._either()
        return lambda tags: left(tags) or right(tags)

    def _both(self) -> TagTest:
        left = self._one()
        if not self._next_is("and"):
            return left
        right = self._both()
        return lambda tags: left(tags) and right(tags)

    def _one(self) -> TagTest:
        if self._next_is("not"):
            refused = self._one()
            return lambda tags: not refused(tags)
        if self._next_is("("):
            inner = self._either()
            if not self._next_is(")"):
                raise self._wrong('a "(" without its ")"')
            return inner
        if not self._rest:
            raise self._wrong("wanted a tag at the end")
        token = self._rest.pop()
        if not token.is_tag:
            raise self._wrong(f'wanted a tag before "{token.text}"')
        return lambda tags: token.text in tags

    def _next_is(self, text: str) -> bool:
        if self._rest and not self._rest[-1].is_tag and self._rest[-1].text == text:
            self._rest.pop()
            return True
        return False

    def _wrong(self, what: str) -> WrongUseError:
        return WrongUseError(f'--tag "{self._text}": {what}; wanted tags with and, or, not, as "smoke and not slow"')
