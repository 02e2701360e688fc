from dataclasses import replace

import pytest

from builders import dialogue, in_turn, play
from dialogs.compare import Comparison, compare
from dialogs.reports.models_table import Alike, alike, models_table
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from dialogs.sameness import Metric, Sameness
from dialogs.transcript import Transcript


def on(model: str, *answers: str) -> Transcript:
    return replace(play(dialogue("One", "Two"), in_turn(*answers))[0], model=model)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("a b c d", "e"), Alike(2, 2, 1.0)),
        (("a b c x", "e"), Alike(2, 1, 0.875)),
        (("x", "y"), Alike(2, 0, 0.0)),
    ],
)
def test_two_models_are_held_against_each_other_to_the_letter_and_by_words(
    answers: tuple[str, ...], expected: Alike
) -> None:
    def compared(sameness: Sameness | None = None) -> Comparison:
        return compare([on("m", "a b c d", "e")], [on("n", *answers)], sameness)

    assert alike(compared(), compared(Sameness(Metric.LEXICAL, 1.0))) == expected


def test_each_two_models_stand_in_the_table_twice() -> None:
    found = {("one", "둘"): Alike(10, 3, 0.5), ("one", "c"): Alike(8, 8, 1.0), ("둘", "c"): Alike(0, 0, 0.0)}

    text = page(models_table(["one", "둘", "c"], lambda *pair: found[pair]), Terminal())

    assert text.splitlines()[1:] == [
        "          1     2     3",
        "1 one     ·   30%  100%",
        "2 둘   0.50     ·     -",
        "3 c    1.00     -     ·",
        "over 0 to 10 turns, each model on its own history",
    ]
