"""The flags about reports that commands share, and what is behind their words."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from dialogs.errors import WrongUseError
from dialogs.labels import FAILING, Label
from dialogs.sameness import Sameness
from dialogs.whole_files import refuse_to_replace

_NONE: Final = "none"


class Format(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    HTML = "html"


FailOn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="LABELS",
        help="Exit with 1 where something has one of these labels, parted by commas; none: never.",
        show_default="changed,masked,unattributed,regression,unmet,error,missing",
    ),
]
JUnit: TypeAlias = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit report too, a test case a dialogue.")
]
Markdown: TypeAlias = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown report too, for a pull request.")
]

Html: TypeAlias = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page to read in a browser too.")
]


@dataclass(frozen=True, slots=True)
class ReportFlags:
    """The reports that a run writes beside its transcripts, and the labels that make it exit with 1.

    `configuration` is what `--config` names, for the commands in the reports, and `sameness` the rules that the flags
    add to the configuration's.
    """

    junit: Path | None
    markdown: Path | None
    fail_on: frozenset[Label]
    html: Path | None = None
    configuration: str | None = None
    sameness: Sameness = field(default_factory=Sameness)

    @property
    def any(self) -> bool:
        """Whether a report is wanted at all."""
        return not (self.junit is self.markdown is self.html is None)

    def check(self) -> None:
        """Find out before the run whether the reports have a place.

        Raises:
            WrongUseError: they have none, or both have the same.
        """
        paths = [path for path in (self.junit, self.markdown, self.html) if path is not None]
        for path in paths:
            above = next(folder for folder in path.absolute().parents if folder.exists())
            if path.is_dir() or not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
                raise WrongUseError(f"{path} cannot be written; wanted the name of a file in a folder of yours")
            refuse_to_replace(path)
        if len(paths) > len({path.absolute() for path in paths}):
            raise WrongUseError(
                f"two of --junit, --markdown and --html name the same file, {paths[0]}; wanted each its own"
            )


def labels_to_fail_on(words: Sequence[str] | None) -> frozenset[Label]:
    """Read the labels; where none are given, those that fail by default.

    Raises:
        WrongUseError: a word is no label.
    """
    if not words:
        return FAILING
    names = [name.strip().replace("-", "_") for word in words for name in word.split(",")]
    known = {label.value: label for label in Label}
    for name in names:
        if name not in {*known, _NONE}:
            near = get_close_matches(name, [*known, _NONE], n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"wanted {', '.join(known)} or {_NONE}"
            raise WrongUseError(f'--fail-on: "{name}" is no label; {hint}')
    if _NONE in names and len(names) > 1:
        raise WrongUseError(f"--fail-on: {_NONE} stands alone; wanted it, or labels")
    return frozenset(known[name] for name in names if name != _NONE)
