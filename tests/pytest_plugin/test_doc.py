"""docs/pytest.md names the options that there are."""

import re
import tomllib
from pathlib import Path

import pytest

from dialogs import pytest_plugin

TEXT = (Path(__file__).parent.parent.parent / "docs" / "pytest.md").read_text(encoding="utf-8")


def test_its_table_names_every_option_and_setting() -> None:
    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    options = {name for option in parser.getgroup("dialogs").options for name in option.names()}

    assert set(re.findall(r"(--dialogs-[a-z]+)", TEXT)) == options
    assert {f"dialogs_{name.removeprefix('--dialogs-')}" for name in options} | {"dialogs_files"} == set(
        re.findall(r"`(dialogs_(?:model|endpoint|baseline|record|files))`", TEXT)
    )


def test_its_settings_are_those_of_the_plugin() -> None:
    (block,) = re.findall(r"```toml\n(.+?)```", TEXT, re.DOTALL)

    assert set(tomllib.loads(block)["tool"]["pytest"]["ini_options"]) <= set(re.findall(r"`(dialogs_[a-z]+)`", TEXT))
