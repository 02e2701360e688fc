"""Transcripts in the formats of other tools."""

import csv
import json
from collections import Counter
from dataclasses import replace
from io import StringIO

import pytest

from builders import dialogue, in_turn, play, reply, transcript
from dialogs.chat import Fault, FaultKind, Usage
from dialogs.encoding import JsonObject, JsonValue
from dialogs.expectation_records import ExpectationRecord
from dialogs.formats.csv_rows import COLUMNS, csv_rows
from dialogs.formats.exports import Notes, array_lines
from dialogs.formats.fine_tuning import fine_tuning_lines
from dialogs.formats.sharegpt_lists import sharegpt_array
from dialogs.transcript import Outcome, Transcript

TALK = transcript("talk", "Hi", "Hello!", "Bye", "Bye!")
CALLS: JsonValue = [{"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}]
BROKEN, _ = play(dialogue("Hi", "Bye"), in_turn("Hello!", Fault(FaultKind.TIMEOUT, "no answer")))
SILENT, _ = play(dialogue("Hi"), in_turn(Fault(FaultKind.TIMEOUT, "no answer")))


def with_message(data: JsonObject, index: int = 1) -> Transcript:
    messages = list(TALK.messages)
    messages[index] = data
    return replace(TALK, messages=tuple(messages))


def examples(*transcripts: Transcript, everything: bool = False) -> tuple[list[list[dict[str, JsonValue]]], Notes]:
    notes: Notes = Counter()
    lines = fine_tuning_lines(transcripts, notes, everything=everything)
    return [json.loads(line)["messages"] for line in lines], notes


def rows(*transcripts: Transcript) -> tuple[list[dict[str, str]], Notes]:
    notes: Notes = Counter()
    return list(csv.DictReader(StringIO("".join(csv_rows(transcripts, notes)), newline=""))), notes


def test_an_example_holds_the_messages_and_nothing_else() -> None:
    messages, notes = examples(TALK)

    assert [[(one["role"], one["content"]) for one in each] for each in messages] == [
        [("user", "Hi"), ("assistant", "Hello!"), ("user", "Bye"), ("assistant", "Bye!")]
    ]
    assert notes == {}


def test_what_a_server_put_beside_a_reply_is_no_part_of_an_example() -> None:
    messages, _notes = examples(with_message({"role": "assistant", "content": "a", "refusal": None, "annotations": []}))

    assert messages[0][1] == {"role": "assistant", "content": "a"}


def test_only_completed_dialogues_are_examples_unless_told() -> None:
    assert examples(BROKEN) == ([], {"error, so left out; --all takes them too": 1})
    assert [one["content"] for one in examples(BROKEN, everything=True)[0][0]] == ["Hi", "Hello!"]


def test_a_dialogue_without_reply_is_no_example_at_all() -> None:
    assert examples(SILENT, everything=True) == ([], {"without any reply, so left out": 1})


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ({"role": "assistant", "content": None, "refusal": "No."}, "with a refusal, so left out"),
        ({"role": "assistant", "content": None}, "with a message without content, so left out"),
    ],
)
def test_what_no_example_can_hold_is_left_out_and_counted(message: JsonObject, note: str) -> None:
    assert examples(with_message(message)) == ([], {note: 1})


def test_pictures_are_examples_where_their_bytes_or_addresses_are_there() -> None:
    def shown(url: str) -> Transcript:
        return with_message({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}, 0)

    assert examples(shown("https://example.org/a.png"))[1] == {}
    assert examples(shown("sha256:9f86;image/png"))[1] == {
        "with media, whose bytes the transcript does not keep, so left out": 1
    }


def test_files_and_sounds_are_no_examples() -> None:
    sound: JsonObject = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}

    assert examples(with_message({"role": "user", "content": [sound]}, 0))[1] == {
        "with a file or a sound, which no example can hold, so left out": 1
    }


def test_calls_of_tools_and_developers_are_written_and_noted() -> None:
    called = with_message({"role": "assistant", "content": None, "tool_calls": CALLS})
    messages, notes = examples(called, with_message({"role": "developer", "content": "Be short."}, 0))

    assert messages[0][1] == {"role": "assistant", "tool_calls": CALLS}
    assert messages[1][0] == {"role": "system", "content": "Be short."}
    assert set(notes) == {
        "with calls of tools, whose definitions must be added under tools",
        "with a developer message, written as a system message",
    }


def test_lone_surrogates_are_replaced() -> None:
    assert examples(with_message({"role": "assistant", "content": "a\ud800"}))[0][0][1]["content"] == "a\ufffd"


def test_sharegpt_is_one_array_of_conversations() -> None:
    called = with_message({"role": "assistant", "content": None, "tool_calls": CALLS})
    first, second = json.loads("".join(sharegpt_array([TALK, called], Counter())))

    assert (first["id"], first["model"]) == ("talk@scripted#0", "scripted")
    assert [(one["from"], one["value"]) for one in first["conversations"]] == [
        ("human", "Hi"),
        ("gpt", "Hello!"),
        ("human", "Bye"),
        ("gpt", "Bye!"),
    ]
    assert second["conversations"][1] == {"from": "function_call", "value": '{"name":"look","arguments":{"a":1}}'}


@pytest.mark.parametrize("count", range(4))
def test_an_array_is_json_whatever_its_length(count: int) -> None:
    assert json.loads("".join(array_lines(str(number) for number in range(count)))) == list(range(count))


def test_a_table_has_a_row_for_each_turn() -> None:
    table, _notes = rows(TALK, BROKEN)

    assert [(row["turn"], row["user"], row["reply"], row["error"]) for row in table] == [
        ("1", "Hi", "Hello!", ""),
        ("2", "Bye", "Bye!", ""),
        ("1", "Hi", "Hello!", ""),
        ("2", "Bye", "", "timeout: no answer"),
    ]
    assert tuple(table[0]) == COLUMNS


def test_a_row_says_what_was_unmet_and_what_it_cost() -> None:
    turn = TALK.turns[0]
    checks = (ExpectationRecord("contains", "x", passed=False), ExpectationRecord("regex", "y", passed=True))
    completion = replace(turn.completions[0], usage=Usage(3, 4), latency_ms=12.5)
    changed = replace(TALK, turns=(replace(turn, expectations=checks, completions=(completion,)),), case={"a": 1})
    ((row,), _notes) = rows(replace(changed, outcome=Outcome.UNMET))

    assert (row["unmet"], row["outcome"], row["case"]) == ("contains", "unmet", '{"a":1}')
    assert (row["prompt_tokens"], row["completion_tokens"], row["latency_ms"]) == ("3", "4", "12.5")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(formula: str) -> None:
    table, notes = rows(with_message({"role": "assistant", "content": formula}))

    assert table[0]["reply"] == f"'{formula}"
    assert notes == {"cells that begin as a formula, which got an apostrophe": 1}


def test_a_cell_keeps_quotes_commas_and_lines() -> None:
    text = 'a "b", c\nd \u2028 é'
    assert rows(with_message({"role": "assistant", "content": text}))[0][0]["reply"] == text


def test_a_refusal_and_calls_of_tools_are_shown() -> None:
    played, _ = play(dialogue("Hi"), in_turn(reply(None, "tool_calls", tool_calls=CALLS)))
    refused = with_message({"role": "assistant", "content": None, "refusal": "No."})

    assert rows(played)[0][0]["tool_calls"] == 'look({"a": 1})'
    assert rows(refused)[0][0]["reply"] == "No."
