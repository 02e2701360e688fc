"""What the formats that are written have in common: which transcripts fit them, and notes of what does not."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from dialogs.encoding import JsonObject, JsonValue, encode_line, replace_surrogates
from dialogs.templating import worded
from dialogs.transcript import Outcome, Transcript

# In each note that counts transcripts which are not exported, and in no other.
LEFT_OUT: Final = ", so left out"
Notes: TypeAlias = Counter[str]
Export: TypeAlias = Callable[[Iterable[Transcript], Notes], Iterator[str]]


def examples(transcripts: Iterable[Transcript], notes: Notes, *, everything: bool = False) -> Iterator[Transcript]:
    """Give the transcripts whose messages are a conversation of the model itself; the others are counted in `notes`.

    Only completed ones are, unless `everything` that has a reply is wanted.
    """
    for transcript in transcripts:
        if transcript.is_pinned:
            notes[f"played on a baseline's history alone{LEFT_OUT}"] += 1
        elif not any(turn.completions for turn in transcript.turns):
            notes[f"without any reply{LEFT_OUT}"] += 1
        elif transcript.outcome is not Outcome.COMPLETED and not everything:
            notes[f"{transcript.outcome.value}{LEFT_OUT}; --all takes them too"] += 1
        else:
            yield transcript


def up_to_the_last_reply(transcript: Transcript) -> tuple[JsonObject, ...]:
    """Return the messages but for those that no reply follows."""
    last = max(completion.reply for turn in transcript.turns for completion in turn.completions)
    return transcript.messages[: last + 1]


def array_lines(items: Iterable[str]) -> Iterator[str]:
    """Give the lines of a JSON array, an item each."""
    yield "[\n"
    rest = iter(items)
    last = next(rest, None)
    for item in rest:
        yield f"{last},\n"
        last = item
    if last is not None:
        yield f"{last}\n"
    yield "]\n"


def whole_text(value: JsonValue) -> str:
    """Encode a value on one line, each lone surrogate, which other readers refuse, replaced."""
    line = encode_line(value)
    if "\\ud" not in line:  # nor, then, a backslash before these letters
        return line
    return encode_line(worded(value, replace_surrogates))


def text_of(content: JsonValue) -> str:
    """Return content as text: parts one after the other, what is no text by its kind in brackets."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(_part_text(part) for part in parts if isinstance(part, Mapping))


def _part_text(part: JsonObject) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else f"[{part.get('type')}]"


def reply_text(message: JsonObject) -> str:
    """Return the text of a reply: its content, or its refusal."""
    return text_of(message.get("content")) or text_of(message.get("refusal"))


def calls_of(message: JsonObject) -> list[tuple[str, str, str]]:
    """Return id, function and arguments of each call of a tool in a reply."""
    calls = message.get("tool_calls")
    found = []
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(call, Mapping) and isinstance(function, Mapping):
            found.append((str(call.get("id")), str(function.get("name")), str(function.get("arguments"))))
    return found
