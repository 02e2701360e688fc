"""Runs the steps of action.yml as GitHub's runner would: inputs by environment, `run:` by bash, outputs passed on."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from command import environment

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


@dataclass
class Ran:
    """What the steps left behind; `code` is that of the last one, where the job stops."""

    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)


class Runner:
    """A checkout in which jobs run. `event` is what GitHub says of the cause, `variables` are the job's own."""

    def __init__(
        self,
        checkout: Path,
        event: object,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.checkout = checkout
        self.temp = checkout.parent / "runner"
        self.temp.mkdir()
        self.event = self.temp / "event.json"
        self.event.write_text(json.dumps(event))
        self.variables = dict(variables or {})

    def installed(self) -> Path:
        """Write a command that runs this dialogs, as the input `command` wants one."""
        path = self.temp / "dialogs"
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -m dialogs "$@"\n')
        path.chmod(0o755)
        return path

    def run(self, **inputs: str) -> Ran:
        """Run the steps one after the other until one fails; an input `fail_on` is `fail-on`."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= ACTION["inputs"].keys()
        values = {name: given.get(name, each.get("default", "")) for name, each in ACTION["inputs"].items()}
        ran = Ran()
        for step in ACTION["runs"]["steps"]:
            if "if" in step and not _holds(step["if"], values):
                continue
            ran.code = self._step(step, values, ran)
            if ran.code:
                break
        return ran

    def _step(self, step: dict[str, Any], values: dict[str, str], ran: Ran) -> int:
        assert "${{" not in step["run"]
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        own = {name: _evaluated(text, values, ran) for name, text in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607 - the runner's bash
            cwd=self.checkout,
            env={**environment(), **self._runner_variables(), **self.variables, **own, **_texts(files)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        ran.log += done.stdout
        ran.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        ran.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def _runner_variables(self) -> dict[str, str]:
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": "77",
            "GITHUB_SERVER_URL": "https://github.example",
            "RUNNER_TEMP": str(self.temp),
        }


def _texts(files: dict[str, Path]) -> dict[str, str]:
    return {name: str(path) for name, path in files.items()}


def _evaluated(text: str, values: dict[str, str], ran: Ran) -> str:
    def value(match: "re.Match[str]") -> str:
        first, *rest = match[1].split(".")
        if first == "inputs":
            return _evaluated(values[rest[0]], values, ran) if values[rest[0]] != match[0] else ""
        if first == "steps":
            step, _outputs, name = rest
            return ran.outputs[step][name]
        assert match[1] == "github.token"
        return "ghs_of_the_workflow"

    return _EXPRESSION.sub(value, text)


def _holds(condition: str, values: dict[str, str]) -> bool:
    found = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) == '(\w+)' \}\}", condition)
    assert found is not None, condition
    return values[found[1]] == found[2]


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular; return what it prints."""
    names = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - the git of this machine
        env={**environment(), **names, **alone},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
