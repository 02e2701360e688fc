import io
import re
from dataclasses import replace

import pytest

from builders import transcript
from dialogs.errors import UnreadableTranscriptError
from dialogs.indexed_transcripts import IndexedTranscripts, stable_line

FIRST, OTHER = transcript("first", "When?", "Soon."), transcript("other", "Who?", "I.")


def indexed(*lines: bytes) -> IndexedTranscripts:
    return IndexedTranscripts(io.BytesIO(b"".join(lines)), "a.jsonl")


def test_each_dialogue_is_read_where_it_stands() -> None:
    second = replace(FIRST, variant=2)
    file = indexed(stable_line(FIRST), b"\n", stable_line(second), stable_line(OTHER).rstrip(b"\n"))

    assert [(line.id, line.variant, line.number) for line in file.lines] == [
        ("first@scripted#0", 1, 1),
        ("first@scripted#0", 2, 3),
        ("other@scripted#0", 1, 4),
    ]
    assert file.lines_of("first@scripted#0") == list(file.lines[:2])
    assert file.named("other@scripted#0").messages[1]["content"] == "I."
    assert file.data(file.lines[2]) == stable_line(OTHER)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": ', "a.jsonl:1: no JSON"),
        (b"[]", "a.jsonl:1: wanted a transcript"),
        (b'{"id": 3}', 'a.jsonl:1: "format" is missing'),
    ],
)
def test_a_line_that_is_no_transcript_is_named(line: bytes, message: str) -> None:
    with pytest.raises(UnreadableTranscriptError, match=re.escape(message)):
        indexed(line)


def test_a_transcript_with_a_wrong_field_is_named_when_it_is_read() -> None:
    file = indexed(stable_line(FIRST).replace(b'"completed"', b'"complete"'))

    with pytest.raises(UnreadableTranscriptError, match=r'a\.jsonl:1: "outcome" is "complete"'):
        file.named("first@scripted#0")
