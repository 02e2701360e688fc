"""A script's content in ChatCompletions' own form: text, or a list of content parts.

Source: https://platform.openai.com/docs/api-reference/chat/create, "Content parts" of a user message.
"""

from base64 import b64encode
from typing import Final

from dialogs.encoding import JsonObject, JsonValue
from dialogs.scenario import Content, Media, MediaPart, Part, TextPart

_AUDIO_FORMATS: Final = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav"}


def content_value(content: Content) -> JsonValue:
    """Return the content as it is sent, the bytes of media put in."""
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: Part) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case MediaPart(kind="image"):
            detail: JsonObject = {"detail": part.detail} if part.detail else {}
            return {"type": "image_url", "image_url": {"url": part.url or _data_url(part.media), **detail}}
        case MediaPart(kind="file", media=media):
            return {"type": "file", "file": {"filename": media.name if media else "", "file_data": _data_url(media)}}
        case MediaPart(media=media):
            audio_format = _AUDIO_FORMATS.get(media.media_type, "") if media else ""
            return {"type": "input_audio", "input_audio": {"data": _base64(media), "format": audio_format}}


def _base64(media: Media | None) -> str:
    return b64encode(media.data).decode("ascii") if media else ""


def _data_url(media: Media | None) -> str:
    return f"data:{media.media_type if media else ''};base64,{_base64(media)}"
