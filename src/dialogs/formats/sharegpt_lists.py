"""Transcripts to ShareGPT's conversations: one JSON array, with the roles that LLaMA-Factory reads for tools."""

from collections.abc import Iterable, Iterator
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, decode, encode_line
from dialogs.formats.exports import (
    Notes,
    array_lines,
    calls_of,
    examples,
    reply_text,
    text_of,
    up_to_the_last_reply,
    whole_text,
)
from dialogs.transcript import Transcript

_SPEAKERS: Final = {
    "system": "system",
    "developer": "system",
    "user": "human",
    "assistant": "gpt",
    "tool": "observation",
}


def sharegpt_array(transcripts: Iterable[Transcript], notes: Notes, *, everything: bool = False) -> Iterator[str]:
    """Give the lines of the array, a conversation each; `notes` counts what is left out or changed."""
    return array_lines(_conversations(transcripts, notes, everything=everything))


def _conversations(transcripts: Iterable[Transcript], notes: Notes, *, everything: bool) -> Iterator[str]:
    for transcript in examples(transcripts, notes, everything=everything):
        if any(not isinstance(message.get("content"), str | None) for message in transcript.messages):
            notes["with content parts, of which only the text is written"] += 1
        messages = [part for message in up_to_the_last_reply(transcript) for part in _said(message)]
        record: JsonObject = {"id": transcript.id, "model": transcript.model, "conversations": messages}
        yield whole_text(record)


def _said(message: JsonObject) -> Iterator[JsonObject]:
    speaker = _SPEAKERS.get(str(message.get("role")), str(message.get("role")))
    text = reply_text(message) if speaker == "gpt" else text_of(message.get("content"))
    calls = calls_of(message)
    if text or not calls:
        yield {"from": speaker, "value": text}
    for _identity, name, arguments in calls:
        call = encode_line({"name": name, "arguments": _arguments(arguments)})
        yield {"from": "function_call", "value": call}


def _arguments(text: str) -> JsonValue:
    try:
        return decode(text)
    except ValueError:
        return text
