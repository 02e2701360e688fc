"""What an editor makes of the schemas, by yaml-language-server."""

from pathlib import Path

import pytest

from command import dialogs
from yaml_language_server import needs_yaml_language_server, opened

pytestmark = [pytest.mark.yaml_language_server, needs_yaml_language_server]
LINE = "# yaml-language-server: $schema=scenario.schema.json\n"


def write(folder: Path, text: str, *, schema: str = "scenario") -> Path:
    """Write a file with its schema beside it, as `dialogs init` does."""
    (folder / f"{schema}.schema.json").write_text(dialogs("schema", schema, cwd=folder).stdout, encoding="utf-8")
    path = folder / "talk.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("half", "offered"),
    [
        ("description: Half written\npar", {"params", "tags", "cases"}),
        ('turns:\n  - Hello\n  - user: "Where?"\n    exp', {"expect", "capture", "params"}),
        ("turns:\n  - user: Hi\n    expect:\n      - con", {"contains", "not_contains", "rubric"}),
        ("turns:\n  - user: Hi\n    expect:\n      - json_path:\n          pa", {"path", "equals", "not_contains"}),
        ("params:\n  temp", {"temperature", "max_completion_tokens"}),
        ("tool_results:\n  look_up:\n    - wh", {"when", "return", "sequence"}),
    ],
)
def test_keys_are_offered_in_a_file_that_is_half_written(tmp_path: Path, half: str, offered: set[str]) -> None:
    with opened(write(tmp_path, f"{LINE}{half}\n")) as editor:
        assert offered <= editor.completions(half[-12:])


def test_a_key_is_explained(tmp_path: Path) -> None:
    with opened(write(tmp_path, f"{LINE}turns:\n  - user: Hi\n    expect:\n      - contains: lamp\n")) as editor:
        assert "The reply contains this text, or all of a list." in editor.hover("- contai")
        assert "What is said, in order." in editor.hover("\ntur")


def test_what_is_wrong_is_underlined_and_nothing_else(tmp_path: Path) -> None:
    text = f"{LINE}turns:\n  - no\n  - 12:30\n  - usr: Hi\n"
    with opened(write(tmp_path, text)) as editor:
        found = editor.faults()

    assert {line for line, _ in found} == {5}


@pytest.mark.parametrize("name", ["lamp-shop.yaml", "few-shot.yaml", "as-written.yaml"])
def test_a_shipped_scenario_has_nothing_underlined(tmp_path: Path, name: str) -> None:
    shipped = (Path(__file__).parents[2] / "scenarios" / name).read_text(encoding="utf-8")
    with opened(write(tmp_path, f"{LINE}{shipped}")) as editor:
        assert editor.faults() == []


def test_the_configuration_is_completed_too(tmp_path: Path) -> None:
    text = "# yaml-language-server: $schema=config.schema.json\njudge:\n  emb\nmodels:\n  fast:\n    endp\n"
    with opened(write(tmp_path, text, schema="config")) as editor:
        assert "embedding_model" in editor.completions("\n  emb")
        assert "endpoint" in editor.completions("\n    endp")
