"""The scenario that a talk is saved to: whole at every moment, and never lost."""

import contextlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dialogs.errors import IncompleteError, Place, WrongUseError
from dialogs.loading.writing import scenario_yaml
from dialogs.scenario import Scenario, UserTurn

_PRIVATE: Final = 0o600
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


class TalkFile:
    """Writes the talk after each of its turns, in one step, to a file that was not there before."""

    def __init__(self, path: Path, *, models: tuple[str, ...], system: str | None) -> None:
        """Make sure, before anything is asked, that a new file can be written at `path`.

        Raises:
            WrongUseError: something is there already, its folder is missing or not writable, or its name is no id.
        """
        self._path = path
        self._models = models
        self._system = system
        self._begun = False
        self._trouble: str | None = None
        if os.path.lexists(path):
            raise WrongUseError(f"{path} is there already, and would be overwritten; choose another name")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise WrongUseError(f"{path.parent}: wanted a folder that can be written to")
        if path.suffix not in {".yaml", ".yml"} or not _ID.fullmatch(path.stem):
            raise WrongUseError(f"{path}: wanted a name like refund-policy.yaml, of letters, digits, . _ and -")

    def save(self, users: Sequence[str]) -> str | None:
        """Write the talk so far; return what went wrong where that is news."""
        before, self._trouble = self._trouble, self._write(users)
        if self._trouble is None or self._trouble == before:
            return None
        return f"the talk could not be saved to {self._path}: {self._trouble}; it will be tried again"

    def finish(self, users: Sequence[str]) -> str:
        """Say where the talk is.

        Raises:
            IncompleteError: it is not where it was wanted; the message says where it is instead.
        """
        if not users:
            return f"nothing was answered, so {self._path} was not written"
        if self._trouble is not None:
            self._trouble = self._write(users)
        if self._trouble is None:
            return f"saved: {self._path}"
        raise IncompleteError(f"{self._path} could not be written: {self._trouble}; {self._rescued(users)}")

    def _write(self, users: Sequence[str]) -> str | None:
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        try:
            _write_synced(partial, self._text(users))
            if not self._begun:  # takes the name, unless someone else has taken it since
                os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
                self._begun = True
            partial.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            return error.strerror or str(error)
        return None

    def _text(self, users: Sequence[str]) -> str:
        place = Place(str(self._path))
        turns = tuple(UserTurn(user, place) for user in users)
        return scenario_yaml(Scenario(self._path.stem, place, turns, models=self._models, system=self._system))

    def _rescued(self, users: Sequence[str]) -> str:
        text = self._text(users)
        try:
            descriptor, name = tempfile.mkstemp(prefix=f"{self._path.stem}-", suffix=".yaml")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            return f"nor could {tempfile.gettempdir()} ({error.strerror}), so here it is:\n{text}"
        return f"the talk is in {name}"


def _write_synced(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
