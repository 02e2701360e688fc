"""What is asked: scripted dialogues that every way of playing them makes from the same words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MODEL: Final = "mock"
SYSTEM: Final = "You are a support agent of a lamp shop. Answer in two sentences, and say so when you do not know."


def user_text(dialogue: int, turn: int) -> str:
    """Return the words of one turn (from 1); no two are the same."""
    return (
        f"Turn {turn} of {dialogue}: my lamp number {dialogue * 31 + turn} flickers; can I return it, and until when?"
    )


def opening() -> list[dict[str, str]]:
    """Return the history before the first turn."""
    return [{"role": "system", "content": SYSTEM}]


def scenario_yaml(dialogue: int, turns: int, padding: int = 0, cases: int = 0) -> str:
    """Write one dialogue as a scenario; `padding` adds that many characters of description, `cases` so many cases."""
    description = [f"description: {'lamp ' * (padding // 5)}"] if padding else []
    lines = [f"id: talk-{dialogue:05}", *description, f"system: {json.dumps(SYSTEM)}", "turns:"]
    case = " Case {{ number }}." if cases else ""
    lines += [f"  - {json.dumps(user_text(dialogue, turn) + case)}" for turn in range(1, turns + 1)]
    if cases:
        lines += ["cases:", *(f"  - {{id: case-{number}, number: {number}}}" for number in range(cases))]
    return "\n".join(lines) + "\n"


def write_scenarios(folder: Path, dialogues: int, turns: int, padding: int = 0, cases: int = 0) -> Path:
    """Write one file for each scenario, and return their folder."""
    folder.mkdir(parents=True)
    for dialogue in range(dialogues):
        text = scenario_yaml(dialogue, turns, padding, cases)
        (folder / f"talk-{dialogue:05}.yaml").write_text(text, encoding="utf-8")
    return folder


def user_texts(dialogue: int, turns: int) -> Iterator[str]:
    """Give the words of a dialogue's turns in order."""
    return (user_text(dialogue, turn) for turn in range(1, turns + 1))
