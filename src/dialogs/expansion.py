"""Scenarios to dialogues: models, samples, and the selection of a part of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dialogs.encoding import JsonObject
from dialogs.scenario import Dialogue, Scenario


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of the dialogues: those with an id like one of `globs`, one of `tags`, and an id in `ids`.

    Empty globs and tags, and None for ids, mean all.
    """

    globs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: frozenset[str] | None = None

    def takes(self, dialogue: Dialogue) -> bool:
        """Say whether the dialogue belongs to the part; a glob may name the scenario alone."""
        names = (dialogue.id, dialogue.scenario.id)
        by_glob = not self.globs or any(fnmatchcase(name, glob) for glob in self.globs for name in names)
        by_tag = not self.tags or any(tag in dialogue.scenario.tags for tag in self.tags)
        by_id = self.ids is None or dialogue.id in self.ids
        return by_glob and by_tag and by_id


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """What the configuration gives to every request of a model, under the scenario's own."""

    params: JsonObject
    extra_body: JsonObject


@dataclass(frozen=True, slots=True)
class Expansion:
    """All dialogues of a run, in order of scenario, model, sample; made anew at each iteration, held nowhere.

    `models` replaces the scenarios' own where it is not empty; a scenario that names none gets `default_model`.
    """

    scenarios: Sequence[Scenario]
    defaults: Callable[[str], ModelDefaults]
    models: tuple[str, ...] = ()
    default_model: str | None = None
    samples: int = 1
    selection: Selection = Selection()

    def __iter__(self) -> Iterator[Dialogue]:
        """Give the dialogues in their order in the transcript file."""
        return filter(self.selection.takes, self._all())

    def _all(self) -> Iterator[Dialogue]:
        defaults = {model: self.defaults(model) for model in self.model_names()}
        for scenario in self.scenarios:
            for model in self._models_of(scenario):
                for sample in range(self.samples):
                    yield _dialogue(scenario, model, sample, defaults[model])

    def _models_of(self, scenario: Scenario) -> tuple[str, ...]:
        named = self.models or scenario.models
        return named or ((self.default_model,) if self.default_model else ())

    def model_names(self) -> tuple[str, ...]:
        """Name every model that a scenario asks for, in order of appearance."""
        return tuple(dict.fromkeys(model for scenario in self.scenarios for model in self._models_of(scenario)))

    def unnamed(self) -> tuple[Scenario, ...]:
        """Give the scenarios for which no model is known."""
        return tuple(scenario for scenario in self.scenarios if not self._models_of(scenario))


def _dialogue(scenario: Scenario, model: str, sample: int, defaults: ModelDefaults) -> Dialogue:
    return Dialogue(
        scenario=scenario,
        model=model,
        sample=sample,
        params={**defaults.params, **scenario.params},
        extra_body={**defaults.extra_body, **scenario.extra_body},
    )
