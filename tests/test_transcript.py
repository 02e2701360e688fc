import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builders import PLACE, dialogue, in_turn, play, reply, transcript
from dialogs.chat import Fault, FaultKind
from dialogs.encoding import JsonObject, decode, encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.record import RecordError
from dialogs.scenario import UserTurn
from dialogs.transcript import ArmRecord, ExpectationRecord, Transcript, TranscriptError
from dialogs.transcript_files import TranscriptWriter, read_transcripts, write_transcripts


def again(played: Transcript) -> Transcript:
    return Transcript.from_record(decode(encode_line(played.record())))


def test_a_record_reads_back_to_the_same_transcript() -> None:
    played, _requests = play(
        dialogue("One", "Two", system="Brief."), in_turn("1", Fault(FaultKind.TIMEOUT, "late", status=408))
    )

    assert again(played) == played


def test_what_a_turn_sets_reads_back() -> None:
    turn = UserTurn("One", PLACE, params={"seed": 1}, extra_body={"top_k": 2})
    played, _requests = play(dialogue(turn), in_turn("1"))

    assert again(played) == played
    assert played.turns[0].extra_body == {"top_k": 2}


def with_arms() -> Transcript:
    """Make a transcript whose one turn was asked in every arm."""
    played = transcript("talk", "Hello", "Hi")
    completion, error = replace(played.turns[0].completions[0], reply=0), TranscriptError(1, "timeout", "late")
    pinned = ArmRecord(
        ({"role": "assistant", "content": "Ho"},), (completion,), ({"role": "user", "content": "Hello"},)
    )
    more = replace(pinned, script=())
    turn = replace(played.turns[0], pinned=pinned, confirmations=(more,), resamples=(more, ArmRecord(error=error)))
    return replace(played, turns=(turn,), baseline_sha256="ab")


def test_every_arm_of_a_turn_reads_back() -> None:
    played = with_arms()

    assert again(played) == played
    assert again(again(played)).record() == played.record()


def test_the_tokens_of_every_arm_are_counted() -> None:
    played = with_arms()

    assert played.usage.completion_tokens == 4 * transcript("talk", "Hello", "Hi").usage.completion_tokens


def test_unknown_fields_of_an_arm_are_kept() -> None:
    record = json.loads(encode_line(with_arms().record()))
    for part in (record, record["run"]):
        part["turns"][0]["pinned"]["new"] = 1
        part["turns"][0]["resamples"][1]["new"] = 2
        part["turns"][0]["confirmations"][0]["completions"][0]["new"] = 3

    assert json.loads(encode_line(Transcript.from_record(record).record())) == record


def test_the_stable_hash_is_of_what_was_said_and_not_of_when() -> None:
    one, other = (transcript("talk", "Hello", "Hi") for _ in range(2))

    assert one.stable_sha256 == other.stable_sha256 == again(one).stable_sha256
    assert one.stable_sha256 != transcript("talk", "Hello", "Ho").stable_sha256


def test_a_dialogue_without_replies_of_its_own_is_pinned() -> None:
    played = with_arms()

    assert not played.is_pinned
    assert replace(played, turns=(replace(played.turns[0], completions=()),)).is_pinned
    assert not transcript("talk", "Hello", "Hi").is_pinned


def test_the_stable_form_holds_nothing_that_differs_between_runs() -> None:
    one, other = (transcript("talk", "Hello", "Hi").record(stable=True) for _ in range(2))

    assert encode_line(one) == encode_line(other)
    assert "run" not in one


def test_the_record_s_fields_come_in_the_documented_order() -> None:
    record = transcript("talk", "Hello", "Hi").record()

    assert " ".join(record) == (
        "format id scenario case model sample params tools_sha256 outcome messages turns error run"
    )


def test_unknown_fields_are_kept_at_every_level() -> None:
    record = json.loads(encode_line(transcript("talk", "Hello", "Hi").record()))
    record["new"] = 1
    record["turns"][0]["new"] = 2
    record["turns"][0]["completions"][0]["new"] = 3
    record["run"]["new"] = 4
    record["run"]["turns"][0]["completions"][0]["new"] = 5

    assert json.loads(encode_line(Transcript.from_record(record).record())) == record


def with_expectations(*expectations: ExpectationRecord) -> Transcript:
    played = transcript("talk", "Hello", "Hi")
    return replace(played, turns=(replace(played.turns[0], expectations=expectations),))


MET = ExpectationRecord("contains", "Hi", passed=True, place="talk.yaml:3:5")
UNMET = ExpectationRecord("not_contains", "Hi", passed=False, found='"Hi"', place="talk.yaml:4:5")
SLOW = ExpectationRecord("max_latency_s", 1, passed=False, found="2.1 s", place="talk.yaml:5:5")


def test_expectations_read_back_with_their_places() -> None:
    played = with_expectations(MET, UNMET, SLOW)

    assert again(played) == played


def test_what_is_about_time_and_places_stand_in_no_stable_record() -> None:
    read = Transcript.from_record(json.loads(encode_line(with_expectations(MET, SLOW).record(stable=True))))

    assert read.turns[0].expectations == (replace(MET, place=None),)


def test_what_an_expectation_s_record_holds_beside_is_kept() -> None:
    record = json.loads(encode_line(with_expectations(MET, SLOW).record()))
    record["turns"][0]["expectations"][0]["new"] = 1
    record["run"]["turns"][0]["expectations"][0]["new"] = 2

    assert json.loads(encode_line(Transcript.from_record(record).record())) == record


def test_a_turn_is_met_whatever_its_time() -> None:
    turns = [with_expectations(each).turns[0] for each in (MET, UNMET, SLOW, replace(UNMET, passed=None))]

    assert [turn.is_met for turn in turns] == [True, False, True, True]


def changed(**fields: object) -> JsonObject:
    record: JsonObject = json.loads(encode_line(transcript("talk", "Hello", "Hi").record()))
    return {**record, **fields}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (changed(format=2), "format 2 is newer than this program reads (1); upgrade dialogs-cli"),
        (changed(format="1"), '"format" is "1"; wanted a whole number'),
        (changed(id=None), '"id" is null; wanted text'),
        (changed(outcome="fine"), '"outcome" is "fine"; wanted one of completed, unmet, error, interrupted'),
        (changed(messages=["Hello"]), 'messages[0] is "Hello"; wanted an object'),
        (changed(messages=[{"content": "Hello"}]), '"messages[0].role" is missing; wanted text'),
        (
            changed(turns=[{"turn": 1, "completions": [{}]}]),
            '"turns[0].completions[0].reply" is missing; wanted a whole number',
        ),
        ([], "the line is []; wanted an object"),
    ],
)
def test_a_wrong_record_is_refused_with_its_field(record: JsonObject, message: str) -> None:
    with pytest.raises(RecordError) as caught:
        Transcript.from_record(record)

    assert message == str(caught.value)


TEXTS = ["\u2028\u2029\x85", "\x00\x1b[31m\x7f", "\ud83d", "\U0001f600\U000e0001", "\r\n\x0b\x0c", "Ω" * 5_000_000]


@pytest.mark.parametrize("text", TEXTS, ids=["separators", "controls", "surrogate", "astral", "ends of lines", "10 MB"])
def test_any_text_survives_writing_and_reading(text: str, tmp_path: Path) -> None:
    played, _requests = play(dialogue("Hello"), in_turn(reply(text)))
    write_transcripts(tmp_path / "a.jsonl", [played])

    assert list(read_transcripts(tmp_path / "a.jsonl")) == [played]


def test_transcripts_stand_in_order_of_position_whatever_the_order_of_arrival(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path / "a.jsonl") as writer:
        for position in (3, 0, 2, 1, 6):
            writer.write(position, transcript(f"talk-{position}", "Hello", "Hi"))

    assert [each.scenario for each in read_transcripts(tmp_path / "a.jsonl")] == [f"talk-{n}" for n in (0, 1, 2, 3, 6)]


def test_a_writing_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "a.jsonl", [transcript("old", "Hello", "Hi")])

    def failing() -> Iterator[Transcript]:
        yield transcript("new", "Hello", "Hi")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_transcripts(tmp_path / "a.jsonl", failing())

    assert [each.scenario for each in read_transcripts(tmp_path / "a.jsonl")] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_new_file_is_its_owner_s_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    write_transcripts(path, [])
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    path.chmod(0o644)
    write_transcripts(path, [])
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}\n", 'a.jsonl:1: "format" is missing; wanted a whole number'),
        (b"\n\n[1]\n", "a.jsonl:3: the line is [1]; wanted an object"),
        (b'{"format": 1, "id": "x"', "(the line has no end: was the file cut off?)"),
        (b"\xff\xfe\n", "a.jsonl:1: "),
        (b"id: yaml\n", "a.jsonl:1: "),
    ],
)
def test_a_broken_file_names_line_and_fault(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(UnreadableTranscriptError) as caught:
        list(read_transcripts(tmp_path / "a.jsonl"))

    assert message in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTranscriptError, match="No such file"):
        list(read_transcripts(tmp_path / "none.jsonl"))
    with pytest.raises(UnreadableTranscriptError, match="directory"):
        list(read_transcripts(tmp_path))


def test_a_variant_beside_the_first_keeps_its_number_and_the_first_has_none() -> None:
    first = transcript("talk", "When?", "Soon.")
    second = replace(first, variant=2)

    assert "variant" not in first.record()
    assert again(second).variant == 2
