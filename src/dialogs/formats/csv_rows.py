"""Transcripts to CSV, a row a turn, harmless when a spreadsheet opens it.

A cell that begins as a formula does gets an apostrophe before it: https://owasp.org/www-community/attacks/CSV_Injection.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from dialogs.encoding import JsonValue, encode_line, replace_surrogates
from dialogs.formats.exports import Notes, calls_of, reply_text, text_of
from dialogs.transcript import Transcript, TurnRecord

COLUMNS: Final = (
    "dialogue",
    "scenario",
    "case",
    "model",
    "sample",
    "outcome",
    "turn",
    "user",
    "tool_calls",
    "reply",
    "finish_reason",
    "unmet",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "latency_ms",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_rows(transcripts: Iterable[Transcript], notes: Notes) -> Iterator[str]:
    """Give the lines of the table; `notes` counts the cells that were made harmless."""
    yield _line(COLUMNS)
    for transcript in transcripts:
        if transcript.is_pinned:
            notes["played on a baseline's history alone: the replies are those on that history"] += 1
        for turn in transcript.turns:
            cells = [_cell(value, notes) for value in _row(transcript, turn).values()]
            yield _line(cells)


def _row(transcript: Transcript, turn: TurnRecord) -> dict[str, JsonValue]:
    """Return a turn's values by their columns."""
    arm = turn.pinned if transcript.is_pinned else None
    completions = arm.completions if arm else turn.completions
    messages = arm.messages if arm else transcript.messages
    replies = [messages[one.reply] for one in completions if one.reply < len(messages)]
    calls = [f"{name}({arguments})" for reply in replies for _id, name, arguments in calls_of(reply)]
    usages = [one.usage for one in completions if one.usage]
    error = transcript.error if transcript.error and transcript.error.turn == turn.turn else None
    latencies = [one.latency_ms for one in completions if one.latency_ms is not None]
    return {
        "dialogue": transcript.id,
        "scenario": transcript.scenario,
        "case": None if transcript.case is None else encode_line(transcript.case),
        "model": transcript.model,
        "sample": transcript.sample,
        "outcome": transcript.outcome.value,
        "turn": turn.turn,
        "user": _user(transcript, turn),
        "tool_calls": "\n".join(calls),
        "reply": reply_text(replies[-1]) if replies else "",
        "finish_reason": completions[-1].finish_reason if completions else None,
        "unmet": ", ".join(one.kind for one in turn.expectations if one.passed is False),
        "error": f"{error.kind}: {error.message}" if error else None,
        "prompt_tokens": sum(usage.prompt_tokens for usage in usages) if usages else None,
        "completion_tokens": sum(usage.completion_tokens for usage in usages) if usages else None,
        "latency_ms": round(sum(latencies), 1) if latencies else None,
    }


def _user(transcript: Transcript, turn: TurnRecord) -> str:
    """Return what the user said in a turn: turns are counted by the messages of users."""
    said = [message for message in transcript.messages if message.get("role") == "user"]
    return text_of(said[turn.turn - 1].get("content")) if 0 < turn.turn <= len(said) else ""


def _cell(value: JsonValue, notes: Notes) -> str:
    if value is None:
        return ""
    text = replace_surrogates(str(value)).replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, str) and text.startswith(_FORMULA):
        notes["cells that begin as a formula, which got an apostrophe"] += 1
        return f"'{text}"
    return text


def _line(cells: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
