"""What docs/transcripts.md says of transcript files is so."""

import json
import re
from pathlib import Path
from typing import Any

from dialogs.format_schemas import transcript_schema
from dialogs.transcript import Outcome, Transcript
from dialogs.verifying import verify

TEXT = (Path(__file__).parent.parent / "docs" / "transcripts.md").read_text(encoding="utf-8")


def test_its_line_is_a_transcript_whose_histories_are_as_sent() -> None:
    (block,) = re.findall(r"```json\n(.+?)```", TEXT, re.DOTALL)
    record = json.loads(block)
    transcript = Transcript.from_record(record)

    assert not transcript.unknown
    assert transcript.turns
    assert verify(transcript) is None
    assert list(transcript.record()) == list(record)


def test_every_outcome_is_in_the_table() -> None:
    table = TEXT.split("## How a dialogue ends")[1].split("What a reply does")[0]

    assert re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE) == ["outcome", *Outcome]


def test_every_field_of_a_line_is_named() -> None:
    schema: Any = transcript_schema()

    assert {field for field in schema["properties"] if f"`{field}`" not in TEXT and f'"{field}"' not in TEXT} == set()
