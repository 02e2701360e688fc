import re

import pytest

from comparisons import EVERYTHING, FILES, HOSTILE, changed
from dialogs.compare import FAILING, Comparison, Label
from dialogs.reports.comparison_github import comparison_github
from dialogs.reports.workflow_commands import annotation


@pytest.mark.parametrize(
    ("place", "properties"),
    [
        ("scenarios/a.yaml:3:1", "file=scenarios/a.yaml,line=3,col=1,"),
        ("a.yaml:3", "file=a.yaml,line=3,"),
        ("a.yaml", "file=a.yaml,"),
        ("a,b:c%.yaml:3:1", "file=a%2Cb%3Ac%25.yaml,line=3,col=1,"),
        ("a\nb.yaml:x:1", "file=a%0Ab.yaml%3Ax,line=1,"),
        (None, ""),
    ],
)
def test_an_annotation_points_at_a_place(place: str | None, properties: str) -> None:
    assert annotation("error", "text", title="name", place=place) == f"::error {properties}title=name::text"


def test_hostile_text_stays_on_the_line_of_its_annotation() -> None:
    line = annotation("warning", HOSTILE, title=HOSTILE, place=HOSTILE)

    assert len(line.splitlines()) == 1
    head = line.removeprefix("::warning ").split("::")[0]
    assert [part.split("=")[0] for part in head.split(",")] == ["file", "title"]
    assert re.findall("%(?!25|0A|0D|3A|2C)", line) == []


def lines(*dialogues: object, fail_on: frozenset[Label] = FAILING) -> list[str]:
    return list(comparison_github(Comparison(dialogues), FILES, fail_on))  # type: ignore[arg-type]


def test_there_are_at_most_ten_and_the_last_counts_all() -> None:
    found = lines(*(changed(f"talk-{number}") for number in range(30)))

    assert len(found) == 10
    assert found[-1] == (
        "::notice title=dialogs diff::30 dialogues: 30 changed%0A21 more dialogues without an annotation; "
        "dialogs diff baselines/main.jsonl outputs/new.jsonl shows all%0A"
        "To accept: dialogs accept outputs/new.jsonl baselines/main.jsonl"
    )


def test_the_worst_comes_first_at_the_expectation_that_is_unmet() -> None:
    first, *_ = comparison_github(EVERYTHING, FILES, FAILING)

    assert first.startswith("::error file=scenarios/lamp.yaml,line=7,col=9,title=lamp[acme]@gpt-4.1#0%3A regression in")


@pytest.mark.parametrize(
    ("fail_on", "levels"),
    [
        (FAILING, "error error error error error notice"),
        (frozenset[Label](), "warning warning warning warning warning notice"),
    ],
)
def test_what_fails_is_an_error_and_what_does_not_a_warning_or_a_notice(fail_on: frozenset[Label], levels: str) -> None:
    found = [line.split()[0].strip(":") for line in comparison_github(EVERYTHING, FILES, fail_on)]

    assert found[:-1] == levels.split()


def test_where_nothing_differs_only_the_counts_are_said() -> None:
    assert lines(EVERYTHING.dialogues[-1]) == ["::notice title=dialogs diff::1 dialogue: 1 same"]  # type: ignore[index]
