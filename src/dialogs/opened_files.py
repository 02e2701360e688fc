"""Files of lines, plain or compressed by Zstandard (RFC 8878): what is read is known by its first bytes.

What is written is compressed where its name ends in `.zst`: one frame of level 3 with a checksum, the same bytes for
the same text whatever the pieces it comes in.
"""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from dialogs.zstandard import ZstdFile


COMPRESSED: Final = ".zst"
LONGEST_LINE: Final = 256 << 20  # as of a journal; a small file can hold one that fills the memory
_BUFFER: Final = 256 * 1024  # lines are read in their order mostly, and then a few dozen at once
_PIECE: Final = 64 * 1024
_FRAME: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # behind a byte from 0x50 to 0x5f: a frame without text, as pzstd writes
_MAGIC_BYTES: Final = 4


class DamagedFileError(OSError):
    """What a file holds cannot be read: `strerror` says why, and what to do."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(errno.EINVAL, reason)


def is_compressed(start: bytes) -> bool:
    """Say whether a file that begins with `start` is compressed."""
    return start.startswith(_FRAME) or (start[1:_MAGIC_BYTES] == _SKIPPABLE and start[0] >> 4 == 5)  # noqa: PLR2004


def without_compression(name: str) -> str:
    """Return the name that a file has when it is not compressed."""
    return name.removesuffix(COMPRESSED)


def open_lines(path: str | Path) -> BinaryIO:
    """Open a file to be read once, from its start; "-" is standard input.

    Raises:
        OSError: it cannot be opened, or, from reading as well, is damaged.
    """
    is_stdin = str(path) == "-"
    descriptor = io.FileIO(0 if is_stdin else path, closefd=not is_stdin)
    file = io.BufferedReader(descriptor, _BUFFER)
    try:
        start = file.peek(_MAGIC_BYTES)[:_MAGIC_BYTES]
        if is_compressed(start):
            return cast("BinaryIO", io.BufferedReader(_Decompressed(cast("BinaryIO", file)), _BUFFER))
        _refuse_other(start, path)
    except BaseException:
        file.close()
        raise
    return cast("BinaryIO", file)


def open_anywhere(path: str | Path, files: ExitStack) -> BinaryIO:
    """Open a file to be read in any order, and more than once; `files` closes it.

    What is compressed, or comes through a pipe, is copied to an unnamed temporary file first, as plain text.

    Raises:
        OSError: it cannot be opened, or is damaged; or there is no room for the copy.
    """
    file = files.enter_context(open_lines(path))
    if not isinstance(file.raw, _Decompressed) and S_ISREG(os.fstat(file.fileno()).st_mode):  # type: ignore[attr-defined]  # both are BufferedReaders
        return file
    # Imported here, since most files are read as they are, and at once.
    import tempfile  # noqa: PLC0415
    from shutil import copyfileobj  # noqa: PLC0415

    spool: BinaryIO = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - pushed
    try:
        copyfileobj(file, spool, _BUFFER)
        spool.seek(0)
    except DamagedFileError:
        raise
    except OSError as error:
        reason = f"{error.strerror} in {tempfile.gettempdir()}, where it is unpacked; TMPDIR chooses another folder"
        raise OSError(error.errno, reason) from None
    return spool


def decompressed(data: bytes, most: int) -> bytes:
    """Return the text of a compressed file, or one byte more than `most` of it where it is longer.

    Raises:
        OSError: it is damaged.
    """
    with io.BufferedReader(_Decompressed(io.BytesIO(data))) as text:
        return text.read(most + 1)


@contextmanager
def compressing(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    """Give what to write to, so that `file`, which is to be named `path`, is compressed where that name says so.

    `file` stays open. After an exception what it holds is of no use.
    """
    if not path.name.endswith(COMPRESSED):
        yield file
        return
    compressor = io.BufferedWriter(_zstandard().writer(file), _PIECE)
    try:
        yield compressor
    except BaseException:
        with suppress(OSError):
            compressor.close()
        raise
    compressor.close()


def _zstandard() -> ModuleType:
    try:
        from dialogs import zstandard  # noqa: PLC0415 - few files are compressed
    except ImportError as error:
        raise OSError(errno.ENOSYS, f"zstd is not there in this Python ({error}); uncompress the file first") from None
    return zstandard


def _refuse_other(start: bytes, path: str | Path) -> None:
    if start and str(path).endswith(COMPRESSED):
        found = "text" if start.isascii() else "data of another kind"
        raise DamagedFileError(f"its name ends in {COMPRESSED}, yet it holds {found} that is not compressed; rename it")


class _Decompressed(io.RawIOBase):
    """The text of a compressed file, a piece at a time."""

    def __init__(self, file: BinaryIO) -> None:
        zstandard = _zstandard()
        self._file = file
        self._errors = zstandard.ERRORS
        self._text: ZstdFile = zstandard.reader(file)
        self._read = self._of_line = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._read

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        try:
            count: int = self._text.readinto(buffer)
        except EOFError:
            raise DamagedFileError(
                f"its zstd data is cut off after {self._read:,} bytes of text; copy or write it again"
            ) from None
        except self._errors as error:
            raise DamagedFileError(
                f"its zstd data is damaged after {self._read:,} bytes of text ({error}); copy or write it again"
            ) from None
        self._read += count
        end = bytes(memoryview(buffer)[:count]).rfind(b"\n")
        self._of_line = count - end - 1 if end >= 0 else self._of_line + count
        if self._of_line > LONGEST_LINE:
            raise DamagedFileError(f"a line of more than {LONGEST_LINE:,} bytes in it; wanted shorter ones")
        return count

    def close(self) -> None:
        if not self.closed:
            self._text.close()
            self._file.close()
        super().close()
