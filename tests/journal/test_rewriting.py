import errno
import json
import stat
from pathlib import Path

import pytest

from dialogs.errors import JournalFailedError, UnreadableJournalError, WrongUseError
from dialogs.journal.contents import recordings
from dialogs.journal.opening import Beginning
from dialogs.journal.rewriting import Added, CassetteWriter, move_damaged, prune
from journals import Failing, ask, at, opened

SHUFFLED = [at("b@m#10"), at("b@m#2", 2), at("b@m#2"), at("a@m#0", 2), at("a@m#0", 10), at("a@m#0")]


def record(cassette: Path, journal: Path) -> Added:
    writer = CassetteWriter(cassette)
    added = writer.add(journal)
    writer.close()
    return added


def places(path: Path) -> list[str]:
    return [str(recording.place) for recording in recordings(path)]


def test_a_cassette_is_sorted_by_dialogue_sample_and_turn(tmp_path: Path) -> None:
    ask(tmp_path / "j", SHUFFLED)
    record(tmp_path / "c", tmp_path / "j")

    assert places(tmp_path / "c") == [
        "a@m#0 turn 1", "a@m#0 turn 2", "a@m#0 turn 10", "b@m#2 turn 1", "b@m#2 turn 2", "b@m#10 turn 1",
    ]  # fmt: skip


def test_a_cassette_keeps_completions_and_endpoints_only(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    record(tmp_path / "c", tmp_path / "j")

    run, completion = (json.loads(line) for line in (tmp_path / "c").read_text().splitlines())
    assert run | {"crc32": ""} == {
        "crc32": "",
        "format": 1,
        "kind": "run",
        "endpoints": {"scripted": {"identity": "scripted:scripted", "model": "scripted"}},
    }
    assert completion["kind"] == "completion"


def test_the_order_of_arrival_leaves_no_trace(tmp_path: Path) -> None:
    ask(tmp_path / "j", SHUFFLED)
    record(tmp_path / "c", tmp_path / "j")
    before = (tmp_path / "c").read_bytes()

    assert record(tmp_path / "c", tmp_path / "j") == Added(len(SHUFFLED), len(SHUFFLED))
    assert (tmp_path / "c").read_bytes() == before


def test_what_is_recorded_anew_takes_the_place_of_the_old(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])
    record(tmp_path / "c", tmp_path / "j")
    ask(tmp_path / "j2", [at("b", content="Bye"), at("c")])

    assert record(tmp_path / "c", tmp_path / "j2") == Added(2, 1)
    assert places(tmp_path / "c") == ["a turn 1", "b turn 1", "c turn 1"]
    assert [recording.reply.message["content"] for recording in recordings(tmp_path / "c")][1] == "b 1: Bye"


def test_replies_in_a_spill_are_recorded_too(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    ask(tmp_path / "other", [at("b")])
    (tmp_path / "other").rename(tmp_path / "j.spill")

    assert record(tmp_path / "c", tmp_path / "j").added == 2


def test_a_cassette_that_took_nothing_leaves_no_file(tmp_path: Path) -> None:
    CassetteWriter(tmp_path / "c").close()

    assert list(tmp_path.iterdir()) == []


def test_a_new_cassette_is_for_its_owner_and_an_old_one_stays_as_open_as_it_was(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    record(tmp_path / "c", tmp_path / "j")
    first = stat.S_IMODE((tmp_path / "c").stat().st_mode)
    (tmp_path / "c").chmod(0o644)
    record(tmp_path / "c", tmp_path / "j")

    assert (first, stat.S_IMODE((tmp_path / "c").stat().st_mode)) == (0o600, 0o644)


def test_two_runs_cannot_record_to_one_cassette(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "c")

    with pytest.raises(WrongUseError, match="is writing it"):
        CassetteWriter(tmp_path / "c")
    writer.close()


def test_a_damaged_cassette_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    ask(tmp_path / "c", [at("a")])
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes().replace(b"format", b"firmat", 1))

    with pytest.raises(UnreadableJournalError, match="c:1: "):
        CassetteWriter(tmp_path / "c")


@pytest.mark.parametrize("content", [b"{}\n", b"turns: [Hello]", b'{"format":1,"id":"a"}\n', b"\xff\xfe"])
def test_a_file_that_is_something_else_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(content)
    for touch in (CassetteWriter, move_damaged):
        with pytest.raises(UnreadableJournalError, match="c is no journal or cassette"):
            touch(tmp_path / "c")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("c", content)]


@pytest.mark.parametrize("operation", ["open", "sync", "replace"])
def test_a_cassette_that_cannot_be_written_stays_as_it_was(tmp_path: Path, operation: str) -> None:
    ask(tmp_path / "j", [at("a")])
    record(tmp_path / "c", tmp_path / "j")
    before = (tmp_path / "c").read_bytes()
    ask(tmp_path / "j2", [at("b")])
    first = 2 if operation == "open" else 1
    writer = CassetteWriter(tmp_path / "c", Failing(operation, errno.ENOSPC, first).operations)

    with pytest.raises(JournalFailedError, match="No space left"):
        writer.add(tmp_path / "j2")
    writer.close()
    assert (tmp_path / "c").read_bytes() == before
    assert not (tmp_path / "c.partial").exists()


def test_pruning_drops_recordings_and_nothing_else(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])
    before = (tmp_path / "j").read_bytes().splitlines()

    assert prune(tmp_path / "j", lambda line: b'"dialogue":"a"' in line) == 1
    assert (tmp_path / "j").read_bytes().splitlines() == before[:-1]


def test_damaged_lines_move_aside_and_the_run_goes_on_with_the_rest(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b"), at("c")])
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    damaged = lines[5].replace(b"Hello", b"Hallo")
    (tmp_path / "j").write_bytes(b"".join([*lines[:5], damaged, b"\n", *lines[6:], b"torn"]))

    assert move_damaged(tmp_path / "j") == (3, tmp_path / "j.damaged")
    assert (tmp_path / "j.damaged").read_bytes() == damaged + b"\n" + b"\n" + b"\n" + b"torn" + b"\n"
    assert ask(tmp_path / "j", [at("a"), at("b"), at("c")], Beginning.RESUME)[1] == 1


def test_a_whole_file_has_nothing_to_move(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])

    assert move_damaged(tmp_path / "j")[0] == 0
    assert not (tmp_path / "j.damaged").exists()


def test_lines_of_a_newer_format_are_not_taken_for_damaged(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes().replace(b'"format":1', b'"format":2'))

    with pytest.raises(UnreadableJournalError, match="newer"):
        move_damaged(tmp_path / "j")


def test_a_journal_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")

    with pytest.raises(WrongUseError, match="is writing it"):
        move_damaged(tmp_path / "j")
    journal.remove()
