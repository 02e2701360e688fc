import os
from pathlib import Path

import pytest

from attributions import ROWS, Row
from dialogs.arms.verifying import verify_beside
from dialogs.compare import Label
from dialogs.verifying import verify

PAGE = Path(__file__).parents[2] / "docs" / "attribution.md"
BEGIN, END = "<!-- experiment -->\n", "<!-- end -->"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_each_turn_gets_the_label_that_its_history_makes_true(row: Row) -> None:
    assert row.found() == row.labels


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_every_history_of_the_experiment_is_what_was_sent(row: Row) -> None:
    baseline, candidate = row.played()

    assert (verify(baseline), verify_beside(baseline, None)) == (None, None)
    against = baseline if candidate.baseline_sha256 else None
    assert (verify(candidate), verify_beside(candidate, against)) == (None, None)


def test_the_experiment_has_every_label_of_a_turn() -> None:
    of_expectations = {Label.REGRESSION, Label.FIX, Label.UNMET}

    assert {label for row in ROWS for label in row.labels.split()} == {*Label} - of_expectations


def test_the_page_shows_the_experiment() -> None:
    lines = ["| what changed | label of each turn |", "|---|---|"]
    lines += [f"| {row.about} | {', '.join(f'`{label}`' for label in row.labels.split())} |" for row in ROWS]
    table = "".join(f"{line}\n" for line in lines)
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    if os.environ.get("DIALOGS_UPDATE_GOLDENS"):
        PAGE.write_text(f"{before}{BEGIN}{table}{END}{rest.split(END)[1]}", encoding="utf-8")

    assert rest.split(END)[0] == table or os.environ.get("DIALOGS_UPDATE_GOLDENS")
