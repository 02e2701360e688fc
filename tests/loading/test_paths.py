"""Files, folders and globs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.errors import InvalidFilesError
from dialogs.loading import load_scenarios

TREE = (
    "b.yaml",
    "a.yml",
    "dialogs.yaml",
    "notes.md",
    ".hidden.yaml",
    ".git/x.yaml",
    "sub/c.yaml",
    "sub/deep/d.yaml",
    "sub.yaml/e.yaml",
    "[odd].yaml",
)


@pytest.fixture(autouse=True)
def tree(folder: Path) -> None:
    for number, name in enumerate(TREE):
        path = folder / "scenarios" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"id: s{number}\nturns: [hi]\n")


def loaded(*paths: str) -> list[str]:
    return [scenario.place.file.removeprefix("scenarios/") for scenario in load_scenarios(paths)]


def refusal(*paths: str) -> str:
    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios(paths)
    return str(caught.value)


def test_a_folder_means_all_scenario_files_below_it_in_order() -> None:
    assert loaded("scenarios") == ["[odd].yaml", "a.yml", "b.yaml", "sub/c.yaml", "sub/deep/d.yaml", "sub.yaml/e.yaml"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["scenarios/b.yaml", "scenarios/a.yml"], ["b.yaml", "a.yml"]),
        (["scenarios/b.yaml", "./scenarios//b.yaml", "scenarios/sub/../b.yaml"], ["b.yaml"]),
        (
            ["scenarios/sub", "scenarios"],
            ["sub/c.yaml", "sub/deep/d.yaml", "[odd].yaml", "a.yml", "b.yaml", "sub.yaml/e.yaml"],
        ),
        (["scenarios/dialogs.yaml", "scenarios/b.yaml"], ["b.yaml"]),
        (["scenarios/[odd].yaml"], ["[odd].yaml"]),
        (["scenarios/[ab].*"], ["a.yml", "b.yaml"]),
        (["scenarios/*.yaml"], ["[odd].yaml", "b.yaml", "sub.yaml/e.yaml"]),
        (["scenarios/*/*.yaml"], ["sub/c.yaml", "sub.yaml/e.yaml"]),
        (["scenarios/**/*.yaml"], ["[odd].yaml", "b.yaml", "sub.yaml/e.yaml", "sub/c.yaml", "sub/deep/d.yaml"]),
        (["**/d.yaml"], ["sub/deep/d.yaml"]),
        (["scenarios/sub/**"], ["sub/c.yaml", "sub/deep/d.yaml"]),
        (["scenarios/?.yml"], ["a.yml"]),
    ],
)
def test_arguments_mean_files_in_their_order_and_each_once(paths: list[str], expected: list[str]) -> None:
    assert loaded(*paths) == expected


def test_any_name_is_read_where_it_is_given_itself() -> None:
    assert loaded("scenarios/notes.md", "scenarios/.hidden.yaml") == ["notes.md", ".hidden.yaml"]


def test_absolute_paths_are_shown_as_they_were_given(folder: Path) -> None:
    assert loaded(str(folder / "scenarios/b.yaml"), f"{folder}/scenarios/a*") == [
        f"{folder}/scenarios/b.yaml",
        f"{folder}/scenarios/a.yml",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("gone.yaml", "gone.yaml: No such file or directory; wanted a scenario file, a folder or a glob"),
        ("scenarios/b.yaml/x", "scenarios/b.yaml/x: Not a directory; wanted a scenario file, a folder or a glob"),
        ("", '"": an empty path; wanted a scenario file, a folder or a glob'),
        ("a\0b", "a\\x00b: the name cannot be used; wanted a scenario file, a folder or a glob"),
        ("x" * 300, f"{'x' * 300}: File name too long; wanted a scenario file, a folder or a glob"),
        ("gone/*.yaml", "gone: cannot be read: No such file or directory; wanted a readable folder"),
        ("scenarios/*.json", "scenarios/*.json: the glob matches nothing; wanted scenario files"),
        ("scenarios/[", "scenarios/[: the glob matches nothing; wanted scenario files"),
    ],
)
def test_an_argument_that_means_nothing_is_told(path: str, expected: str) -> None:
    assert refusal(path) == expected


def test_a_name_is_shown_harmlessly() -> None:
    Path("red\x1b[31m\n.yaml").write_text("turns: []\n")

    assert refusal("red\x1b[31m\n.yaml").startswith(
        "red\\x1b[31m\\n.yaml:1:1: no id, and the file's name cannot be one"
    )


def test_a_name_that_is_no_utf_8_is_shown_and_read() -> None:
    Path(os.fsdecode(b"caf\xe9.yaml")).write_text("id: a\nturns: [hi]\n")

    (scenario,) = load_scenarios([os.fsdecode(b"caf\xe9.yaml")])

    assert scenario.place.file == "caf\\xe9.yaml"


@pytest.mark.parametrize("argument", ["scenarios", "scenarios/**"])
def test_links_that_lead_in_circles_are_not_followed(argument: str) -> None:
    Path("scenarios/round").symlink_to(".")
    Path("scenarios/sub/up").symlink_to("..")
    Path("scenarios/itself").symlink_to("itself")

    assert sorted(loaded(argument)) == [
        *("[odd].yaml", "a.yml", "b.yaml", "sub.yaml/e.yaml", "sub/c.yaml", "sub/deep/d.yaml"),
    ]


def test_a_link_to_a_folder_elsewhere_is_refused(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    Path("scenarios/link").symlink_to(folder / "elsewhere")

    assert refusal("scenarios") == (
        "scenarios/link: a symbolic link that leads out of its folder; wanted a file inside"
    )


@pytest.mark.parametrize("glob", ["scenarios/*/t.yaml", "scenarios/l*", "scenarios/**/l*/*.yaml"])
def test_a_glob_does_not_lead_out_of_the_folder_that_it_begins_in(folder: Path, glob: str) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/t.yaml").write_text("turns: [password]\n")
    Path("scenarios/link").symlink_to(folder / "elsewhere")

    assert "scenarios/link" in refusal(glob)
    assert "a symbolic link that leads out of its folder; wanted a file inside" in refusal(glob)


@pytest.fixture
def deep_folder(folder: Path) -> Iterator[None]:
    """Make a scenario below 1100 folders in each other: more than Python's stack is deep."""
    for _ in range(1100):
        Path("d").mkdir()
        os.chdir("d")
    Path("talk.yaml").write_text("turns: [hi]\n")
    os.chdir(folder)
    yield
    os.chdir(folder / "/".join(["d"] * 1100))
    Path("talk.yaml").unlink()
    for _ in range(1100):
        os.chdir("..")
        Path("d").rmdir()


@pytest.mark.usefixtures("deep_folder")
def test_a_very_deep_tree_is_walked() -> None:
    assert loaded("d", "d/**/talk.yaml") == ["d/" * 1100 + "talk.yaml"]
