"""The locked versions are those that pyproject.toml allows, and name no package index."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
GROUPS: dict[str, list[Any]] = PYPROJECT["dependency-groups"]


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE))


def group(name: str) -> list[str]:
    entries = GROUPS[name]
    own = [entry for entry in entries if isinstance(entry, str)]
    return own + [each for entry in entries if isinstance(entry, dict) for each in group(entry["include-group"])]


def unmet(requirements: list[str], versions: dict[str, str]) -> list[str]:
    """Name what the lock does not fulfil; `make lock` would bring it in."""
    parsed = [Requirement(text) for text in requirements]
    return [str(each) for each in parsed if not each.specifier.contains(versions.get(each.name, "0.dev0"))]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("run.txt", [*EXTRAS["embedded"], *group("build")]),
        ("dev.txt", [*EXTRAS["embedded"], *EXTRAS["azure"], *group("build"), *group("dev")]),
    ],
)
def test_the_lock_is_up_to_date(lock: str, requirements: list[str]) -> None:
    assert unmet([*PYPROJECT["project"]["dependencies"], *requirements], locked(lock)) == []


def test_both_locks_name_the_same_versions() -> None:
    assert locked("run.txt").items() <= locked("dev.txt").items()


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_the_lock_names_no_package_index(lock: str) -> None:
    assert "://" not in (ROOT / "requirements" / lock).read_text(encoding="utf-8")
