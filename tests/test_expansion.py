import pytest

from builders import scenario
from dialogs.expansion import Expansion, ModelDefaults, Selection

NOTHING = ModelDefaults({}, {})


def ids(expansion: Expansion) -> list[str]:
    return [dialogue.id for dialogue in expansion]


def test_dialogues_come_by_scenario_model_and_sample() -> None:
    scenarios = [scenario("Hi", name="b", models=("x", "y")), scenario("Hi", name="a")]

    assert ids(Expansion(scenarios, lambda _model: NOTHING, default_model="z", samples=2)) == (
        ["b@x#0", "b@x#1", "b@y#0", "b@y#1", "a@z#0", "a@z#1"]
    )


def test_a_model_given_for_the_run_replaces_the_scenarios_own() -> None:
    expansion = Expansion([scenario("Hi", models=("x",))], lambda _model: NOTHING, models=("m", "n"))

    assert ids(expansion) == ["talk@m#0", "talk@n#0"]
    assert expansion.model_names() == ("m", "n")


def test_an_expansion_can_be_iterated_again() -> None:
    expansion = Expansion([scenario("Hi")], lambda _model: NOTHING, default_model="m")

    assert ids(expansion) == ids(expansion)


def test_scenarios_without_a_model_are_told() -> None:
    named, unnamed = scenario("Hi", name="a", models=("x",)), scenario("Hi", name="b")

    assert Expansion([named, unnamed], lambda _model: NOTHING).unnamed() == (unnamed,)


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), ["a@m#0", "ab@m#0"]),
        (Selection(globs=("a",)), ["a@m#0"]),
        (Selection(globs=("a*@m#*",)), ["a@m#0", "ab@m#0"]),
        (Selection(tags=("smoke",)), ["ab@m#0"]),
        (Selection(globs=("a",), tags=("smoke",)), []),
        (Selection(tags=("smoke", "other")), ["ab@m#0"]),
    ],
)
def test_a_selection_takes_ids_by_glob_and_scenarios_by_tag(selection: Selection, selected: list[str]) -> None:
    scenarios = [scenario("Hi", name="a"), scenario("Hi", name="ab", tags=("smoke",))]

    assert ids(Expansion(scenarios, lambda _model: NOTHING, default_model="m", selection=selection)) == selected


def test_the_configuration_s_parameters_stand_under_the_scenario_s() -> None:
    defaults = ModelDefaults({"seed": 1, "temperature": 1}, {"top_k": 1})
    talk = scenario("Hi", params={"temperature": 0}, extra_body={"min_p": 0.1})
    (dialogue,) = Expansion([talk], lambda _model: defaults, default_model="m")

    assert dialogue.params == {"seed": 1, "temperature": 0}
    assert dialogue.extra_body == {"top_k": 1, "min_p": 0.1}
