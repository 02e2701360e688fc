"""Follows a document as a reader would: writes its files, types its commands, and looks for what it shows.

A file is a fenced block behind a paragraph whose last words in code marks are its path; a `console` block holds
commands behind `$ ` and, under each, lines that it prints, in this order; `…` stands for what differs each time.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from command import environment

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`([\w./-]+\.\w+)`[^`]*\Z")


@dataclass(frozen=True)
class File:
    path: str
    text: str


@dataclass(frozen=True)
class Typed:
    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Other:
    """A block that no test runs."""

    language: str
    text: str


def blocks(text: str) -> Iterator[File | Typed | Other]:
    """Give what a reader is to write and to type, in order."""
    for block in _BLOCK.finditer(text):
        language, inner = block.groups()
        paragraph = text[: block.start()].rstrip().rpartition("\n\n")[2]
        path = _PATH.search(paragraph)
        if language == "console":
            yield from _typed(inner)
        elif path and language in {"yaml", "python", "text", "csv", "json"}:
            yield File(path[1], inner)
        else:
            yield Other(language, inner)


def _typed(text: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield Typed(command, tuple(line for line in shown if line.strip()))


class Reader:
    """Somebody with an empty folder and a terminal; `code` is the exit code of the last command."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        programs = folder / "programs"
        programs.mkdir()
        (programs / "dialogs").write_text(f'#!/bin/sh\nexec {sys.executable} -m dialogs "$@"\n')
        (programs / "dialogs").chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self.variables = {**environment(), "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, **(variables or {})}
        self.code = 0

    def write(self, file: File) -> None:
        path = self.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")

    def type(self, command: str) -> list[str]:
        """Run a command; return the lines that it prints."""
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.code}); {command}"],  # noqa: S607 - the shell of this machine
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.code = done.returncode
        return done.stdout.splitlines()

    def follow(self, text: str) -> list[tuple[str, str, list[str]]]:
        """Do what a document says; return each command with a line that it was to print and what it printed."""
        missing = []
        for block in blocks(text):
            if isinstance(block, File):
                self.write(block)
            elif isinstance(block, Typed):
                printed = self.type(block.command)
                missing += [(block.command, line, printed) for line in _missing(block.shown, printed)]
                if self.code in {2, 70, 127}:
                    missing.append((block.command, f"no exit code {self.code}", printed))
        return missing


def _missing(shown: tuple[str, ...], printed: list[str]) -> Iterator[str]:
    rest = iter(printed)
    for line in shown:
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if not any(pattern.fullmatch(each) for each in rest):
            yield line
            return
