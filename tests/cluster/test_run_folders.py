from dataclasses import replace

import pytest

from builders import scenario
from dialogs.cluster.run_folders import divide, size_of_parts
from dialogs.selection import Selection
from loop_cluster import expansion_of

TALK = scenario("One", "Two")


@pytest.mark.parametrize(
    ("dialogues", "slots", "places", "size"),
    [
        (400, 4, 16, 64),  # each place is taken four times, so that few stand empty at a part's end
        (10, 4, 16, 3),  # no node is left without
        (4_000, 4, 16, 250),
        (10_000_000, 100, 16, 1_000),
        (0, 4, 16, 1),
    ],
)
def test_parts_are_small_enough_for_all_and_large_enough_for_each(
    dialogues: int, slots: int, places: int, size: int
) -> None:
    assert size_of_parts(dialogues, slots=slots, places=places) == size


def test_a_division_counts_what_is_played_and_knows_it_again() -> None:
    division = divide(expansion_of(TALK, 10), 4)

    assert (division.count, division.bounds, division.dialogues, division.turns) == (3, (0, 4, 8, 10), 10, 20)
    assert division.ids == divide(expansion_of(TALK, 10), 3).ids
    assert division.ids != divide(expansion_of(TALK, 11), 4).ids


def test_parts_of_a_selection_have_as_many_dialogues_each() -> None:
    expansion = replace(expansion_of(TALK, 10), selection=Selection(("*1]*", "*[c4]*", "*[c7]*")))
    division = divide(expansion, 2)
    parts = [replace(expansion, stretch=division.bounds[k : k + 2]) for k in range(division.count)]  # type: ignore[arg-type]

    assert [[dialogue.case_name for dialogue in part] for part in parts] == [["c1", "c4"], ["c7"]]


def test_nothing_is_divided_into_no_part() -> None:
    expansion = replace(expansion_of(TALK, 3), selection=Selection(("none",)))

    assert divide(expansion, 2).count == 0
