"""Arguments to scenario files: files, folders and globs, in order, each file once, no link out of its tree."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from dialogs.errors import FileFault, Place
from dialogs.loading.files import LINK_LEADS_OUT, is_inside, system_reason

CONFIGURATION_NAME: Final = "dialogs.yaml"
_SUFFIXES: Final = (".yaml", ".yml")
_MAGIC: Final = frozenset("*?[")
_SCENARIO_FILE: Final = "scenario file"
_FIRST_PATTERN: Final = re.compile(rf"[^{re.escape(os.sep)}]*[*?\[]")


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A file to read: its name as it is shown and stands in transcripts, its path, its real path."""

    name: str
    path: str
    real_path: str

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix, be that `.yaml` or `.dialog.yaml`."""
        return Path(self.path).stem.removesuffix(".dialog")


def find_files(
    paths: Sequence[str], suffixes: tuple[str, ...] = _SUFFIXES, *, kind: str = _SCENARIO_FILE
) -> Iterator[ScenarioFile | FileFault]:
    """Give the files that the arguments mean, in their order, and a fault for each that means no file of the `kind`.

    A folder means all files with one of `suffixes` in it and below it, in alphabetical order, but for what is hidden.
    The configuration file is never a scenario.
    """
    seen = set()
    for path in paths:
        for found in _expand(path, suffixes, kind):
            if isinstance(found, FileFault):
                yield found
            elif found.real_path not in seen:
                seen.add(found.real_path)
                yield found


def is_glob(path: str) -> bool:
    """Say whether an argument is a pattern that the shell left to us, and no name of a file."""
    return not _MAGIC.isdisjoint(path) and not os.path.lexists(path)


def fixed_part(pattern: str) -> tuple[str, list[str]]:
    """Split a glob into the folder that it begins in and the components to be matched."""
    begin = match.start() if (match := _FIRST_PATTERN.search(pattern)) else len(pattern)
    return pattern[:begin], list(Path(pattern[begin:]).parts)


def shown(path: str) -> str:
    """Return a path as text that any terminal and any file can hold."""
    text = os.fsencode(os.path.normpath(path)).decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _expand(path: str, suffixes: tuple[str, ...], kind: str) -> Iterator[ScenarioFile | FileFault]:
    if not is_glob(path):
        yield from _argument(path, suffixes, kind)
        return
    folder, parts = fixed_part(path)
    tree = os.path.realpath(folder)
    matched = False
    for match in _matches(folder, parts):
        matched = True
        if isinstance(match, FileFault):
            yield match
        elif not is_inside(os.path.realpath(match), tree):
            yield FileFault(Place(shown(match)), LINK_LEADS_OUT)
        else:
            yield from _argument(match, suffixes, kind)
    if not matched:
        yield FileFault(Place(shown(path)), f"the glob matches nothing; wanted {kind}s")


def _matches(folder: str, parts: list[str]) -> Iterator[str | FileFault]:
    """Match as shells do, but for links to folders, which `**` does not follow: they may lead in circles."""
    part, rest = parts[0], parts[1:]
    if part == "**" and not rest:
        yield folder or "."
        return
    if part == "**":
        for below in _folders_from(folder):
            yield from _matches(below, rest)
        return
    for entry in _entries(folder):
        if isinstance(entry, FileFault):
            yield entry
        elif fnmatchcase(entry.name, part):
            if not rest:
                yield folder + entry.name
            elif _is_folder(entry, follow=True):
                yield from _matches(folder + entry.name + os.sep, rest)


def _folders_from(folder: str) -> Iterator[str]:
    yield folder
    for entry in _everything_below(folder):
        if not isinstance(entry, FileFault) and _is_folder(entry, follow=False):
            yield folder + _relative(entry, folder) + os.sep


def _argument(path: str, suffixes: tuple[str, ...], kind: str) -> Iterator[ScenarioFile | FileFault]:
    wanted = f"wanted a {kind}, a folder or a glob"
    if not path:  # Path("") would be the working folder
        yield FileFault(Place('""'), f"an empty path; {wanted}")
        return
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        yield FileFault(Place(shown(path)), f"{system_reason(error)}; {wanted}")
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, os.path.realpath(path), suffixes)
        return
    folder, name = os.path.split(path)
    if name != CONFIGURATION_NAME:
        real_folder = os.path.realpath(folder)
        yield _file(path, str(Path(real_folder, name)), real_folder, is_link=Path(path).is_symlink())


def _walk(folder: str, tree: str, suffixes: tuple[str, ...]) -> Iterator[ScenarioFile | FileFault]:
    for entry in _everything_below(folder):
        if isinstance(entry, FileFault):
            yield entry
        elif entry.is_symlink() and _is_folder(entry, follow=True):
            if not is_inside(os.path.realpath(entry.path), tree):  # inside, its files are found without it
                yield FileFault(Place(shown(entry.path)), LINK_LEADS_OUT)
        elif entry.name.endswith(suffixes) and entry.name != CONFIGURATION_NAME and not _is_folder(entry, follow=True):
            real_path = f"{tree.rstrip(os.sep)}{os.sep}{_relative(entry, folder)}"
            yield _file(entry.path, real_path, tree, is_link=entry.is_symlink())


def _everything_below(folder: str) -> "Iterator[os.DirEntry[str] | FileFault]":
    """Give what is below a folder, in depth and in order; without recursion, which a deep tree would exhaust."""
    waiting = _entries(folder)[::-1]
    while waiting:
        entry = waiting.pop()
        yield entry
        if not isinstance(entry, FileFault) and _is_folder(entry, follow=False):
            waiting += _entries(entry.path)[::-1]


def _is_folder(entry: "os.DirEntry[str]", *, follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:  # a link that leads in a circle
        return False


def _relative(entry: "os.DirEntry[str]", folder: str) -> str:
    return entry.path[len(folder or ".") :].lstrip(os.sep)


def _entries(folder: str) -> "list[os.DirEntry[str] | FileFault]":
    """List what is in a folder and not hidden, in alphabetical order."""
    try:
        with os.scandir(folder or ".") as scan:
            visible = [entry for entry in scan if not entry.name.startswith(".")]
    except OSError as error:
        return [FileFault(Place(shown(folder)), f"cannot be read: {system_reason(error)}; wanted a readable folder")]
    return [*sorted(visible, key=lambda entry: entry.name)]


def _file(path: str, real_path: str, tree: str, *, is_link: bool) -> ScenarioFile | FileFault:
    name = shown(path)
    if is_link:
        real_path = os.path.realpath(path)
        if not is_inside(real_path, tree):
            return FileFault(Place(name), LINK_LEADS_OUT)
    return ScenarioFile(name, path, real_path)
