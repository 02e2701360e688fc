import asyncio
import functools
import io
import itertools
import random
import tempfile
from pathlib import Path

import pytest

from dialogs.errors import UnreadableJournalError
from dialogs.journal.contents import read_contents
from dialogs.journal.lines import LineState, read_lines
from dialogs.journal.opening import Beginning
from journals import NO_SYNC, ask, at, contents_of, opened

DIALOGUES = 24  # each leaves two records; with the run's start and one failed attempt, 50
ZEROS = b"\0" * 4096


@functools.cache
def journal_bytes() -> bytes:
    """The journal of a run over 24 dialogues."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "j")
        ask(path, [at(f"d{number}") for number in range(DIALOGUES)])
        return path.read_bytes()


def recorded_in(data: bytes) -> int:
    return sum(b'"kind":"completion"' in line for line in data.splitlines(keepends=True) if line.endswith(b"\n"))


@pytest.mark.parametrize("tail", [b"", ZEROS], ids=["cut", "zeros"])
def test_a_record_cut_at_any_byte_is_torn_and_the_one_before_it_whole(tail: bytes) -> None:
    records = journal_bytes().splitlines(keepends=True)
    for before, record in itertools.pairwise(records):
        for length in range(1, len(record)):
            whole, torn = read_lines(io.BytesIO(before + record[:length] + tail))
            assert (whole.state, whole.data) == (LineState.WHOLE, before)
            assert (torn.state, torn.offset) == (LineState.TORN, len(before))


@pytest.mark.parametrize("tail", [b"", ZEROS], ids=["cut", "zeros"])
@pytest.mark.parametrize("part", range(8))
def test_a_run_recovers_from_a_journal_cut_anywhere(tmp_path: Path, part: int, tail: bytes) -> None:
    data = journal_bytes()
    path = tmp_path / "j"
    cuts = random.Random(part)  # noqa: S311 - a seed, no secret
    for length in cuts.sample(range(len(data)), 25):
        path.write_bytes(data[:length] + tail)
        journal = opened(path, Beginning.RESUME, operations=NO_SYNC)
        assert journal.ledger.recorded == recorded_in(data[:length])
        asyncio.run(journal.close())
        with path.open("rb") as file:
            assert read_contents(file, path).torn == 0
        path.unlink()


def test_a_torn_line_is_set_aside_and_its_reply_asked_again(tmp_path: Path) -> None:
    requests = [at("a"), at("b")]
    ask(tmp_path / "j", requests)
    data = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(data[:-10])

    journal = opened(tmp_path / "j", Beginning.RESUME)
    asyncio.run(journal.close())
    (notice,) = journal.notices
    assert notice.endswith(f"is set aside in {tmp_path / 'j.torn'}")
    torn = data[:-10].rpartition(b"\n")[2]
    assert (tmp_path / "j.torn").read_bytes() == torn + b"\n"
    assert ask(tmp_path / "j", requests, Beginning.RESUME)[1] == 1


def test_zeros_behind_a_torn_line_are_dropped(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"crc' + ZEROS)

    asyncio.run(opened(tmp_path / "j", Beginning.RESUME).close())
    assert (tmp_path / "j.torn").read_bytes() == b'{"crc\n'


def test_zeros_alone_are_nothing_to_keep(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    with (tmp_path / "j").open("ab") as file:
        file.write(ZEROS)

    journal = opened(tmp_path / "j", Beginning.RESUME)
    asyncio.run(journal.close())
    assert journal.notices == ()
    assert not (tmp_path / "j.torn").exists()


def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"my own notes")

    for beginning in Beginning:
        with pytest.raises(UnreadableJournalError, match="j is no journal or cassette"):
            opened(tmp_path / "j", beginning)
    assert (tmp_path / "j").read_bytes() == b"my own notes"


@pytest.mark.parametrize("part", range(3))
def test_no_flipped_bit_goes_unseen(part: int) -> None:
    data = journal_bytes()
    flips = random.Random(part)  # noqa: S311 - a seed, no secret
    for _ in range(500):
        position, bit = flips.randrange(len(data)), flips.randrange(8)
        flipped = bytearray(data)
        flipped[position] ^= 1 << bit
        assert any(line.state is not LineState.WHOLE for line in read_lines(io.BytesIO(flipped)))


def test_a_flipped_bit_in_an_inner_line_stops_the_resume(tmp_path: Path) -> None:
    data = bytearray(journal_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "j").write_bytes(data)

    with pytest.raises(UnreadableJournalError):
        opened(tmp_path / "j", Beginning.RESUME)


def test_recovered_replies_are_those_that_were_recorded(tmp_path: Path) -> None:
    requests = [at(f"d{number}") for number in range(DIALOGUES)]
    data = journal_bytes()
    (tmp_path / "j").write_bytes(data[: len(data) // 2])

    answers, sent = ask(tmp_path / "j", requests, Beginning.RESUME)
    assert contents_of(answers) == [f"d{number} 1: Hello" for number in range(DIALOGUES)]
    assert sent == DIALOGUES - recorded_in(data[: len(data) // 2])
