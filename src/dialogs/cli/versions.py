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
        root = _check_out(version.removeprefix(_GIT), Path(folder))
        top = Path(_git("rev-parse", "--show-toplevel").strip())
        there = tuple(found for path in paths if (found := _there(path, top, root)) is not None)
        if not there:
            raise WrongUseError(f"--against {version}: that commit has none of {', '.join(paths)}")
        yield there


def _check_out(commit: str, folder: Path) -> Path:
    """Write the files of a commit as a checkout would, by an index of our own."""
    name = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}", commit=commit).strip()
    root = folder / (commit.replace("/", "-").lstrip(".") or "commit")
    root.mkdir()
    index = {"GIT_INDEX_FILE": str(folder / "index")}
    top = _git("rev-parse", "--show-toplevel").strip()
    _git("-C", top, "read-tree", name, environ=index)
    _git("-C", top, "checkout-index", "--all", "--quiet", f"--prefix={root}{os.sep}", environ=index)
    return root


def _there(path: str, top: Path, root: Path) -> str | None:
    """Return a path's place in the other version; None where there is nothing."""
    try:
        relative = Path(os.path.abspath(path)).relative_to(top)  # noqa: PTH100 - links are not followed
    except ValueError:
        raise WrongUseError(f"{path} is not in the repository {top}, whose commits --against names") from None
    found = root / relative
    is_pattern = not os.path.lexists(path) and any(character in path for character in "*?[")
    return str(found) if is_pattern or found.exists() else None


def _git(*arguments: str, commit: str | None = None, environ: dict[str, str] | None = None) -> str:
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
    if done.returncode:
        said = done.stderr.strip().removeprefix("fatal: ") or f"there is no commit {commit}"
        raise WrongUseError(f"--against git: {said}; wanted git:COMMIT, as git:main")
    return done.stdout
