"""Which judge a run needs, and where it answers."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dialogs.configuration import Configuration, JudgeConfiguration
from dialogs.endpoints.cassette import CassetteEndpoint
from dialogs.endpoints.judges import RUBRICS, SIMILARITIES, open_judges
from dialogs.errors import WrongUseError
from dialogs.expectations import judged_parts
from dialogs.journal.cassette import Cassette
from dialogs.replaying import JudgeEndpoints
from dialogs.scenario import Dialogue, Expectation, Scenario, UserTurn

if TYPE_CHECKING:
    from dialogs.endpoints.opening import OpenedEndpoint

_WITHOUT = "--no-judge"
_SETTINGS = {"rubric": ("model", "the name of a model"), "similar": ("embedding_model", "a model of embeddings")}


def judged_kinds(dialogues: Iterable[Dialogue], scenarios: Iterable[Scenario]) -> Mapping[str, Expectation]:
    """Return the kinds of expectations that need a judge in a run, with the first of each; `scenarios` are all loaded.

    Where no scenario has any, the dialogues are not gone through.
    """
    if not any(True for scenario in scenarios for _ in _judged(scenario)):
        return {}
    played = {dialogue.scenario.id: dialogue.scenario for dialogue in dialogues}
    found: dict[str, Expectation] = {}
    for scenario in played.values():
        for expectation in _judged(scenario):
            found.setdefault(expectation.kind, expectation)
    return found


def _judged(scenario: Scenario) -> Iterator[Expectation]:
    turns = (entry.expect for entry in scenario.entries if isinstance(entry, UserTurn))
    for expectations in (scenario.expect, *turns):
        for expectation in expectations:
            yield from judged_parts(expectation)


def open_judge(
    kinds: Mapping[str, Expectation],
    configuration: Configuration,
    *,
    concurrency: int,
    timeout_s: float | None = None,
    opened: "Mapping[str, OpenedEndpoint] | None" = None,
    without: str = _WITHOUT,
) -> JudgeEndpoints | None:
    """Open the endpoints of the judge that the configuration names; None where nothing needs one.

    One of the `opened`, by their models' names, may be the judge's too. `without` is how to do without, for messages.

    Raises:
        WrongUseError: the configuration names none for a kind, or its endpoint cannot be used.
    """
    if not kinds:
        return None
    check_judge(kinds, configuration.judge, without=without)
    judges = open_judges(
        frozenset(kinds), configuration, os.environ, concurrency=concurrency, timeout_s=timeout_s, opened=opened
    )
    return JudgeEndpoints(judges, configuration.judge.params)


def check_judge(kinds: Mapping[str, Expectation], judge: JudgeConfiguration, *, without: str = _WITHOUT) -> None:
    """Find out whether the configuration names a judge for each kind.

    Raises:
        WrongUseError: it does not.
    """
    for kind, expectation in kinds.items():
        _check_named(kind, expectation, judge, without)


def _check_named(kind: str, expectation: Expectation, judge: JudgeConfiguration, without: str) -> None:
    key, wanted = _SETTINGS[kind]
    if getattr(judge, key) is None:
        raise WrongUseError(
            f"{expectation.place}: {kind} needs a judge, and no configuration names one; "
            f"wanted {wanted} as {key} under judge in dialogs.yaml, or {without}"
        )


def judge_models(kinds: Mapping[str, Expectation], judge: JudgeConfiguration) -> dict[str, str]:
    """Return, by the names of the judge's endpoints, the models that the configuration names for the kinds."""
    named = {"rubric": (RUBRICS, judge.model), "similar": (SIMILARITIES, judge.embedding_model)}
    return {endpoint: model for kind, (endpoint, model) in named.items() if kind in kinds and model is not None}


def judge_from(
    cassette: Cassette, kinds: Mapping[str, Expectation], judge: JudgeConfiguration, *, without: str = _WITHOUT
) -> JudgeEndpoints | None:
    """Return a judge whose verdicts are those in a cassette; None where nothing needs one.

    Raises:
        WrongUseError: it has no verdicts of a kind.
    """
    names = [name for kind, name in (("rubric", RUBRICS), ("similar", SIMILARITIES)) if kind in kinds]
    missing = [name for name in names if name not in cassette.endpoints]
    if missing:
        raise WrongUseError(f"{cassette.path} has no verdicts of a judge; wanted {without}, or to record it again")
    return JudgeEndpoints({name: CassetteEndpoint(cassette, name) for name in names}, judge.params) if names else None
