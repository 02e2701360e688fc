"""Whether two replies are the same under given rules, in what they differ, and how like each other they are."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, TypeAlias, TypeVar

from dialogs.compare.comparison import Aspect
from dialogs.compare.replies import Replies, Reply, ToolCall
from dialogs.compare.words import words
from dialogs.encoding import JsonValue, canonical, decode
from dialogs.errors import WrongUseError
from dialogs.model_text import ModelText
from dialogs.patterns import PatternError, parse_json_path, parse_regex
from dialogs.sameness import Metric, Normalization, Sameness

Likeness: TypeAlias = Callable[[str, str], float]
_Rule = TypeVar("_Rule")


@dataclass(frozen=True, slots=True)
class Difference:
    """In what two replies differ, nothing where they are the same, and the likeness of their texts."""

    aspects: tuple[Aspect, ...] = ()
    similarity: float | None = None


_NOTHING: Final = Difference()
_ONLY_CONTENT: Final = Difference((Aspect.CONTENT,))


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as it is compared; the canonical form of JSON is the same or not, and never nearly so."""

    text: str
    is_json: bool = False


def lexical_likeness(one: str, other: str) -> float:
    """Return twice the longest common subsequence of words over the words of both, from 0 to 1."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only this metric needs it

    return float(Indel.normalized_similarity(words(one), words(other)))


class Rules:
    """Judges replies by the rules that were given."""

    def __init__(self, sameness: Sameness, semantic: Likeness | None = None) -> None:
        """Compile the rules; `semantic` is the likeness by meaning, which the metric of that name needs.

        Raises:
            WrongUseError: a rule is no expression, or no path, or the semantic metric has no likeness.
        """
        if sameness.metric is Metric.SEMANTIC and semantic is None:
            raise WrongUseError("the semantic metric needs a model that measures meaning")
        self.sameness = sameness
        self._is_to_the_letter = sameness.is_to_the_letter
        self._likeness = {Metric.EXACT: None, Metric.LEXICAL: lexical_likeness, Metric.SEMANTIC: semantic}[
            sameness.metric
        ]
        self._ignored = [_parsed(parse_regex, rule) for rule in sameness.ignore]
        self._paths = [_parsed(parse_json_path, rule) for rule in sameness.ignore_paths]

    def difference(self, old: Replies, new: Replies) -> Difference:
        """Hold the replies of a turn against each other, round by round."""
        if self._is_to_the_letter and len(old) == len(new) == 1 and not (old[0].is_json or new[0].is_json):
            return self._to_the_letter(old[0], new[0])
        if old == new:
            return Difference((), None if self._likeness is None else 1.0)
        rounds = list(zip_longest(old, new, fillvalue=Reply()))
        differing: set[Aspect] = set()
        likenesses: list[float] = []
        for before, after in rounds:
            differing |= set(self._other_aspects(before, after))
            for aspect, is_same, likeness in self._texts(before, after):
                differing |= set() if is_same else {aspect}
                likenesses += [] if likeness is None else [likeness]
        return Difference(tuple(aspect for aspect in Aspect if aspect in differing), min(likenesses, default=None))

    def _to_the_letter(self, old: Reply, new: Reply) -> Difference:
        """Hold two replies against each other where nothing is overlooked, as most are."""
        if old == new:
            return _NOTHING
        others = self._other_aspects(old, new)
        if not others and old.refusal == new.refusal and old.content != new.content:
            return _ONLY_CONTENT
        differing = {*others, Aspect.CONTENT if old.content != new.content else None}
        differing.add(Aspect.REFUSAL if old.refusal != new.refusal else None)
        return Difference(tuple(aspect for aspect in Aspect if aspect in differing))

    def _other_aspects(self, old: Reply, new: Reply) -> list[Aspect]:
        found = []
        if old.finish_reason != new.finish_reason:
            found.append(Aspect.FINISH_REASON)
        if old.tool_calls != new.tool_calls and self._calls(old) != self._calls(new):
            found.append(Aspect.TOOL_CALLS)
        return found

    def _calls(self, reply: Reply) -> list[tuple[str, _Text]]:
        return [(call.name.raw, self._arguments(call)) for call in reply.tool_calls]

    def _arguments(self, call: ToolCall) -> _Text:
        return self._as_json(call.arguments.raw) or self._as_text(call.arguments.raw)

    def _texts(self, old: Reply, new: Reply) -> list[tuple[Aspect, bool, float | None]]:
        wants_json = old.is_json or new.is_json or bool(self._paths)
        pairs = ((Aspect.CONTENT, old.content, new.content), (Aspect.REFUSAL, old.refusal, new.refusal))
        return [
            (aspect, *self._judged(before, after, wants_json=wants_json and aspect is Aspect.CONTENT))
            for aspect, before, after in pairs
            if before is not None or after is not None
        ]

    def _judged(self, old: ModelText | None, new: ModelText | None, *, wants_json: bool) -> tuple[bool, float | None]:
        if old is None or new is None:
            return False, None if self._likeness is None else 0.0
        before, after = self._forms(old.raw, new.raw, wants_json=wants_json)
        if self._likeness is None:
            return before == after, None
        likeness = 1.0 if before == after else self._likeness(before.text, after.text)
        nearly = likeness >= self.sameness.least_likeness and not before.is_json
        return before == after or nearly, likeness

    def _forms(self, old: str, new: str, *, wants_json: bool) -> tuple[_Text, _Text]:
        if wants_json:
            before, after = self._as_json(old), self._as_json(new)
            if before is not None and after is not None:
                return before, after
        return self._as_text(old), self._as_text(new)

    def _as_json(self, text: str) -> _Text | None:
        """Return the canonical form of what is left when the rules are done; None where the text is no JSON."""
        try:
            value = decode(text)
            for path in self._paths:
                value = path.without(value)
            return _Text(canonical(self._cleaned(value)).decode(), is_json=True)
        except (ValueError, RecursionError):  # nested too deeply for Python's own encoder
            return None

    def _cleaned(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self._as_text(value).text
        if isinstance(value, Mapping):
            return {key: self._cleaned(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._cleaned(item) for item in value]
        return value

    def _as_text(self, text: str) -> _Text:
        if Normalization.UNICODE in self.sameness.normalize:
            text = unicodedata.normalize("NFC", text)
        for pattern in self._ignored:
            text = pattern.without(text)
        if Normalization.WHITESPACE in self.sameness.normalize:
            text = " ".join(text.split())
        return _Text(text)


def _parsed(parse: Callable[[str], _Rule], rule: str) -> _Rule:
    try:
        return parse(rule)
    except PatternError as error:
        wanted = "wanted a regular expression of RE2, or a JSON path that begins with $"
        raise WrongUseError(f'a rule of what to ignore cannot be read: "{rule}": {error}; {wanted}') from None
