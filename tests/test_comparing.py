"""Files compared line by line give what their transcripts compared in memory give."""

import io
import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from builders import transcript
from dialogs.compare import Comparison, Label, Sameness, compare
from dialogs.comparing import compare_files
from dialogs.encoding import JsonObject, encode_line
from dialogs.errors import UnreadableTranscriptError, WrongUseError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.same_lines import turns_if_same
from dialogs.transcript import ExpectationRecord, Outcome, Transcript
from transcripts import Asked, asked

SAME = transcript("same", "When?", "Soon.")
UNMET = ExpectationRecord("contains", "x", passed=False)


def lines(*transcripts: Transcript, stable: bool = False) -> bytes:
    return "".join(f"{encode_line(each.record(stable=stable))}\n" for each in transcripts).encode()


def of_files(before: bytes, after: bytes) -> Comparison:
    baseline = IndexedTranscripts(io.BytesIO(before), "a.jsonl")
    return compare_files(baseline, IndexedTranscripts(io.BytesIO(after), "b.jsonl"))


def labels(comparison: Comparison) -> list[str]:
    return [dialogue.label.value for dialogue in comparison.dialogues]


BEFORE = [SAME, transcript("changed", "When?", "Soon."), transcript("gone", "Who?", "I."), asked("a", Asked(None))]
AFTER = [SAME, transcript("changed", "When?", "Late."), transcript("new", "Who?", "I."), asked("a", Asked(None))]


@pytest.mark.parametrize("stable", [False, True])
def test_files_compare_as_their_transcripts_do(*, stable: bool) -> None:
    found, expected = of_files(lines(*BEFORE, stable=stable), lines(*AFTER)), compare(BEFORE, AFTER)

    assert labels(found) == ["same", "changed", "missing", "error", "added"]
    assert [one.turns for one in found.dialogues] == [one.turns for one in expected.dialogues]
    assert [one.id for one in found.dialogues] == [one.id for one in expected.dialogues]
    assert (found.turn_counts(), found.baseline_models) == (expected.turn_counts(), ("scripted",))


def test_a_comparison_can_be_gone_through_again() -> None:
    found = of_files(lines(*BEFORE), lines(*AFTER))

    assert len(found.dialogues) == 5
    assert list(found.dialogues) == list(found.dialogues)
    assert [one.label for one in found.differing()] == [Label.CHANGED, Label.MISSING, Label.ERROR, Label.ADDED]
    assert next(found.differing()) in found.dialogues


def test_a_dialogue_played_against_the_baseline_without_a_change_is_the_same() -> None:
    candidate = replace(SAME, baseline_sha256=SAME.stable_sha256)

    assert labels(of_files(lines(SAME), lines(candidate))) == ["same"]


def test_what_is_unmet_in_the_same_words_is_said_all_the_same() -> None:
    unmet = replace(asked(Asked("a", expectations=[UNMET])), outcome=Outcome.UNMET)

    assert of_files(lines(unmet), lines(unmet)).expectation_counts() == {Label.UNMET: 1}


@pytest.mark.parametrize("room", [0, 2_000, 1_000_000])
def test_many_dialogues_compare_as_few_do_however_few_are_kept(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogs.comparing._ROOM", room)

    def many(some: list[Transcript]) -> list[Transcript]:
        return [replace(each, sample=sample) for sample in range(20) for each in some]

    found, expected = of_files(lines(*many(BEFORE)), lines(*many(AFTER))), compare(many(BEFORE), many(AFTER))

    assert [(one.label, one.turns) for one in found.dialogues] == [(one.label, one.turns) for one in expected.dialogues]
    assert list(found.dialogues) == list(found.dialogues)


@pytest.mark.parametrize("stable", [False, True])
def test_lines_that_say_the_same_are_the_same(*, stable: bool) -> None:
    against = replace(SAME, baseline_sha256=SAME.stable_sha256, elapsed_ms=7.0)

    assert turns_if_same(lines(SAME, stable=stable), lines(against)) == (1,)


ODD: JsonObject = {"role": "user", "content": "When?", "a": 1, "run": {"x": 1}}
NESTED = replace(SAME, messages=(ODD, *SAME.messages[1:]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lines(SAME), lines(BEFORE[1])),
        (lines(asked("a", Asked(None))), lines(asked("a", Asked(None)))),
        (lines(asked(Asked("a", expectations=[UNMET]))), lines(asked(Asked("a", expectations=[UNMET])))),
        (lines(SAME), lines(SAME)[:-20] + b"\n"),
        (lines(SAME), lines(SAME)[:-2] + b',"error":null}\n'),
        (b'{"a":1,"run":{}}\n', b'{"a":1,"run":{}}\n'),
        (lines(NESTED, stable=True), lines(NESTED, stable=True).replace(b"Soon.", b"Late.")),
    ],
)
def test_lines_of_which_there_is_more_to_say_are_compared(old: bytes, new: bytes) -> None:
    assert turns_if_same(old, new) is None


def test_stable_parts_in_another_order_of_keys_are_compared_as_transcripts() -> None:
    record = dict(reversed(list(SAME.record().items())))

    assert labels(of_files(lines(SAME), f"{encode_line(record)}\n".encode())) == ["same"]


def test_accepted_variants_are_read_from_a_file() -> None:
    variants = lines(SAME, replace(transcript("same", "When?", "Late."), variant=2), stable=True)

    assert labels(of_files(variants, lines(transcript("same", "When?", "Late.")))) == ["same"]
    assert labels(of_files(variants, lines(transcript("same", "When?", "Never.")))) == ["changed"]


def test_a_dialogue_that_stands_twice_cannot_be_paired() -> None:
    with pytest.raises(WrongUseError, match="the candidate has the dialogue same@scripted#0 twice"):
        of_files(lines(SAME), lines(SAME, SAME))


def test_a_broken_end_of_a_line_is_found_though_its_beginning_is_the_same() -> None:
    with pytest.raises(UnreadableTranscriptError, match=r"b\.jsonl:1: no JSON"):
        of_files(lines(SAME), lines(SAME)[:-20])


def test_rules_hold_for_files_too() -> None:
    before, after = (io.BytesIO(lines(transcript("t", "When?", f"In {days} days."))) for days in (3, 4))
    sides = IndexedTranscripts(before, "a"), IndexedTranscripts(after, "b")

    assert labels(compare_files(*sides, Sameness(ignore=(r"\d+",)))) == ["same"]


def test_a_pipe_is_kept_in_a_temporary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(lines(SAME, *BEFORE[1:2]),))
    writer.start()
    with ExitStack() as files:
        found = IndexedTranscripts(open_transcripts(tmp_path / "pipe", files), "pipe")
        writer.join()

        assert [one.id for one in reversed(list(found))] == ["changed@scripted#0", "same@scripted#0"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with ExitStack() as files, pytest.raises(UnreadableTranscriptError, match=r"none\.jsonl: No such file"):
        open_transcripts(tmp_path / "none.jsonl", files)
