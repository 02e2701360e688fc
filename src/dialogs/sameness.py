"""When two replies count as the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Metric(StrEnum):
    """How the likeness of two texts is measured."""

    EXACT = "exact"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Normalization(StrEnum):
    """What is made equal before texts are compared, where it is asked for."""

    UNICODE = "unicode"
    WHITESPACE = "whitespace"


THRESHOLDS: Final[Mapping[Metric, float]] = {Metric.EXACT: 1.0, Metric.LEXICAL: 0.9, Metric.SEMANTIC: 0.9}
_NORMALIZED: Final[Mapping[Normalization, str]] = {
    Normalization.UNICODE: "composed and decomposed Unicode characters are equal (NFC)",
    Normalization.WHITESPACE: "runs of white space are one space",
}


@dataclass(frozen=True, slots=True)
class Sameness:
    """The rules under which replies are compared; the default is to the letter.

    `threshold` is the likeness, from 0 to 1, from which on texts are the same; None is the metric's default (`exact`
    has none). `ignore` are regular expressions whose matches do not count, `ignore_paths` JSON paths whose values do
    not.
    """

    metric: Metric = Metric.EXACT
    threshold: float | None = None
    ignore: tuple[str, ...] = ()
    ignore_paths: tuple[str, ...] = ()
    normalize: tuple[Normalization, ...] = ()

    def ignoring(self, rules: Iterable[str]) -> "Sameness":
        """Add rules as people write them: what begins with $ is a JSON path, the rest are regular expressions."""
        every = dict.fromkeys((*self.ignore, *self.ignore_paths, *rules))
        return replace(
            self,
            ignore=tuple(rule for rule in every if not rule.startswith("$")),
            ignore_paths=tuple(rule for rule in every if rule.startswith("$")),
        )

    @property
    def least_likeness(self) -> float:
        """The likeness from which on texts are the same."""
        return THRESHOLDS[self.metric] if self.threshold is None else self.threshold

    @property
    def is_to_the_letter(self) -> bool:
        """Whether nothing is overlooked."""
        return self == Sameness()

    def rules(self) -> list[str]:
        """Say in a few words each what is overlooked; nothing by default."""
        words = []
        if self.metric is not Metric.EXACT:
            words.append(f"texts are the same from a {self.metric} likeness of {self.least_likeness:g} on")
        words += [_NORMALIZED[each] for each in self.normalize]
        words += [f"ignored: {pattern}" for pattern in (*self.ignore, *self.ignore_paths)]
        return words
