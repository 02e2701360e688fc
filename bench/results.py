"""What a benchmark found: tables and goals, as markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

_UNMET: Final = "**not met**"


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure, held against what was wanted."""

    name: str
    found: float
    wanted: float
    bound: Literal["at least", "at most"]
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the figure is on the right side."""
        return self.found >= self.wanted if self.bound == "at least" else self.found <= self.wanted

    def row(self) -> list[str]:
        """Show it as a row of a table."""
        verdict = "met" if self.is_met else _UNMET
        return [self.name, f"{self.found:.3g}{self.unit}", f"{self.bound} {self.wanted:g}{self.unit}", verdict]


@dataclass(slots=True)
class Section:
    """The results of one benchmark. `bars` are what a plot of it would show: names and values."""

    title: str
    words: str
    heads: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)

    def markdown(self) -> str:
        """Write the section."""
        parts = [f"### {self.title}", self.words]
        if self.rows:
            parts.append(table(self.heads, self.rows))
        if self.goals:
            parts.append(table(("goal", "found", "wanted", ""), [goal.row() for goal in self.goals]))
        parts += self.notes
        return "\n\n".join(parts)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a markdown table; all columns but the first are numbers."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
