"""What docs/scenarios.md and docs/expectations.md say is so."""

import re
from pathlib import Path

import pytest

from dialogs.expectation_kinds import KINDS
from dialogs.loading import (
    captures,
    entries,
    load_configuration,
    load_scenarios,
    parts,
    response_formats,
    scenarios,
    tool_results,
    tools,
)

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "scenarios.md").read_text(encoding="utf-8")
EXPECTATIONS = (DOCS / "expectations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n((?!# dialogs.yaml).+?)```", TEXT + EXPECTATIONS, re.DOTALL)
CONFIGURATIONS = re.findall(r"```yaml\n(# dialogs.yaml.+?)```", TEXT + EXPECTATIONS, re.DOTALL)


def keys_in(title: str) -> tuple[str, ...]:
    """Return the keys in the first column of a section's table."""
    text = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("schemas", "pictures"):
        (tmp_path / folder).mkdir()
    (tmp_path / "schemas/order.json").write_text('{"type": "object"}')
    (tmp_path / "pictures/broken-lamp.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "cases.csv").write_text("id,shop,lang\nacme,Acme,en\n")
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_loads(project: Path, block: str) -> None:
    (project / "example.yaml").write_text(block, encoding="utf-8")

    assert len(load_scenarios([str(project)], environ={"SHOP_TOKEN": "s3cret"})) == 1


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_every_configuration_loads(tmp_path: Path, block: str) -> None:
    (tmp_path / "dialogs.yaml").write_text(block, encoding="utf-8")

    assert load_configuration([str(tmp_path)]).path == tmp_path / "dialogs.yaml"


def test_every_kind_of_expectation_is_explained() -> None:
    assert tuple(re.findall(r"^\| `(\w+): ", EXPECTATIONS, re.MULTILINE)) == KINDS


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("The keys of a scenario", scenarios.KEYS.known),
        ("Turns", entries.KEYS.known),
        ("Parameters", response_formats.KEYS.known),
        ("Captures", captures.KEYS.known),
        ("Content parts", parts.KEYS.known),
        ("Tools", tools.FUNCTION_KEYS.known),
        ("Results of tools", tool_results.KEYS.known),
        ("Expectations", KINDS),
    ],
)
def test_its_tables_name_every_key(title: str, keys: tuple[str, ...]) -> None:
    assert sorted(keys_in(title)) == sorted(keys)
