from dataclasses import replace

import pytest

from builders import scenario
from dialogs.expansion import Expansion, ModelDefaults
from dialogs.scenario import Case
from dialogs.selection import Selection
from dialogs.sharding import Shard, parts

NOTHING = ModelDefaults({}, {})


def ids(expansion: Expansion) -> list[str]:
    return [dialogue.id for dialogue in expansion]


def test_dialogues_come_by_scenario_model_and_sample() -> None:
    scenarios = [scenario("Hi", name="b", models=("x", "y")), scenario("Hi", name="a")]

    assert ids(Expansion(scenarios, lambda _model: NOTHING, default_model="z", samples=2)) == (
        ["b@x#0", "b@x#1", "b@y#0", "b@y#1", "a@z#0", "a@z#1"]
    )


@pytest.mark.parametrize("selection", [Selection(), Selection(globs=("a*", "b@y#1*")), Selection(shard=Shard(1, 2))])
def test_names_sizes_and_parts_are_those_of_the_dialogues(selection: Selection) -> None:
    scenarios = [scenario("Hi", "Bye", name="b", models=("x", "y#1")), scenario("Hi", name="a")]
    expansion = Expansion(scenarios, lambda _model: NOTHING, default_model="z", samples=5, selection=selection)
    dialogues = list(expansion)

    assert list(expansion.ids()) == ids(expansion)
    assert expansion.size() == (len(dialogues), sum(dialogue.scenario.turns for dialogue in dialogues))
    dealt = [list(expansion.of_part(part)) for part in parts(3)]
    assert dealt == [list(part.of(dialogues)) for part in parts(3)]
    for model in expansion.model_names():
        shares = [sum(dialogue.model == model for dialogue in each) for each in dealt]
        assert sum(shares) == sum(dialogue.model == model for dialogue in dialogues)
        assert max(shares) - min(shares) <= 1


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


def test_the_cases_of_a_scenario_come_before_its_models() -> None:
    cases = (Case("acme", {"shop": "Acme"}), Case("lang=en", {"lang": "en"}))
    expansion = Expansion([scenario("Hi", cases=cases, models=("x", "y"))], lambda _model: NOTHING)

    assert ids(expansion) == ["talk[acme]@x#0", "talk[acme]@y#0", "talk[lang=en]@x#0", "talk[lang=en]@y#0"]
    assert next(iter(expansion)).case == {"shop": "Acme"}


def test_a_selection_leaves_out_what_it_does_not_take() -> None:
    scenarios = [scenario("Hi", name="a"), scenario("Hi", name="ab", tags=("smoke",))]
    selection = Selection(tags=("smoke",))

    assert ids(Expansion(scenarios, lambda _model: NOTHING, default_model="m", selection=selection)) == ["ab@m#0"]


def test_the_configuration_s_parameters_stand_under_the_scenario_s() -> None:
    defaults = ModelDefaults({"seed": 1, "temperature": 1}, {"top_k": 1})
    talk = scenario("Hi", params={"temperature": 0}, extra_body={"min_p": 0.1})
    (dialogue,) = Expansion([talk], lambda _model: defaults, default_model="m")

    assert dialogue.params == {"seed": 1, "temperature": 0}
    assert dialogue.extra_body == {"top_k": 1, "min_p": 0.1}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
def test_stretches_hold_every_dialogue_once_in_order(size: int) -> None:
    scenarios = [
        scenario("Hi", name="a", models=("x", "y")),
        scenario("Hi", name="b", cases=(Case("one", {}), Case("two", {}))),
        scenario("Hi", name="c"),
    ]
    whole = Expansion(scenarios, lambda _model: NOTHING, default_model="z", samples=2)
    stretches = [replace(whole, stretch=(start, start + size)) for start in range(0, whole.total(), size)]

    assert [name for stretch in stretches for name in ids(stretch)] == ids(whole)


def test_positions_count_dialogues_that_are_not_selected_too() -> None:
    talk = scenario("Hi", models=("x",))
    selection = Selection(globs=("*#1", "*#3"))
    expansion = Expansion([talk], lambda _model: NOTHING, samples=4, selection=selection, stretch=(2, 4))

    assert [(position, dialogue.id) for position, dialogue in expansion.positions()] == [(3, "talk@x#3")]
