import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.clock import SystemClock
from dialogs.errors import UnreadableJournalError, WrongUseError
from dialogs.journal.files import SYSTEM
from dialogs.journal.journal import JournalOptions
from dialogs.journal.ledger import Ledger
from dialogs.journal.opening import Beginning, journal_path, open_journal
from dialogs.journal.records import EndpointIdentity
from journals import ask, at, contents_of, opened

HOLD = """
import sys, time
from pathlib import Path
from dialogs.clock import SystemClock
from dialogs.journal.files import SYSTEM
from dialogs.journal.journal import JournalOptions
from dialogs.journal.opening import Beginning, open_journal
journal = open_journal(Path(sys.argv[1]), Beginning.NEW, JournalOptions({}), SystemClock())
print("open", flush=True)
time.sleep(60)
"""


def ledger(path: Path) -> Ledger:
    journal = opened(path, Beginning.RESUME)
    asyncio.run(journal.close())
    return journal.ledger


def test_the_journal_stands_beside_the_output() -> None:
    assert journal_path(Path("outputs/a.jsonl")) == Path("outputs/a.jsonl.journal")


def test_the_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    ask(tmp_path / "new" / "j", [at("a")])

    assert stat.S_IMODE((tmp_path / "new" / "j").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_every_line_is_json_in_ascii(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a", content="日本\u2028\x00\ud800")])

    data = (tmp_path / "j").read_bytes()
    assert data.isascii()
    assert [json.loads(line)["kind"] for line in data.splitlines()] == ["run", "sent", "completion"]


def test_a_journal_left_behind_stops_a_new_run_and_says_what_it_holds(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])

    with pytest.raises(WrongUseError, match=r"j holds 2 paid replies .* --resume .* --fresh"):
        opened(tmp_path / "j")


def test_resume_goes_on_with_what_there_is(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])

    answers, sent = ask(tmp_path / "j", [at("a"), at("b"), at("c")], Beginning.RESUME)
    assert contents_of(answers) == ["a 1: Hello", "b 1: Hello", "c 1: Hello"]
    assert sent == 1


def test_resume_begins_where_there_is_nothing(tmp_path: Path) -> None:
    assert ask(tmp_path / "j", [at("a")], Beginning.RESUME)[1] == 1


def test_fresh_throws_away_what_there_was(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])

    assert ask(tmp_path / "j", [at("a")], Beginning.FRESH)[1] == 1
    assert ledger(tmp_path / "j") == Ledger(sent=1, recorded=1)


def test_fresh_throws_away_a_damaged_journal_too(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes().replace(b"format", b"firmat", 1))

    assert ask(tmp_path / "j", [at("a")], Beginning.FRESH)[1] == 1


def test_the_start_of_a_run_that_asked_nothing_binds_nobody(tmp_path: Path) -> None:
    ask(tmp_path / "j", [])

    other = JournalOptions({"other": EndpointIdentity("https://other/v1", "other")}, ("other",))
    with_other = open_journal(tmp_path / "j", Beginning.NEW, other, SystemClock())
    asyncio.run(with_other.close())
    assert len((tmp_path / "j").read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"chosen": ("gpt-5",)}, "it was begun with no -m, now there is -m gpt-5"),
        (
            {"endpoints": {"scripted": EndpointIdentity("https://b/v1", "scripted")}},
            "scripted was scripted at scripted:scripted, now it is scripted at https://b/v1",
        ),
        (
            {"endpoints": {"scripted": EndpointIdentity("scripted:scripted", "wire")}},
            "scripted was scripted at scripted:scripted, now it is wire at scripted:scripted",
        ),
        (
            {"endpoints": {"gpt-5": EndpointIdentity("https://b/v1", "gpt-5")}},
            "it was begun on scripted, now there is gpt-5",
        ),
    ],
)
def test_a_resume_on_another_endpoint_or_model_is_refused(
    tmp_path: Path, options: dict[str, object], reason: str
) -> None:
    ask(tmp_path / "j", [at("a")])
    before = (tmp_path / "j").read_bytes()
    chosen = {"endpoints": {"scripted": EndpointIdentity("scripted:scripted", "scripted")}, **options}

    with pytest.raises(WrongUseError, match=re.escape(reason)):
        open_journal(tmp_path / "j", Beginning.RESUME, JournalOptions(**chosen), SystemClock())  # type: ignore[arg-type]
    assert (tmp_path / "j").read_bytes() == before


def test_a_resume_with_one_more_model_goes_on(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    more = {
        "scripted": EndpointIdentity("scripted:scripted", "scripted"),
        "gpt-5": EndpointIdentity("https://b/v1", "gpt-5"),
    }

    journal = open_journal(tmp_path / "j", Beginning.RESUME, JournalOptions(more), SystemClock())
    asyncio.run(journal.close())
    assert journal.ledger.recorded == 1


def test_a_second_writer_is_refused_by_the_first_ones_process(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")

    with pytest.raises(WrongUseError, match=rf"process {os.getpid()} .*is writing it; nothing was sent"):
        opened(tmp_path / "j", Beginning.FRESH)
    asyncio.run(journal.close())


def test_a_second_writer_is_named_by_the_journal_where_the_system_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialogs.journal.locking.holder", lambda _descriptor: None)
    journal = opened(tmp_path / "j")

    with pytest.raises(WrongUseError, match=rf"process {os.getpid()} on "):
        opened(tmp_path / "j", Beginning.RESUME)
    asyncio.run(journal.close())


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WrongUseError, match=f"process {holder.pid} "):
            opened(path)
        holder.send_signal(signal.SIGKILL)

    asyncio.run(opened(path).close())


def test_a_journal_that_vanished_before_its_lock_was_taken_is_made_anew(tmp_path: Path) -> None:
    calls = []

    def open_and_lose(path: Path, flags: int) -> int:
        descriptor = SYSTEM.open(path, flags)
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()
        return descriptor

    journal = opened(tmp_path / "j", operations=replace(SYSTEM, open=open_and_lose))
    asyncio.run(journal.close())
    assert len(calls) == 2
    assert (tmp_path / "j").stat().st_size > 0


def test_a_removed_journal_leaves_no_file_and_no_lock(tmp_path: Path) -> None:
    opened(tmp_path / "j").remove()

    assert list(tmp_path.iterdir()) == []
    asyncio.run(opened(tmp_path / "j").close())


def test_a_damaged_line_stops_with_its_number_and_a_way_on(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a"), at("b")])
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    (tmp_path / "j").write_bytes(b"".join([*lines[:2], lines[2].replace(b'"turn":1', b'"turn":2'), *lines[3:]]))

    with pytest.raises(UnreadableJournalError, match=r"j:3: .* `dialogs cassette prune --damaged .*j` moves"):
        opened(tmp_path / "j", Beginning.RESUME)


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    ask(tmp_path / "j", [at("a")])
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes().replace(b'"format":1', b'"format":2'))

    with pytest.raises(UnreadableJournalError, match=r"j:1: format 2 is newer than this program reads \(1\); upgrade"):
        opened(tmp_path / "j", Beginning.RESUME)


@pytest.mark.parametrize("wrong", ["folder", "file/j"])
def test_a_place_that_takes_no_journal_is_wrong_use(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(WrongUseError, match="wanted a file to write"):
        opened(tmp_path / wrong)
