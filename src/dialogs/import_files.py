"""The files of an import: those that it reads, and those that it writes, each whole or not at all."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from dialogs.errors import FileFault, Place, WrongUseError
from dialogs.formats.naming import Names, id_of
from dialogs.journal.files import make_folder, replacing
from dialogs.loading.files import Unreadable
from dialogs.loading.paths import ScenarioFile, find_files, shown
from dialogs.opened_files import open_lines, without_compression
from dialogs.transcript import Transcript
from dialogs.transcript_files import TranscriptWriter

_COMPRESSED: Final = (".jsonl.zst", ".ndjson.zst", ".json.zst")
SUFFIXES: Final = (".jsonl", ".ndjson", ".json", ".yaml", ".yml", ".txt", *_COMPRESSED)
_LONGEST_PART: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its name as it is shown, its path, its real path, and the stem of what is made of it."""

    name: str
    path: str
    real_path: str
    stem: str

    @property
    def suffix(self) -> str:
        """The last suffix of its name but for that of compression, in small letters."""
        return Path(without_compression(self.path.lower())).suffix


def find_sources(paths: Sequence[str]) -> tuple[list[SourceFile], list[FileFault]]:
    """Find the files that the arguments mean; a folder means those with a suffix of a format that is read."""
    names, sources, faults = Names(), [], []
    for found in find_files(paths, SUFFIXES, kind="conversation file"):
        if isinstance(found, FileFault):
            faults.append(found)
        else:
            stem = names.take(id_of(_stem(found)) or "imported")
            sources.append(SourceFile(found.name, found.path, found.real_path, stem))
    if not sources and not faults:
        wanted = f"no file in this folder to read; wanted one that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        faults = [FileFault(Place(shown(path)), wanted) for path in paths]
    return sources, faults


def _stem(file: ScenarioFile) -> str:
    return replace(file, path=without_compression(file.path)).stem


class ImportWriter:
    """Writes scenarios to files in a folder, and transcripts to one file; each appears when it is whole.

    `written` names the files, in order. Nothing is replaced unless by `force`.
    """

    def __init__(self, folder: Path, baseline: Path | None = None, *, force: bool = False) -> None:
        """Prepare to write; transcripts go nowhere where there is no `baseline`."""
        self._folder = folder
        self._baseline = baseline
        self._force = force
        self._stack = ExitStack()
        self._transcripts: TranscriptWriter | None = None
        self._position = 0
        self.written: list[Path] = []

    def refuse_to_replace(self, sources: Sequence[SourceFile]) -> None:
        """Make sure, before anything is read, that no file stands where one is to be written.

        Raises:
            WrongUseError: one does, and `force` is not given; or what should be a folder is none.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise WrongUseError(f"{shown(str(self._folder))} is a file; wanted a folder")
        for path in (*(self._path(source.stem, 1) for source in sources), self._baseline):
            if path is not None:
                self._check(path)

    def _path(self, stem: str, part: int) -> Path:
        return self._folder / (f"{stem}.yaml" if part == 1 else f"{stem}.part{part}.yaml")

    def _check(self, path: Path) -> None:
        if path.is_dir():
            raise WrongUseError(f"{shown(str(path))} is a folder; wanted the name of a file")
        if path.exists() and not self._force:
            raise WrongUseError(f"{shown(str(path))} is there already; --force replaces it")

    def __enter__(self) -> Self:
        """Make the folder."""
        make_folder(self._folder)
        return self

    @contextmanager
    def source(self, source: SourceFile) -> Iterator[Callable[[str], None]]:
        """Give a function that adds a document to what is made of a source: one file, and more where it grows long."""
        part, size = 0, 0
        stack = ExitStack()
        write: Callable[[bytes], None] | None = None

        def add(document: str) -> None:
            nonlocal part, size, write
            data = document.encode()
            if write is None or size + len(data) > _LONGEST_PART:
                stack.close()
                part, size = part + 1, 0
                path = self._path(source.stem, part)
                self._check(path)
                write = stack.enter_context(replacing(path))
                self.written.append(path)
            write(data if size == 0 else b"---\n" + data)
            size += len(data)

        with stack:
            yield add

    def write_transcript(self, transcript: Transcript) -> None:
        """Add a transcript to the baseline, where there is to be one."""
        if self._baseline is None:
            return
        if self._transcripts is None:
            self._transcripts = self._stack.enter_context(TranscriptWriter(self._baseline))
            self.written.append(self._baseline)
        self._transcripts.write(self._position, transcript)
        self._position += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the baseline its name."""
        self._stack.__exit__(kind, error, traceback)


def lines_of(source: SourceFile, longest: int) -> Iterator[tuple[int, bytes | Unreadable]]:
    """Give the lines of a file with their numbers, and why one cannot be read, as one of more than `longest` bytes."""
    try:
        if not stat.S_ISREG(os.lstat(source.real_path).st_mode):  # opening a named pipe would wait for its writer
            yield 0, Unreadable("no regular file; wanted a regular file")
            return
        with open_lines(source.real_path) as file:
            number = 0
            while line := file.readline(longest):
                number += 1
                yield number, _whole(line, file, longest)
    except OSError as error:
        yield 0, Unreadable(f"cannot be read: {error.strerror}; wanted a readable file")


def _whole(line: bytes, file: BinaryIO, longest: int) -> bytes | Unreadable:
    if len(line) < longest or line.endswith(b"\n"):
        return line
    while (rest := file.readline(longest)) and not rest.endswith(b"\n"):
        pass
    return Unreadable(f"a line of more than {longest:,} bytes; wanted shorter ones, or a larger --max-file-size")
