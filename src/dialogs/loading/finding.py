"""Where the configuration lies: the file that was named, else the nearest one upwards from the scenarios."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialogs.errors import FileFault, Place
from dialogs.loading.files import LINK_LEADS_OUT, is_inside
from dialogs.loading.paths import CONFIGURATION_NAME, fixed_part, is_glob, shown


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """A configuration to read: its path, as short as it is clear, and its real path."""

    path: Path
    real_path: str

    @property
    def name(self) -> str:
        """The path as it is shown."""
        return shown(str(self.path))


def find_configuration(paths: Sequence[str], explicit: str | None) -> ConfigurationFile | FileFault | None:
    """Find the configuration for the scenarios that `paths` mean.

    The search begins in their common folder, and ends at the home folder, at the root, or before a folder above them
    that anyone may write to: a configuration there could send a key to a stranger.
    """
    if explicit is not None:
        return ConfigurationFile(Path(explicit), os.path.realpath(explicit))
    for folder in _upwards(_common_folder(paths)):
        path = folder / CONFIGURATION_NAME
        if os.path.lexists(path):
            real_path = os.path.realpath(path)
            if not is_inside(real_path, os.path.realpath(folder)):
                return FileFault(Place(shown(str(path))), f"{LINK_LEADS_OUT}, or its path by --config")
            return ConfigurationFile(_short(path), real_path)
    return None


def _common_folder(paths: Sequence[str]) -> Path:
    # Links are not resolved: a linked folder belongs to the project that it stands in.
    folders = [Path(os.path.normpath(Path.cwd() / _folder(path))) for path in paths] or [Path.cwd()]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # on different drives
        return folders[0]


def _folder(path: str) -> Path:
    if is_glob(path):
        return Path(fixed_part(path)[0])
    return Path(path) if Path(path).is_dir() else Path(path).parent


def _upwards(folder: Path) -> Iterator[Path]:
    end = {Path(folder.anchor), _home()}
    yield folder
    while folder not in end:
        folder = folder.parent
        if _anyone_may_write(folder):
            return
        yield folder


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # the system knows of none
        return None


def _anyone_may_write(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
