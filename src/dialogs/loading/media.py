"""Which media a script may show: told by the file's name, and held against its first bytes.

Formats are those that ChatCompletions takes: https://platform.openai.com/docs/guides/images-vision, .../pdf-files and
.../audio.
"""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final


@dataclass(frozen=True, slots=True)
class MediaType:
    """A format: its name for people, its suffixes, its media type, and the bytes at offsets by which it is known."""

    name: str
    kind: str
    suffixes: tuple[str, ...]
    media_type: str
    marks: tuple[tuple[tuple[int, bytes], ...], ...]

    def fits(self, data: bytes) -> bool:
        """Say whether a file begins as this format does."""
        return any(all(data.startswith(mark, offset) for offset, mark in marks) for marks in self.marks)


_TYPES: Final = (
    MediaType("PNG", "image", (".png",), "image/png", (((0, b"\x89PNG\r\n\x1a\n"),),)),
    MediaType("JPEG", "image", (".jpg", ".jpeg"), "image/jpeg", (((0, b"\xff\xd8\xff"),),)),
    MediaType("GIF", "image", (".gif",), "image/gif", (((0, b"GIF87a"),), ((0, b"GIF89a"),))),
    MediaType("WebP", "image", (".webp",), "image/webp", (((0, b"RIFF"), (8, b"WEBP")),)),
    MediaType("PDF", "file", (".pdf",), "application/pdf", (((0, b"%PDF-"),),)),
    MediaType("WAV", "audio", (".wav",), "audio/wav", (((0, b"RIFF"), (8, b"WAVE")),)),
    MediaType(
        "MP3",
        "audio",
        (".mp3",),
        "audio/mpeg",
        # an ID3 tag, or a frame of layer III: 11 bits set, then version and layer (ISO/IEC 11172-3, 2.4.1.3)
        (((0, b"ID3"),), *(((0, bytes((0xFF, second))),) for second in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3))),
    ),
)


def media_type(name: str, kind: str) -> MediaType | None:
    """Return the format that a file of this kind has by its name."""
    suffix = PurePath(name).suffix.lower()
    return next((each for each in _TYPES if each.kind == kind and suffix in each.suffixes), None)


def media_wanted(kind: str) -> str:
    """Name the formats of a kind."""
    suffixes = [suffix for each in _TYPES if each.kind == kind for suffix in each.suffixes]
    return f"a file {', '.join(suffixes[:-1])} or {suffixes[-1]}" if len(suffixes) > 1 else f"a file {suffixes[0]}"
