"""The real command, run as a user would run it: flags in; exit code, stdout, stderr and files out."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin, encoding="utf-8")
        command = ["dialogs", *map(str, arguments)]
        process = _processes.Process(target=_be_the_command, args=(command, cwd, environment(variables), streams))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{command} has not ended after {timeout_s} s")
        return Ended(process.exitcode, *(stream.read_text(encoding="utf-8") for stream in streams[1:]))


def _be_the_command(command: list[str], cwd: Path, variables: dict[str, str], streams: list[Path]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(variables)
    for number, stream in enumerate(streams):
        os.dup2(os.open(stream, os.O_RDWR | os.O_CREAT), number)
    for number, mode in enumerate("rww"):
        setattr(sys, ("stdin", "stdout", "stderr")[number], os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.argv = command
    from dialogs.cli import main  # noqa: PLC0415 - the process that starts this one has it loaded

    main()


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
