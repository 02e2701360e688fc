"""The real command, run as a user would run it: flags in; exit code, stdout, stderr and files out."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME", "HOME")


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make an environment without any setting of the user's but where Python and the weights are."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONWARNINGS": "error", "COLUMNS": "100", **(variables or {})}


def dialogs(
    *arguments: str | Path,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 60,
) -> Ended:
    """Run `dialogs` to its end."""
    ended = subprocess.run(
        [sys.executable, "-m", "dialogs", *map(str, arguments)],
        cwd=cwd,
        env=environment(variables),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout_s,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def start(*arguments: str | Path, cwd: Path, variables: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start `dialogs` and leave it running."""
    return subprocess.Popen(
        [sys.executable, "-m", "dialogs", *map(str, arguments)],
        cwd=cwd,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
