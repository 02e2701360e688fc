"""Writes the files of a first project, and says what to do next."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from dialogs import __version__
from dialogs.cli.output import write_lines
from dialogs.cli.schema import Format, schema_text
from dialogs.errors import WrongUseError
from dialogs.first_project import TEXTCONV, NewFile, project_files


def begin(folder: Path) -> None:
    """Write what is not there yet.

    Raises:
        WrongUseError: a file or folder cannot be written.
    """
    files = project_files(
        version=__version__,
        scenario_schema=schema_text(Format.SCENARIO) + "\n",
        configuration_schema=schema_text(Format.CONFIG) + "\n",
    )
    write_lines([*(_written(folder, file) for file in files), *_next(folder)])


def _written(folder: Path, file: NewFile) -> str:
    """Write a file, and say so; what is there already is left as it is."""
    path = folder / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(file.text)
    except FileExistsError:
        if not os.path.lexists(path):
            raise WrongUseError(f"{path.parent} is no folder; wanted another place") from None
        return f"kept   {path}{'' if _holds(path, file.text) else ' as it is, which is not what this version writes'}"
    except OSError as error:
        raise WrongUseError(f"{path} could not be written: {error.strerror}; wanted a folder of your own") from None
    return f"wrote  {path}: {file.purpose}"


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        return False


def _next(folder: Path) -> Iterator[str]:
    inside = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    yield ""
    yield "Next, play the scenario, read it, and accept it as the baseline:"
    for command in (
        *inside,
        "dialogs run scenarios -o outputs/first.jsonl",
        "dialogs show outputs/first.jsonl",
        "dialogs accept outputs/first.jsonl baselines/main.jsonl",
    ):
        yield f"  {command}"
    yield "Without OPENAI_API_KEY or OPENAI_BASE_URL it is played on the embedded model (dialogs models pull)."
    yield "In each clone, once, so that git shows baselines as text:"
    yield f"  {TEXTCONV}"
