"""The bytes of pictures, documents and sounds in messages, and the references that stand for them in files.

A reference is `sha256:HEX`, with the media type after a semicolon where the bytes were a data URL:
`{"type": "image_url", "image_url": {"url": "sha256:9f86…;image/png", "name": "lamp.png", "bytes": 70}}`. Histories are
hashed with references, and without what only explains them, so that both forms of a message have one hash.
"""

import hashlib
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from dialogs.encoding import JsonObject, JsonValue

_PARTS: Final = {"image_url": "url", "file": "file_data", "input_audio": "data"}
_NAMES: Final = {"image_url": "image", "file": "file", "input_audio": "audio"}
_EXPLAINS: Final = ("name", "bytes")
_REFERENCE: Final = "sha256:"
_LINK: Final = re.compile(r"https?://\S+\Z")
_DATA_URL: Final = re.compile(r"data:([^;,]*);base64,")


def reference(data: bytes, media_type: str | None = None) -> str:
    """Name bytes by their hash, with their type where that stands nowhere else."""
    named = f"{_REFERENCE}{hashlib.sha256(data).hexdigest()}"
    return named if media_type is None else f"{named};{media_type}"


def is_reference(text: JsonValue) -> bool:
    """Say whether a text stands for bytes that are not there."""
    return isinstance(text, str) and text.startswith(_REFERENCE)


def has_reference(message: JsonObject) -> bool:
    """Say whether a message lacks the bytes that were sent."""
    content = message.get("content")
    return isinstance(content, list | tuple) and any(is_reference(_held(part)) for part in content)


def described(part: JsonValue) -> str | None:
    """Say in a line what a content part shows: its name, type, size and hash, or its URL; None of any other part."""
    hashed, held = _hashed_part(part), _held(part)
    if isinstance(held, str) and _LINK.match(held):
        return f"image {held}"
    short = _held(hashed)
    if not is_reference(short) or not isinstance(part, Mapping) or not isinstance(held, str):
        return None
    kind = str(part["type"])
    inner = part[kind]
    known: JsonObject = inner if isinstance(inner, Mapping) else {}
    digest, _, media_type = str(short).removeprefix(_REFERENCE).partition(";")
    size = known.get("bytes", len(held[held.find(",") + 1 :]) * 3 // 4 - held[-2:].count("="))
    name = known.get("name", known.get("filename"))
    facts = [media_type or str(known.get("format", "")), f"{size:,} bytes", f"sha256 {digest[:12]}…"]
    return f"{_NAMES[kind]}{f' {name}' if name else ''} ({', '.join(fact for fact in facts if fact)})"


def content_text(content: JsonValue) -> str | None:
    """Write content parts for people: texts, and in brackets what is shown; None where a part is of another form."""
    if not isinstance(content, list | tuple) or not content:
        return None
    lines: list[str] = []
    for part in content:
        shown, text = described(part), part.get("text") if isinstance(part, Mapping) else None
        if shown is None and not isinstance(text, str):
            return None
        lines.append(f"[{shown}]" if shown is not None else str(text))
    return "\n".join(lines)


def hashed_form(message: JsonObject) -> JsonObject:
    """Return the form of a message of which histories' hashes are made: the message itself where it shows nothing."""
    content = message.get("content")
    if not isinstance(content, list | tuple):
        return message
    parts = [_hashed_part(part) for part in content]
    return (
        message
        if all(one is other for one, other in zip(parts, content, strict=True))
        else {**message, "content": parts}
    )


def _held(part: JsonValue) -> JsonValue:
    """Return what a content part holds in the place of the bytes."""
    kind = part.get("type") if isinstance(part, Mapping) else None
    inner = part.get(kind) if isinstance(part, Mapping) and isinstance(kind, str) else None
    return inner.get(_PARTS[kind]) if isinstance(inner, Mapping) and isinstance(kind, str) and kind in _PARTS else None


def _hashed_part(part: JsonValue) -> JsonValue:
    held = _held(part)
    if not isinstance(part, Mapping) or not isinstance(held, str):
        return part
    kind = str(part["type"])
    short = held if is_reference(held) else _shortened(held, is_url=kind != "input_audio")
    inner = part[kind]
    if not is_reference(short) or not isinstance(inner, Mapping):
        return part
    kept = {key: value for key, value in inner.items() if key not in _EXPLAINS}
    return {**part, kind: {**kept, _PARTS[kind]: short}}


def _shortened(held: str, *, is_url: bool) -> str:
    match = _DATA_URL.match(held)
    if is_url and match is None:
        return held
    try:
        data = b64decode(held[match.end() if match else 0 :], validate=True)
    except (Base64Error, ValueError):
        return held
    return reference(data, match.group(1) if match else None)
