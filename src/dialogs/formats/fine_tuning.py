"""Transcripts to OpenAI's fine-tuning examples: `{"messages": [...]}` a line, as the API's own checks want them.

Source: https://platform.openai.com/docs/guides/supervised-fine-tuning and
https://cookbook.openai.com/examples/chat_finetuning_data_prep.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dialogs.encoding import JsonObject
from dialogs.formats.exports import LEFT_OUT, Notes, examples, up_to_the_last_reply, whole_text
from dialogs.media import has_reference
from dialogs.transcript import Transcript

_KEYS: Final = ("role", "content", "name", "tool_calls", "tool_call_id")
_SENT: Final = ("https://", "data:")


def fine_tuning_lines(transcripts: Iterable[Transcript], notes: Notes, *, everything: bool = False) -> Iterator[str]:
    """Give a line for each transcript that makes an example; `notes` counts what is left out or changed."""
    for transcript in examples(transcripts, notes, everything=everything):
        messages = up_to_the_last_reply(transcript)
        unfit = next((reason for message in messages if (reason := _unfit(message))), None)
        if unfit:
            notes[f"with {unfit}{LEFT_OUT}"] += 1
            continue
        if any(message.get("role") == "developer" for message in messages):
            notes["with a developer message, written as a system message"] += 1
        if any(message.get("tool_calls") for message in messages):
            notes["with calls of tools, whose definitions must be added under tools"] += 1
        yield f"{whole_text({'messages': [_example(message) for message in messages]})}\n"


def _unfit(message: JsonObject) -> str | None:
    """Say what in a message no example can hold."""
    content = message.get("content")
    if message.get("refusal"):
        return "a refusal"
    if content is None and not message.get("tool_calls"):
        return "a message without content"
    if has_reference(message):
        return "media, whose bytes the transcript does not keep"
    if isinstance(content, list) and not all(isinstance(part, Mapping) and _fits(part) for part in content):
        return "a file or a sound, which no example can hold"
    return None


def _fits(part: JsonObject) -> bool:
    """Say whether a content part is text, or an image that can be had."""
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else None
    return part.get("type") == "text" or (isinstance(url, str) and url.startswith(_SENT))


def _example(message: JsonObject) -> JsonObject:
    role = "system" if message.get("role") == "developer" else message.get("role")
    kept: JsonObject = {key: message[key] for key in _KEYS if message.get(key) is not None}
    return {**kept, "role": role}
