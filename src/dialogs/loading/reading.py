"""Scenario files to scenarios: a few in this process, many in several, with the same result."""

import contextlib
import io
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, NoReturn, Self, TypeAlias

from dialogs.errors import FileFault, Place
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.scenarios import ScenarioReader
from dialogs.scenario import Scenario

# Below that a process takes longer to part from this one than to read its share.
_MANY: Final = 256
_CHUNK: Final = 64
_MOST_CHUNKS: Final = 8192  # what a pipe holds of their numbers
_MOST_HELPERS: Final = 3
_NUMBER: Final = 4  # bytes

_Found: TypeAlias = ScenarioFile | FileFault


@dataclass(slots=True)
class Reading:
    """What was read, in the order of the files, and the reader that knows all of it."""

    reader: ScenarioReader
    scenarios: list[Scenario] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)

    def read(self, files: Iterable[_Found]) -> None:
        """Read files, one after the other."""
        for file in files:
            scenarios, faults = ([], [file]) if isinstance(file, FileFault) else self.reader.read(file)
            self.scenarios += scenarios
            self.faults += faults

    def takes_in(self, chunk: "_Chunk") -> bool:
        """Take in what another reader has read; False: an id in it is taken."""
        if not self.reader.takes_in(chunk.taken, chunk.declared):
            return False
        self.scenarios += chunk.scenarios
        self.faults += chunk.faults
        return True


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What was read of some files by a reader that knew no others; `taken` are the ids, and where they stand."""

    scenarios: list[Scenario]
    faults: list[FileFault]
    declared: set[str]
    taken: dict[str, Place]


def spare_processes() -> int:
    """Return how many processes could read beside this one: as many as there are cores for them."""
    if not hasattr(os, "memfd_create") or threading.active_count() > 1:
        return 0  # but on Linux, and among threads, it is not safe to divide a process
    return min(len(os.sched_getaffinity(0)) - 1, _MOST_HELPERS)


class Ahead:
    """Files that other processes begin to read, where they are many, before this one has the time; a context.

    Faults may stand in the place of files.
    """

    def __init__(self, files: Sequence[_Found], make_reader: Callable[[], ScenarioReader], *, helpers: int = 0) -> None:
        """Begin to read `files` in `helpers` processes beside this one."""
        self._files = files
        self._make_reader = make_reader
        self._stack = contextlib.ExitStack()
        self._helpers: list[_Helper] = []
        size = max(_CHUNK, -(-len(files) // _MOST_CHUNKS))
        self._chunks = [files[start : start + size] for start in range(0, len(files), size)]
        if helpers > 0 and len(files) >= _MANY:
            self._queue = _Queue(len(self._chunks), self._stack)
            self._helpers = [_Helper(self._chunks, self._queue, make_reader, self._stack) for _ in range(helpers)]

    @property
    def is_begun(self) -> bool:
        """Whether other processes read."""
        return bool(self._helpers)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End what still reads."""
        self.close()

    def close(self) -> None:
        """End what still reads."""
        self._helpers.clear()
        self._stack.close()

    def finish(self) -> Reading:
        """Read what nobody has begun to read, and return all."""
        reading = self._together() if self._helpers else None
        self.close()
        if reading is None:
            reading = Reading(self._make_reader())
            reading.read(self._files)
        self._files, self._chunks = (), []  # a run goes on for long after this
        return reading

    def _together(self) -> Reading | None:
        """Put together what all have read; None where an id is taken twice: only who has read all can say by whom.

        What is to be held once for all files is read once more, in this process, and so is what another one has not
        brought.
        """
        read = dict(_read_chunks(self._chunks, self._queue, self._make_reader))
        for helper in self._helpers:
            read |= helper.result()
        reading = Reading(self._make_reader())
        for number, files in enumerate(self._chunks):
            chunk = read.pop(number, None)
            if chunk is None:
                reading.read(files)
            elif not reading.takes_in(chunk):
                return None
        return reading


def _read_chunks(
    chunks: Sequence[Sequence[_Found]], queue: "_Queue", make_reader: Callable[[], ScenarioReader]
) -> Iterator[tuple[int, _Chunk | None]]:
    """Read what nobody else reads; None stands for what is to be held once."""
    for number in queue:
        reading = Reading(reader := make_reader())
        reading.read(chunks[number])
        chunk = _Chunk(reading.scenarios, reading.faults, reader.declared, reader.taken)
        yield number, None if reader.shares else chunk


class _Queue:
    """Numbers that several processes take, each of them once."""

    def __init__(self, count: int, stack: contextlib.ExitStack) -> None:
        self._reading, writing = os.pipe()
        stack.callback(os.close, self._reading)
        os.write(writing, b"".join(number.to_bytes(_NUMBER) for number in range(count)))
        os.close(writing)

    def __iter__(self) -> Iterator[int]:
        while taken := os.read(self._reading, _NUMBER):
            yield int.from_bytes(taken)


class _Helper:
    """A process that reads beside this one. What it does not bring, for whatever reason, is left to this one."""

    def __init__(
        self,
        chunks: Sequence[Sequence[_Found]],
        queue: _Queue,
        make_reader: Callable[[], ScenarioReader],
        stack: contextlib.ExitStack,
    ) -> None:
        self._pid = 0
        self._file: IO[bytes] = io.BytesIO()
        with contextlib.suppress(OSError):  # no room, or no more processes: then there is one less
            # In memory: variables may hold what is to be in no file.
            self._file = stack.enter_context(open(os.memfd_create("dialogs"), "w+b"))  # noqa: PTH123, SIM115 - no path; the stack closes it
            self._pid = os.fork()
            if self._pid == 0:
                self._live(chunks, queue, make_reader)
            stack.callback(self._end)

    def _live(
        self, chunks: Sequence[Sequence[_Found]], queue: _Queue, make_reader: Callable[[], ScenarioReader]
    ) -> NoReturn:
        """Be the new process: nothing of what the first one was about to do is done here."""
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            for read in _read_chunks(chunks, queue, make_reader):
                pickle.dump(read, self._file, pickle.HIGHEST_PROTOCOL)
            self._file.flush()
            code = 0
        finally:
            os._exit(code)

    def result(self) -> dict[int, _Chunk | None]:
        """Wait for its end, and return what it has read."""
        if not self._pid:
            return {}
        try:
            _, status = os.waitpid(self._pid, 0)
        except ChildProcessError:  # SIGCHLD is ignored: it has ended, and the system has forgotten how
            status = 1
        self._pid = 0
        if status:
            return {}
        self._file.seek(0)
        read = {}
        with contextlib.suppress(EOFError):
            while True:
                number, chunk = pickle.load(self._file)  # noqa: S301 - a process of ours has made it
                read[number] = chunk
        return read

    def _end(self) -> None:
        """End it, where its result is not waited for any more."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
