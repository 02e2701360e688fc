"""A script's content in ChatCompletions' own form: text, or a list of content parts.

Source: https://platform.openai.com/docs/api-reference/chat/create, "Content parts" of a user message.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from dialogs.chat import Message, Role, script_message
from dialogs.encoding import JsonObject, JsonValue
from dialogs.media import reference
from dialogs.scenario import Content, Media, MediaPart, Part, TextPart

_AUDIO_FORMATS: Final = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav"}
_NO_MEDIA: Final = Media("", "", b"")


def has_media(content: Content) -> bool:
    """Say whether the content shows files."""
    return not isinstance(content, str) and any(isinstance(part, MediaPart) and part.media for part in content)


def content_value(content: Content, *, references: bool = False) -> JsonValue:
    """Return the content as it is sent, the bytes of media put in; or as it is kept, with `references` for them."""
    if isinstance(content, str):
        return content
    return [_kept_part(part) if references else _part(part) for part in content]


def worded_content(content: Content, text: Callable[[str], str]) -> Content:
    """Give each text of the content its final wording."""
    if isinstance(content, str):
        return text(content)
    return tuple(TextPart(text(part.text)) if isinstance(part, TextPart) else part for part in content)


@lru_cache(4)
def media_message(role: Role, sent: Content, kept: Content, *, references: bool) -> Message:
    """Make a message that shows files, of its final wording; dialogues at the same time share the last few.

    `kept` is the wording that files hold, with `references` for media, or with all their bytes.
    """
    return script_message(role, content_value(sent), content_value(kept, references=references))


def _part(part: Part) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case MediaPart(kind="image"):
            return {"type": "image_url", "image_url": {"url": part.url or _data_url(_media(part)), **_detail(part)}}
        case MediaPart(kind="file"):
            media = _media(part)
            return {"type": "file", "file": {"filename": media.name, "file_data": _data_url(media)}}
        case MediaPart():
            media = _media(part)
            return {"type": "input_audio", "input_audio": {"data": _base64(media), "format": _audio_format(media)}}


def _kept_part(part: Part) -> JsonObject:
    if isinstance(part, TextPart) or part.media is None:
        return _part(part)
    media = part.media
    explained: JsonObject = {"name": media.name, "bytes": len(media.data)}
    match part.kind:
        case "image":
            return {"type": "image_url", "image_url": {"url": _short(media), **_detail(part), **explained}}
        case "file":
            return {"type": "file", "file": {"filename": media.name, "file_data": _short(media), **explained}}
        case "audio":
            short = reference(media.data)
            return {"type": "input_audio", "input_audio": {"data": short, "format": _audio_format(media), **explained}}


def _media(part: MediaPart) -> Media:
    return part.media or _NO_MEDIA


def _detail(part: MediaPart) -> JsonObject:
    return {"detail": part.detail} if part.detail else {}


def _audio_format(media: Media) -> str:
    return _AUDIO_FORMATS.get(media.media_type, "")


@lru_cache(16)
def _base64(media: Media) -> str:
    return b64encode(media.data).decode("ascii")


@lru_cache(256)
def _short(media: Media) -> str:
    return reference(media.data, media.media_type)


def _data_url(media: Media) -> str:
    return f"data:{media.media_type};base64,{_base64(media)}"
