"""The quick reader and the thorough one make the same of every line that both take."""

import copy
import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import dialogue, in_turn, play, transcript
from dialogs.chat import Fault, FaultKind, Usage
from dialogs.encoding import decode, encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.record import RecordError
from dialogs.transcript import ExpectationRecord, Transcript
from dialogs.transcript_files import read_transcripts
from dialogs.transcript_wire import read_quickly

PLAYED = transcript("talk", "When?", "Soon.", "Why?", "So.")
FAILED = play(dialogue("When?"), in_turn(Fault(FaultKind.RATE_LIMITED, "slow down", status=429)))[0]


def line(played: Transcript, *, stable: bool = False) -> bytes:
    return encode_line(played.record(stable=stable)).encode()


def full() -> Transcript:
    """Make a transcript with something in every field that the quick reader knows."""
    turn = PLAYED.turns[0]
    usage = Usage(3, 4, {"prompt_tokens": 3, "completion_tokens": 4, "details": {"cached": 1}})
    completion = replace(
        turn.completions[0], truncated=True, sanitised=True, usage=usage, extra={"x": 1}, attempts=2, request_id="r"
    )
    checks = (
        ExpectationRecord("contains", "x", passed=False, found="y", place="talk.yaml:3:5"),
        ExpectationRecord("json", value=None, passed=None),
        ExpectationRecord("max_latency_s", 1, passed=True, place="talk.yaml:4:5"),
    )
    first = replace(turn, completions=(completion,), params={"seed": 1}, extra_body={"k": [2]}, expectations=checks)
    return replace(
        PLAYED,
        turns=(first, PLAYED.turns[1]),
        case={"shop": "Acme"},
        sample=2,
        variant=3,
        params={"temperature": 0.5},
        extra_body={"top_k": 20},
        send_back=("reasoning_content",),
        tools_sha256="ab",
        baseline_sha256="cd",
        tags=("smoke",),
        elapsed_ms=5,
    )


@pytest.mark.parametrize("played", [PLAYED, FAILED, full(), replace(PLAYED, turns=(), messages=())])
@pytest.mark.parametrize("stable", [False, True])
def test_the_quick_reader_makes_what_the_thorough_one_makes(played: Transcript, *, stable: bool) -> None:
    data = line(played, stable=stable)
    found = read_quickly(data)

    assert found is not None
    assert found == Transcript.from_record(decode(data))
    assert line(found, stable=stable) == data


@pytest.mark.parametrize("name", [each.name for each in fields(Transcript)])
def test_each_field_is_there_whichever_is_looked_at_first(name: str) -> None:
    found, thorough = read_quickly(line(full())), Transcript.from_record(decode(line(full())))

    assert getattr(found, name) == getattr(thorough, name)
    assert found == thorough


def test_a_name_that_no_field_has_is_refused_as_ever() -> None:
    found = read_quickly(line(PLAYED))

    with pytest.raises(AttributeError, match=r"'Transcript' object has no attribute 'outcom'"):
        getattr(found, "outcom")  # noqa: B009 - mypy would not let it pass
    assert not hasattr(PLAYED, "turn")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, replace])
def test_what_was_read_quickly_is_copied_whole(again: Callable[[Transcript | None], Transcript]) -> None:
    assert again(read_quickly(line(full()))) == read_quickly(line(full()))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in paths(item, (*path, key)))][0 if path else 1 :]


RECORD = json.loads(line(full()))
ODD = st.sampled_from([None, True, 0, 1.5, 10**30, "x", "\ud800", [], [1], {}, {"role": "user"}, {"turn": 1}])


@given(st.sampled_from(paths(RECORD)), ODD, st.sampled_from(["set", "remove", "add"]))
def test_a_line_with_anything_odd_is_read_as_the_thorough_reader_does(
    path: tuple[Any, ...], odd: object, how: str
) -> None:
    record: Any = json.loads(line(full()))
    parent = record
    for key in path[:-1]:
        parent = parent[key]
    if how == "set":
        parent[path[-1]] = odd
    elif how == "remove":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent["new"] = odd
    data = encode_line(record).encode()

    found = read_quickly(data)

    if found is not None:
        assert found == Transcript.from_record(json.loads(data))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format": NaN}', b'{"format": 1e999}'])
def test_what_is_no_transcript_is_left_to_the_thorough_reader(data: bytes) -> None:
    assert read_quickly(data) is None


def test_a_long_file_is_read_to_its_end_and_a_fault_in_it_names_its_line(tmp_path: Path) -> None:
    wrong = json.loads(line(PLAYED))
    wrong["turns"][1]["turn"] = "two"
    lines = [line(PLAYED) for _ in range(500)]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*lines, encode_line(wrong).encode()]))
    found = read_transcripts(tmp_path / "a.jsonl")

    assert [next(found) for _ in lines] == [PLAYED] * 500
    with pytest.raises(UnreadableTranscriptError, match=r'a\.jsonl:501: "turns\[1\]\.turn" is "two"; wanted a whole'):
        next(found)


def test_a_newer_format_is_refused_by_name() -> None:
    data = line(PLAYED).replace(b'"format":1', b'"format":2')

    assert read_quickly(data) is None
    with pytest.raises(RecordError, match="format 2 is newer"):
        Transcript.from_record(decode(data))
