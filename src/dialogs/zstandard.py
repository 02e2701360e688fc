"""Zstandard's library: Python's own from 3.14 on, and before that the same one from its package."""

import sys
from typing import BinaryIO, Final

if sys.version_info >= (3, 14):
    from compression.zstd import CompressionParameter, ZstdError, ZstdFile
else:
    from backports.zstd import CompressionParameter, ZstdError, ZstdFile

__all__ = ["ERRORS", "ZstdFile", "reader", "writer"]

ERRORS: Final = (ZstdError,)
_LEVEL: Final = 3
_OPTIONS: Final[dict[int, int]] = {
    CompressionParameter.compression_level: _LEVEL,
    CompressionParameter.checksum_flag: 1,
}


def reader(file: BinaryIO) -> ZstdFile:
    """Read the text of all frames of a file, which stays the caller's."""
    return ZstdFile(file, "rb")


def writer(file: BinaryIO) -> ZstdFile:
    """Write one frame to a file, which stays the caller's."""
    frame = ZstdFile(file, "wb", options=_OPTIONS)
    frame.write(b"")  # else no text would make no frame, which other programs take for a file cut off
    return frame
