"""promptfoo and Inspect AI: brought in their pinned versions, and set to the same dialogues."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from workload import MODEL, SYSTEM, opening, user_texts

PEERS: Final = Path(__file__).parent.parent / ".peers"
PROMPTFOO: Final = "0.123.1"
NODE: Final = "22.23.3"  # what that promptfoo asks for; it comes as a package beside it
INSPECT: Final = "0.3.285"
OPENAI: Final = "3.54.0"
_REPLY: Final = "A lamp can be returned within thirty days, with its receipt, in any of our shops. " * 5


class UnavailableError(Exception):
    """A peer cannot be had here; says why."""


def promptfoo() -> list[str]:
    """Return promptfoo's command, installed where it is not yet.

    Raises:
        UnavailableError: npm is missing or failed.
    """
    folder = PEERS / f"promptfoo-{PROMPTFOO}"
    if not (folder / "done").exists():
        if shutil.which("npm") is None:
            raise UnavailableError("npm is not installed")
        words = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
        _install([*words, f"promptfoo@{PROMPTFOO}", f"node@{NODE}"])
        (folder / "done").touch()
    modules = folder / "node_modules"
    return [str(modules / "node/bin/node"), str(modules / "promptfoo/dist/src/entrypoint.js")]


def inspect() -> list[str]:
    """Return Inspect AI's command, installed where it is not yet.

    Raises:
        UnavailableError: pip failed.
    """
    folder = PEERS / f"inspect-{INSPECT}"
    if not (folder / "done").exists():
        _install([sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _install([*pip, f"inspect-ai=={INSPECT}", f"openai=={OPENAI}"])
        (folder / "done").touch()
    return [str(folder / "bin/inspect")]


def _install(command: Sequence[str]) -> None:
    sys.stderr.write(f"{' '.join(command)}\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnavailableError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")


def write_promptfoo_histories(path: Path, url: str, dialogues: int, turns: int) -> None:
    """Write a configuration in which each turn is a test of its own, with the whole history written into it."""
    tests = []
    for dialogue in range(dialogues):
        messages = opening()
        for text in user_texts(dialogue, turns):
            messages.append({"role": "user", "content": text})
            tests.append({"vars": {"messages": json.dumps(messages)}})
            messages.append({"role": "assistant", "content": _REPLY})
    _write_promptfoo(path, url, "{{ messages }}", tests)


def write_promptfoo_conversations(path: Path, url: str, dialogues: int, turns: int) -> None:
    """Write a configuration whose turns are promptfoo's own conversations."""
    prompt = (
        '[{"role":"system","content":' + json.dumps(SYSTEM) + "},{% for completion in _conversation %}"
        '{"role":"user","content":{{ completion.input | dump }}},'
        '{"role":"assistant","content":{{ completion.output | dump }}},{% endfor %}'
        '{"role":"user","content":{{ text | dump }}}]'
    )
    tests = [
        {"vars": {"text": text}, "metadata": {"conversationId": f"talk-{dialogue}"}}
        for dialogue in range(dialogues)
        for text in user_texts(dialogue, turns)
    ]
    _write_promptfoo(path, url, prompt, tests)


def _write_promptfoo(path: Path, url: str, prompt: str, tests: list[dict[str, Any]]) -> None:
    provider = {"id": f"openai:chat:{MODEL}", "config": {"apiBaseUrl": url, "apiKey": "x"}}
    path.write_text(json.dumps({"prompts": [prompt], "providers": [provider], "tests": tests}), encoding="utf-8")
