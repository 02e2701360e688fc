"""Files to text: regular files only, of a bounded size, inside their tree, UTF-8; nothing hangs, nothing leaks.

What a file holds and where a link leads is never quoted here: it may be no file of ours.
"""

import os
import re
import stat
from dataclasses import dataclass
from typing import Final

from dialogs.loading.faults import line_and_column
from dialogs.opened_files import decompressed, is_compressed

MAX_BYTES: Final = 4 * 1024 * 1024
_LEAST_READ: Final = 64 * 1024
_MEGABYTE: Final = 1024 * 1024
_LARGER: Final = "a smaller file, or a larger --max-file-size"

LINK_LEADS_OUT: Final = "a symbolic link that leads out of its folder; wanted a file inside"

_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link that leads nowhere",
}
# Else opening a named pipe would wait for its writer, and a link put in the place of a checked file be followed.
_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_UTF16_OR_32: Final = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|[^\x00]\x00[^\x00]\x00|\x00[^\x00]\x00[^\x00]")
_UNPRINTABLE: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file gives no text: what was found, what was wanted; a line of 0 is the whole file."""

    message: str
    line: int = 0
    column: int = 0


def is_inside(path: str, tree: str) -> bool:
    """Say whether the real path `path` is the real folder `tree`, or lies in it."""
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def system_reason(error: OSError | ValueError) -> str:
    """Return the system's words for a failure, without the path."""
    return (isinstance(error, OSError) and error.strerror) or "the name cannot be used"


def read_bytes(real_path: str, max_bytes: int, way_on: str = _LARGER) -> bytes | Unreadable:
    """Read a regular file of at most `max_bytes`; its last component must not be a link.

    `way_on` says what to do about a larger one.
    """
    try:
        status = os.lstat(real_path)
        if not stat.S_ISREG(status.st_mode):  # before it is opened: opening a device may already do something
            return Unreadable(f"{_KINDS.get(stat.S_IFMT(status.st_mode), 'no regular file')}; wanted a regular file")
        return _read_opened(os.open(real_path, _OPEN_FLAGS), max_bytes, way_on)
    except (OSError, ValueError) as error:
        return Unreadable(f"cannot be read: {system_reason(error)}; wanted a readable file")


def read_text_bytes(real_path: str, max_bytes: int) -> bytes | Unreadable:
    """Read a regular file that may be compressed; its text is of at most `max_bytes`."""
    data = read_bytes(real_path, max_bytes)
    if isinstance(data, Unreadable) or not is_compressed(data):
        return data
    try:
        text = decompressed(data, max_bytes)
    except OSError as error:
        return Unreadable(f"cannot be read: {system_reason(error)}; wanted a readable file")
    return text if len(text) <= max_bytes else Unreadable(f"uncompressed {_too_large(max_bytes)}; wanted {_LARGER}")


def _too_large(max_bytes: int) -> str:
    limit = f"{max_bytes / _MEGABYTE:g} MB" if max_bytes >= _MEGABYTE else f"{max_bytes} bytes"
    return f"larger than {limit}"


def _read_opened(descriptor: int, max_bytes: int, way_on: str) -> bytes | Unreadable:
    with open(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Unreadable("no regular file any more; wanted a regular file")
        data = b""
        rest = max_bytes + 1
        while rest > 0 and (part := file.read(min(rest, max(status.st_size, _LEAST_READ)))):
            data += part  # one part, unless the file grows or its size is not known
            rest -= len(part)
    if rest <= 0:
        return Unreadable(f"{_too_large(max_bytes)}; wanted {way_on}")
    return data


def decode_text(data: bytes) -> str | Unreadable:
    """Decode UTF-8, with or without a byte order mark."""
    if _UTF16_OR_32.match(data):
        return Unreadable("UTF-16 or UTF-32 text; wanted UTF-8", 1, 1)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = line_and_column(data[: error.start].decode().removeprefix("\ufeff"))
        return Unreadable(f"byte 0x{data[error.start]:02x} is not UTF-8; wanted UTF-8 text", *place)
    return text.removeprefix("\ufeff")


def check_characters(text: str) -> Unreadable | None:
    """Find the first character that YAML does not take, or that its versions read differently."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    if "\0" in text:
        return Unreadable("a NUL character: no text file; wanted YAML text", *line_and_column(text[: text.index("\0")]))
    place = line_and_column(text[: found.start()])
    code = ord(found.group())
    escape = f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - the end of Latin-1
    return Unreadable(f'U+{code:04X} stands here as it is; wanted "{escape}" inside double quotes', *place)


def read_yaml_text(real_path: str, max_bytes: int) -> str | Unreadable:
    """Read a file as text that a YAML parser takes, and that all of them read alike."""
    data = read_bytes(real_path, max_bytes)
    text = data if isinstance(data, Unreadable) else decode_text(data)
    if isinstance(text, Unreadable):
        return text
    return check_characters(text) or text
