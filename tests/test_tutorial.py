"""Whoever follows docs/tutorial.md sees what it shows, and ends with a gate that works."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from composite_action import Runner
from documents import DOCS, File, Other, Reader, blocks

TEXT = (DOCS / "tutorial.md").read_text(encoding="utf-8")
BEFORE_THE_GATE, GATE, AFTER_THE_GATE = re.split("\n## [78]", TEXT)


def test_every_command_shows_what_the_tutorial_shows_and_the_gate_works(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    runner = Runner(reader.folder, {"ref": "refs/heads/main"})
    prompt = reader.folder / "scenarios/prompts/support.md"

    assert reader.follow(BEFORE_THE_GATE) == []
    reader.follow(GATE)
    accepted = runner.run(command=str(runner.installed()), comment="false", **inputs_of_the_gate())
    prompt.write_text(prompt.read_text().replace("14", "7"))
    not_accepted = runner.run(command=str(runner.installed()), comment="false", **inputs_of_the_gate())
    assert (accepted.code, not_accepted.code) == (0, 1)
    assert "## 1 of 1 dialogue differs" in not_accepted.summary
    assert reader.follow(AFTER_THE_GATE) == []


def test_nothing_but_the_installation_is_left_to_believe() -> None:
    others = [block for block in blocks(TEXT) if isinstance(block, Other)]

    assert [block.language for block in others] == ["sh"]
    assert others[0].text.endswith("pip install dialogs-cli\n")


def inputs_of_the_gate() -> dict[str, str]:
    (text,) = [block.text for block in blocks(TEXT) if isinstance(block, File) and "workflows" in block.path]
    workflow: dict[str, Any] = yaml.safe_load(text)
    (step,) = [each for each in workflow["jobs"]["dialogs"]["steps"] if each["uses"].startswith("OWNER/dialogs@")]
    inputs: dict[str, str] = json.loads(json.dumps(step["with"]))
    return inputs
