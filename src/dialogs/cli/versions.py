"""Another version of the scenarios: of a git commit, put into a temporary folder, or in another folder."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dialogs.errors import WrongUseError

_GIT: Final = "git:"
_SHALLOW: Final = "; this clone is shallow, and lacks most: fetch the commit first (git fetch --depth 1 origin NAME)"


@contextmanager
def other_version(version: str, paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give the arguments that mean, in another version, what `paths` mean in this one.

    `version` is `git:` and a commit, whose files are there as long as the context is, or a folder of scenarios. The
    work tree and the index of git are left alone.

    Raises:
        WrongUseError: there is no such version, or it has none of the paths.
    """
    if not version.startswith(_GIT):
        if not Path(version).is_dir():
            raise WrongUseError(f"--against {version}: no such folder; wanted one of scenarios, or git:COMMIT")
        yield (version,)
        return
    with TemporaryDirectory(prefix="dialogs-") as folder:
        top = _repository(paths[0])
        root = _check_out(version.removeprefix(_GIT), top, Path(folder))
        there = tuple(found for path in paths if (found := _there(path, top, root)) is not None)
        if not there:
            raise WrongUseError(f"--against {version}: that commit has none of {', '.join(paths)}")
        yield there


def _repository(path: str) -> Path:
    """Return the top folder of the repository that holds a scenario."""
    above = (folder for folder in Path(os.path.abspath(path)).parents if folder.is_dir())  # noqa: PTH100 - as below
    start = path if Path(path).is_dir() else str(next(above))
    return Path(_git("-C", start, "rev-parse", "--show-toplevel").strip())


def _check_out(commit: str, top: Path, folder: Path) -> Path:
    """Write the files of a commit as a checkout would, by an index of our own."""
    name = _commit(commit, top)
    root = folder / (commit.replace("/", "-").lstrip(".") or "commit")
    root.mkdir()
    index = {"GIT_INDEX_FILE": str(folder / "index")}
    _git("-C", str(top), "read-tree", name, environ=index)
    _git("-C", str(top), "checkout-index", "--all", "--quiet", f"--prefix={root}{os.sep}", environ=index)
    return root


def _commit(name: str, top: Path) -> str:
    """Return a commit's hash; one that is not there may not have been fetched, as in most clones of CI."""
    found = _git(
        "-C", str(top), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", may_fail=True
    )
    if not found:
        is_shallow = _git("-C", str(top), "rev-parse", "--is-shallow-repository").strip() == "true"
        hint = _SHALLOW if is_shallow else ""
        raise WrongUseError(f"--against git: there is no commit {name} in {top}; wanted git:COMMIT, as git:main{hint}")
    return found.strip()


def _there(path: str, top: Path, root: Path) -> str | None:
    """Return a path's place in the other version; None where there is nothing."""
    try:
        relative = Path(os.path.abspath(path)).relative_to(top)  # noqa: PTH100 - links are not followed
    except ValueError:
        raise WrongUseError(f"{path} is not in the repository {top}, whose commits --against names") from None
    found = root / relative
    is_pattern = not os.path.lexists(path) and any(character in path for character in "*?[")
    return str(found) if is_pattern or found.exists() else None


def _git(*arguments: str, may_fail: bool = False, environ: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and a commit behind --end-of-options
            ["git", *arguments],  # noqa: S607 - the user's git
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(environ or {})},
        )
    except OSError as error:
        raise WrongUseError(f"--against git: git cannot be run: {error.strerror}") from None
    if done.returncode and not (may_fail and not done.stderr):
        raise WrongUseError(f"--against git: {done.stderr.strip().removeprefix('fatal: ')}")
    return done.stdout
