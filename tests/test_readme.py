"""What the README says is so."""

import re
from pathlib import Path

import pytest
import typer

from dialogs.cli.app import app
from dialogs.loading import load_configuration, load_scenarios
from dialogs.loading.scenarios import KEYS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """Return the words in code marks in the first column of the first table."""
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def commands() -> dict[str, typer.core.TyperCommand]:
    group = typer.main.get_command(app)
    return group.commands  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("title", ["Your first script", "Scenario files"])
def test_its_scenarios_load(title: str, tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.+?)```", section(title), re.DOTALL)
    (tmp_path / "example.yaml").write_text(block, encoding="utf-8")

    assert len(load_scenarios([str(tmp_path)])) == 1


def test_its_configuration_loads(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.+?)```", section("Models and endpoints"), re.DOTALL)
    (tmp_path / "dialogs.yaml").write_text(block, encoding="utf-8")

    assert set(load_configuration([str(tmp_path)], None).models) == {"fast", "ours", "azure-eu", "local", "agent"}


def test_its_table_of_keys_names_keys_of_the_loader() -> None:
    assert set(first_cells(section("Scenario files"))) <= set(KEYS.known)


def test_its_table_of_commands_names_them_all() -> None:
    table = section("Commands").split("`dialogs COMMAND --help`")[0]
    named = {words.split()[1] for words in first_cells(table) if words.startswith("dialogs ")}

    assert named == set(commands())


def test_the_flags_that_it_names_are_flags_of_run() -> None:
    known = {flag for parameter in commands()["run"].params for flag in parameter.opts}
    of_run = section("Commands").split("The flags of `run`")[1]
    text = of_run + section("Nothing paid is lost, nothing is bought twice") + section("Which turn changed, and why")

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_the_flags_in_its_table_of_commands_are_flags_of_these_commands() -> None:
    table = section("Commands").split("`dialogs COMMAND --help`")[0]
    rows = re.findall(r"^\| `dialogs ([a-z]+)(.*)\|$", table, re.MULTILINE)
    named = {(name, flag) for name, row in rows for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", row)}
    known = {(name, flag) for name, command in commands().items() for each in command.params for flag in each.opts}

    assert named
    assert named <= known


def test_the_shipped_scenarios_load() -> None:
    scenarios = load_scenarios([str(ROOT / "scenarios")])

    assert "microsoft" in [scenario.id for scenario in scenarios]
