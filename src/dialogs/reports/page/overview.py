"""What the page says of all dialogues together, gathered in one pass over them."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.compare import InputDifference, Label
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.media import content_text
from dialogs.reports.page.dialogue import TONES, PagePair
from dialogs.reports.page.facts import InputView, input_view
from dialogs.reports.page.texts import plain
from dialogs.transcript import Outcome, Transcript

# The choice of all labels that say more than "same".
DIFFERS: Final = "differs"
_MOST_ROWS: Final = 50
_MOST_CAUSES: Final = 20
_MOST_SAID: Final = 120
_BAR: Final = 64
_HEIGHT: Final = 100
# Bars of latency end at 1, 2 and 5 of each power of ten, in milliseconds.
_STEPS: Final = (1, 2, 5)
_SECOND_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the overview."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TableView:
    """Counts in rows; `more` rows are not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture, in its units."""

    x: int
    y: int
    width: int
    height: int
    label: str
    title: str

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class LatencyView:
    """The distribution of latencies."""

    bars: tuple[Bar, ...]
    width: int
    summary: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """What went in differently, and in how many dialogues."""

    input: InputView
    dialogues: int


@dataclass(frozen=True, slots=True)
class FilterView:
    """A choice above the list."""

    name: str
    title: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Overview:
    """Gathers what the page needs before its first dialogue; holds a short line for each, never its texts."""

    rows: list[tuple[str, str, str, str, str, tuple[str, ...], str]] = field(default_factory=list)
    labels_of_turns: list[tuple[str, ...]] = field(default_factory=list)
    differing: list[tuple[int, ...]] = field(default_factory=list)
    dialogue_labels: Counter[Label] = field(default_factory=Counter)
    turn_labels: Counter[Label] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    verdicts: dict[str, dict[str, Counter[Outcome | Label]]] = field(
        default_factory=lambda: {"scenario": {}, "model": {}},
    )
    inputs: Counter[InputDifference] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    turns: int = 0
    compared: bool = False

    def add(self, pair: PagePair) -> None:
        """Count one dialogue."""
        transcript, comparison = pair.transcript, pair.comparison
        label, differing = "", _failed_turns(transcript)
        if comparison is not None:
            self.compared = True
            label = comparison.label.value
            changes = [turn for turn in comparison.turns if turn.label is not Label.SAME]
            differing = tuple(turn.turn for turn in changes)
            self.dialogue_labels[comparison.label] += 1
            self.turn_labels.update(turn.label for turn in comparison.turns)
            self.inputs.update(comparison.inputs)
        name = comparison.id if comparison is not None else transcript.id
        row = (name, label, transcript.outcome.value, transcript.model, transcript.scenario, transcript.tags)
        self.rows.append((*row, _first_words(transcript)))
        self.labels_of_turns.append(tuple(dict.fromkeys(_labels(pair))))
        self.differing.append(differing)
        for kind, of in (("scenario", transcript.scenario), ("model", transcript.model)):
            verdict = transcript.outcome if comparison is None else comparison.label
            self.verdicts[kind].setdefault(of, Counter())[verdict] += 1
        self._count(transcript)

    def _count(self, transcript: Transcript) -> None:
        self.outcomes[transcript.outcome] += 1
        usage = transcript.usage
        if transcript.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + transcript.cost_usd
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.turns += len(transcript.turns)
        for turn in transcript.turns:
            for completion in turn.completions:
                if completion.latency_ms is not None:
                    self.latencies[_bin(completion.latency_ms)] += 1

    @property
    def figures(self) -> Iterator[Figure]:
        """The numbers at the top."""
        yield Figure("dialogue" if len(self.rows) == 1 else "dialogues", f"{len(self.rows):,}")
        yield Figure("turn asked" if self.turns == 1 else "turns asked", f"{self.turns:,}")
        for outcome in Outcome:
            if self.outcomes[outcome] and not self.compared:
                yield Figure(outcome.value, f"{self.outcomes[outcome]:,}")
        for label in Label:
            if self.dialogue_labels[label]:
                noun = "dialogue" if self.dialogue_labels[label] == 1 else "dialogues"
                yield Figure(f"{noun} {label.value}", f"{self.dialogue_labels[label]:,}")
        if self.prompt_tokens or self.completion_tokens:
            yield Figure("tokens in", f"{self.prompt_tokens:,}")
            yield Figure("tokens out", f"{self.completion_tokens:,}")
        if self.cost_usd:
            yield Figure("cost", f"${self.cost_usd:,.4f}")

    @property
    def tables(self) -> Iterator[TableView]:
        """The counts by label, scenario and model."""
        if self.turn_labels:
            rows = tuple((label.value, f"{self.turn_labels[label]:,}") for label in Label if self.turn_labels[label])
            yield TableView("Turns by label", ("label", "turns"), rows)
        yield self._verdicts("model")
        # A table of ones would say again what the list says.
        if len(self.verdicts["scenario"]) < len(self.rows):
            yield self._verdicts("scenario")

    def _verdicts(self, kind: str) -> TableView:
        counts = self.verdicts[kind]
        found = [each for each in (Label if self.compared else Outcome) if any(counts[name][each] for name in counts)]
        # What failed most stands first.
        names = sorted(counts, key=lambda name: -_failed(counts[name]))
        rows = [(name, *(f"{counts[name][each]:,}" for each in found)) for name in names[:_MOST_ROWS]]
        heads = (kind, *(each.value for each in found))
        return TableView(f"Dialogues by {kind}", heads, tuple(rows), max(len(names) - _MOST_ROWS, 0))

    @property
    def causes(self) -> Iterator[CauseView]:
        """What went in differently, commonest first."""
        for difference, number in self.inputs.most_common(_MOST_CAUSES):
            yield CauseView(input_view(difference), number)

    @property
    def latency(self) -> LatencyView | None:
        """The picture of the latencies, None where none is known."""
        if not self.latencies:
            return None
        low, high, most = min(self.latencies), max(self.latencies), max(self.latencies.values())
        bars = tuple(self._bar(each - low, each, most) for each in range(low, high + 1))
        total = self.latencies.total()
        half, most_of_all = (_upper(_quantile(self.latencies, share)) for share in (0.5, 0.95))
        middle = f"half of {total:,} completions within {half}, 95 %"
        summary = f"{f'95 % of {total:,} completions' if half == most_of_all else middle} within {most_of_all}"
        return LatencyView(bars, len(bars) * _BAR, summary)

    def _bar(self, position: int, step: int, most: int) -> Bar:
        number = self.latencies[step]
        height = math.ceil(_HEIGHT * number / most)
        label = f"≤ {_upper(step)}"
        return Bar(position * _BAR + 4, _HEIGHT + 8 - height, _BAR - 8, height, label, f"{label}: {number:,}")

    @property
    def filters(self) -> Iterator[FilterView]:
        """The choices above the list; none where there is nothing to choose."""
        return (choice for choice in self._choices() if len(choice.values) > 1)

    def _choices(self) -> Iterator[FilterView]:
        if self.compared:
            present = {
                *(label.value for label in self.dialogue_labels),
                *(x for each in self.labels_of_turns for x in each),
            }
            differs = [DIFFERS] if present - {Label.SAME.value} else []
            yield FilterView("label", "Label", (*differs, *(name for name in _label_order() if name in present)))
        columns = (("outcome", "Outcome", 2), ("model", "Model", 3), ("scenario", "Scenario", 4))
        for name, title, column in columns:
            yield FilterView(name, title, tuple(sorted({str(row[column]) for row in self.rows})))
        tags = {tag for row in self.rows for tag in row[5]}
        if tags:
            yield FilterView("tag", "Tag", tuple(sorted(tags)))

    def index(self, title: str) -> str:
        """Return what the page's program reads, as JSON that cannot end its element."""
        rows: list[JsonValue] = [[_clean(cell) for cell in row] for row in self.rows]
        record: JsonObject = {
            "title": title,
            "rows": rows,
            "turns": self.labels_of_turns,
            "differing": self.differing,
            "tones": TONES,
        }
        return encode_line(record).replace("<", "\\u003c")


def _clean(cell: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return plain(cell) if isinstance(cell, str) else tuple(plain(each) for each in cell)


def _labels(pair: PagePair) -> Iterator[str]:
    for turn in pair.comparison.turns if pair.comparison else ():
        yield turn.label.value
        yield from (change.label.value for change in turn.expectations)


def _label_order() -> Iterable[str]:
    return (label.value for label in Label)


def _failed_turns(transcript: Transcript) -> tuple[int, ...]:
    failed = [turn.turn for turn in transcript.turns if not turn.is_met]
    failed += [transcript.error.turn] if transcript.error else []
    return tuple(sorted(set(failed)))


def _first_words(transcript: Transcript) -> str:
    for message in transcript.messages:
        content = content_text(message.get("content")) or message.get("content")
        if message.get("role") == "user" and isinstance(content, str):
            return " ".join(content[: 2 * _MOST_SAID].split())[:_MOST_SAID]
    return ""


def _failed(counts: Mapping[Outcome | Label, int]) -> int:
    return sum(number for verdict, number in counts.items() if verdict not in {Outcome.COMPLETED, Label.SAME})


def _bin(latency_ms: float) -> int:
    """Return the number of the step (0 is 1 ms) that a latency does not pass."""
    step = 0
    while _edge_ms(step) < latency_ms:
        step += 1
    return step


def _edge_ms(step: int) -> int:
    return int(_STEPS[step % 3] * 10 ** (step // 3))


def _upper(step: int) -> str:
    edge = _edge_ms(step)
    return f"{edge} ms" if edge < _SECOND_MS else f"{edge // _SECOND_MS} s"


def _quantile(counts: Mapping[int, int], share: float) -> int:
    wanted, seen = share * sum(counts.values()), 0
    for step in sorted(counts):
        seen += counts[step]
        if seen >= wanted:
            return step
    return max(counts)
