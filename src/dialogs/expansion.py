"""Scenarios to dialogues: their cases, models and samples."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

from dialogs.configuration import Configuration
from dialogs.encoding import JsonObject
from dialogs.scenario import Case, Dialogue, Scenario
from dialogs.selection import Selection
from dialogs.sharding import Part


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """What the configuration gives to every request of a model, under the scenario's own."""

    params: JsonObject
    extra_body: JsonObject


def defaults_of(model: str, configuration: Configuration) -> ModelDefaults:
    """Return what a configuration says of the model that it, or anyone, calls by this name."""
    named = configuration.models.get(model)
    if named is None:
        return ModelDefaults(configuration.params, {})
    return ModelDefaults({**configuration.params, **named.params}, named.extra_body)


@dataclass(frozen=True, slots=True)
class Expansion:
    """All dialogues of a run, in order of scenario, case, model, sample; made anew at each iteration, held nowhere.

    `models` replaces the scenarios' own where it is not empty; a scenario that names none gets `default_model`.
    `stretch` is the part of all dialogues, before any selection, from a position to another one, that is given.
    """

    scenarios: Sequence[Scenario]
    defaults: Callable[[str], ModelDefaults]
    models: tuple[str, ...] = ()
    default_model: str | None = None
    samples: int = 1
    selection: Selection = field(default_factory=Selection)
    stretch: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[Dialogue]:
        """Give the dialogues in their order in the transcript file."""
        selected = filter(self.selection.takes, self._all())
        return selected if self.selection.shard is None else self._placed()

    def _placed(self) -> Iterator[Dialogue]:
        """Give the dialogues of a shard with their places among all of them."""
        for position, dialogue in self.positions():
            yield replace(dialogue, position=position)

    def positions(self) -> Iterator[tuple[int, Dialogue]]:
        """Give each dialogue with its position (from 0) among all that there are before any selection."""
        start = self.stretch[0] if self.stretch else 0
        for position, dialogue in enumerate(self._all(), start):
            if self.selection.takes(dialogue):
                yield position, dialogue

    def of_part(self, part: Part) -> Iterator[Dialogue]:
        """Give the dialogues of a part, in the same order, without making the others."""
        if self.stretch or self.selection != Selection():
            yield from part.of(self)
            return
        dealt: Counter[str] = Counter()
        for scenario, case, model, defaults in self._groups():
            for sample in range(self.samples):
                if part.holds(dealt[model] + sample):
                    yield _dialogue(scenario, case, model, sample, defaults)
            dealt[model] += self.samples

    def ids(self) -> Iterator[str]:
        """Name the dialogues in their order."""
        if self.stretch or self.selection != Selection():
            yield from (dialogue.id for dialogue in self)
            return
        for scenario, case, model, defaults in self._groups():
            name = _dialogue(scenario, case, model, 0, defaults).name
            yield from (f"{name}#{sample}" for sample in range(self.samples))

    def size(self) -> tuple[int, int]:
        """Count the dialogues, and their turns."""
        if self.stretch or self.selection != Selection():
            counts = ((1, dialogue.scenario.turns) for dialogue in self)
        else:
            counts = ((self._count(scenario), scenario.turns) for scenario in self.scenarios)
        dialogues = turns = 0
        for count, each in counts:
            dialogues += count
            turns += count * each
        return dialogues, turns

    def _groups(self) -> Iterator[tuple[Scenario, Case | None, str, ModelDefaults]]:
        """Give what all samples of a dialogue have in common."""
        defaults = {model: self.defaults(model) for model in self.model_names()}
        for scenario in self.scenarios:
            for case, model in product(scenario.cases or (None,), self._models_of(scenario)):
                yield scenario, case, model, defaults[model]

    def total(self) -> int:
        """Count all dialogues that there are before any selection."""
        return sum(map(self._count, self.scenarios))

    def _count(self, scenario: Scenario) -> int:
        return max(1, len(scenario.cases)) * len(self._models_of(scenario)) * self.samples

    def _all(self) -> Iterator[Dialogue]:
        defaults = {model: self.defaults(model) for model in self.model_names()}
        start, stop = self.stretch or (0, None)
        first = 0
        for scenario in self.scenarios:
            end = first + self._count(scenario)
            if end > start and (stop is None or first < stop):
                every = product(scenario.cases or (None,), self._models_of(scenario), range(self.samples))
                for case, model, sample in islice(every, max(start - first, 0), None if stop is None else stop - first):
                    yield _dialogue(scenario, case, model, sample, defaults[model])
            first = end

    def _models_of(self, scenario: Scenario) -> tuple[str, ...]:
        named = self.models or scenario.models
        return named or ((self.default_model,) if self.default_model else ())

    def model_names(self) -> tuple[str, ...]:
        """Name every model that a scenario asks for, in order of appearance."""
        return tuple(dict.fromkeys(model for scenario in self.scenarios for model in self._models_of(scenario)))

    def unnamed(self) -> tuple[Scenario, ...]:
        """Give the scenarios for which no model is known."""
        return tuple(scenario for scenario in self.scenarios if not self._models_of(scenario))


def _dialogue(scenario: Scenario, case: Case | None, model: str, sample: int, defaults: ModelDefaults) -> Dialogue:
    return Dialogue(
        scenario=scenario,
        model=model,
        sample=sample,
        params={**defaults.params, **scenario.params},
        extra_body={**defaults.extra_body, **scenario.extra_body},
        case=None if case is None else case.values,
        case_name=None if case is None else case.name,
    )
