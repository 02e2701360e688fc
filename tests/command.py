"""The real command, run as a user would run it: flags in; exit code, stdout, stderr and files out."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["dialogs.cli.launching", "dialogs.endpoints.openai", "command"])
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
    """Run `dialogs` to its end, in a process of its own that has its modules loaded already."""
    command = ["dialogs", *map(str, arguments)]
    return _run(_be_dialogs, command, cwd=cwd, variables=variables, stdin=stdin, timeout_s=timeout_s)


def run_pytest(*arguments: str | Path, cwd: Path, variables: Mapping[str, str] | None = None) -> Ended:
    """Run pytest with the plugin of ours, in a process of its own that has most modules loaded already."""
    plugins = ("-p", "dialogs.pytest_plugin", "-p", "xdist", "-p", "no:cacheprovider")
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
    return _run(_be_pytest, ["pytest", *plugins, *map(str, arguments)], cwd=cwd, variables=own, timeout_s=120)


def _run(
    main: Callable[[], object],
    command: list[str],
    *,
    cwd: Path,
    variables: Mapping[str, str] | None,
    stdin: str = "",
    timeout_s: float,
) -> Ended:
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin, encoding="utf-8")
        process = _processes.Process(target=_be, args=(main, command, cwd, environment(variables), streams))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{command} has not ended after {timeout_s} s")
        return Ended(process.exitcode, *(stream.read_text(encoding="utf-8") for stream in streams[1:]))


def _be(
    main: Callable[[], object], command: list[str], cwd: Path, variables: dict[str, str], streams: list[Path]
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(variables)
    for number, stream in enumerate(streams):
        os.dup2(os.open(stream, os.O_RDWR | os.O_CREAT), number)
    for number, mode in enumerate("rww"):
        setattr(sys, ("stdin", "stdout", "stderr")[number], os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.argv = command
    main()


def _be_dialogs() -> None:
    from dialogs.cli import main  # noqa: PLC0415 - the process that starts this one has it loaded

    main()


def _be_pytest() -> None:
    sys.path.insert(0, "")  # as python -m pytest has it
    sys.exit(pytest.main(sys.argv[1:]))


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
