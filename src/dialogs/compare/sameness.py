"""When two replies count as the same."""

from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """How the likeness of two texts is measured."""

    EXACT = "exact"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Normalization(StrEnum):
    """What is made equal before texts are compared, where it is asked for."""

    UNICODE = "unicode"
    WHITESPACE = "whitespace"


@dataclass(frozen=True, slots=True)
class Sameness:
    """The rules under which replies are compared; the default is to the letter.

    `threshold` is the likeness, from 0 to 1, from which on texts are the same (`exact` has none). `ignore` are regular
    expressions whose matches do not count, `ignore_paths` JSON paths whose values do not.
    """

    metric: Metric = Metric.EXACT
    threshold: float | None = None
    ignore: tuple[str, ...] = ()
    ignore_paths: tuple[str, ...] = ()
    normalize: tuple[Normalization, ...] = ()
