import asyncio
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.chat import Answer, ChatRequest
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.errors import JournalFailedError
from dialogs.journal.files import SYSTEM, FileOperations
from dialogs.journal.journal import Journal
from dialogs.journal.opening import Beginning
from journals import DISK_ERRORS, Failing, ask, at, contents_of, echo, journaling, opened

DIALOGUES = [f"d{number}" for number in range(4)]
TURNS = 3


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


class Run:
    """A small run of dialogues with turns in sequence: what was answered, what was sent, how the journal ended."""

    def __init__(self, path: Path, operations: FileOperations, beginning: Beginning = Beginning.NEW) -> None:
        self.endpoint = ScriptedEndpoint(echo)
        self.answers: list[tuple[ChatRequest, Answer]] = []
        self.journal = opened(path, beginning, operations=operations)
        asyncio.run(self._play(self.journal))

    async def _play(self, journal: Journal) -> None:
        await asyncio.gather(*(self._dialogue(journal, name) for name in DIALOGUES))
        await journal.close()

    async def _dialogue(self, journal: Journal, name: str) -> None:
        endpoint = journaling(journal, self.endpoint)
        for turn in range(1, TURNS + 1):
            request = at(name, turn)
            answer = await endpoint.complete(request)
            self.answers.append((request, answer))
            if contents_of([answer]) == ["journal_failed"]:
                return

    @property
    def replied(self) -> list[ChatRequest]:
        return [request for request, answer in self.answers if contents_of([answer]) != ["journal_failed"]]


def asked_again(path: Path, requests: list[ChatRequest]) -> int:
    """Resume with these requests; return how many had to be sent."""
    return ask(path, requests, Beginning.RESUME)[1]


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("number", DISK_ERRORS)
@pytest.mark.parametrize("first", range(3, 24, 2))
def test_no_reply_that_was_given_out_is_lost_however_the_disk_fails(
    tmp_path: Path, operation: str, number: int, first: int
) -> None:
    failing = Failing(operation, number, first, times=1)
    run = Run(tmp_path / "j", failing.operations)

    assert asked_again(tmp_path / "j", run.replied) == 0
    if failing.calls >= first:
        assert run.journal.failure is not None


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("first", range(3, 24, 2))
def test_where_no_disk_takes_anything_the_run_ends_with_what_it_has(tmp_path: Path, operation: str, first: int) -> None:
    failing = Failing(operation, errno.ENOSPC, first)
    run = Run(tmp_path / "j", failing.operations)

    assert asked_again(tmp_path / "j", run.replied) == 0
    assert len(run.endpoint.requests) <= run.journal.ledger.sent


def test_after_a_failed_write_nothing_more_is_sent(tmp_path: Path) -> None:
    run = Run(tmp_path / "j", Failing("write", errno.ENOSPC, first=2).operations)

    assert run.endpoint.requests == []
    assert contents_of([answer for _request, answer in run.answers]) == ["journal_failed"] * len(DIALOGUES)


def test_the_report_names_the_fault_the_spill_and_the_way_on(tmp_path: Path) -> None:
    run = Run(tmp_path / "j", Failing("sync", errno.EIO, first=2, times=1).operations)

    assert run.journal.failure == (
        f"{tmp_path / 'j'}: Input/output error; nothing more was sent. Replies that were on their way are in "
        f"{tmp_path / 'j.spill'}. When that is mended, the same command with --resume goes on and takes them in"
    )


def test_a_resume_says_that_it_took_in_the_spill_and_removes_it(tmp_path: Path) -> None:
    Run(tmp_path / "j", Failing("sync", errno.EIO, first=2, times=1).operations)
    (tmp_path / "j").write_bytes(b"")

    journal = opened(tmp_path / "j", Beginning.RESUME)
    asyncio.run(journal.close())
    assert journal.notices == (f"{tmp_path / 'j'}: took in what could not be written to it before; replies: 4",)
    assert not (tmp_path / "j.spill").exists()


def test_a_reply_that_is_in_the_journal_and_in_the_spill_counts_once(tmp_path: Path) -> None:
    run = Run(tmp_path / "j", Failing("sync", errno.EIO, first=2, times=1).operations)

    journal = opened(tmp_path / "j", Beginning.RESUME)
    asyncio.run(journal.close())
    assert (tmp_path / "j").read_bytes().count(b'"kind":"completion"') == len(run.replied)
    assert journal.ledger.recorded == len(run.replied)


def test_a_record_that_was_written_in_part_is_taken_back(tmp_path: Path) -> None:
    written: list[int] = []

    def write(descriptor: int, data: bytes) -> int:
        written.append(os.write(descriptor, data if len(written) < 5 else data[:20]))
        return written[-1]

    run = Run(tmp_path / "j", replace(SYSTEM, write=write))
    assert "bytes could be written (is the disk full?)" in str(run.journal.failure)
    assert (tmp_path / "j").read_bytes().endswith(b"}\n")


def test_the_spill_goes_to_the_temporary_folder_where_its_own_is_full(tmp_path: Path) -> None:
    run = Run(tmp_path / "j", Failing("sync", errno.ENOSPC, first=2, times=2).operations)

    (spill,) = (tmp_path / "tmp").iterdir()
    assert str(spill) in str(run.journal.failure)
    assert not (tmp_path / "j.spill").exists()
    assert asked_again(tmp_path / "j", run.replied) == 0


def test_another_users_spill_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path / "j", Failing("sync", errno.EIO, first=2, times=1).operations)
    (tmp_path / "j").unlink()
    monkeypatch.setattr(os, "geteuid", lambda: 4321)

    assert asked_again(tmp_path / "j", run.replied) == len(run.replied)


@pytest.mark.parametrize("number", [*DISK_ERRORS, errno.EMFILE])
def test_a_journal_that_cannot_be_made_stops_before_anything_is_sent(tmp_path: Path, number: int) -> None:
    with pytest.raises(JournalFailedError, match="nothing was sent"):
        opened(tmp_path / "j", operations=Failing("open", number).operations)


@pytest.mark.parametrize("disturb", ["removed", "replaced", "folder"])
def test_a_journal_that_loses_its_name_is_kept_whole_in_the_spill(tmp_path: Path, disturb: str) -> None:
    path = tmp_path / "out" / "j"
    requests = [at("a"), at("b")]

    async def main() -> tuple[list[Answer], str | None]:
        journal = opened(path)
        endpoint = journaling(journal, ScriptedEndpoint(echo))
        first = await endpoint.complete(requests[0])
        _disturb(path, disturb)
        answers = [first, await endpoint.complete(requests[1]), await endpoint.complete(at("c"))]
        await journal.close()
        return answers, journal.failure

    answers, failure = asyncio.run(main())
    assert contents_of(answers) == ["a 1: Hello", "b 1: Hello", "journal_failed"]
    assert "it was removed or replaced by another program" in str(failure)
    if disturb == "replaced":
        path.unlink()
    assert asked_again(path, requests) == 0


def _disturb(path: Path, how: str) -> None:
    if how == "folder":
        shutil.rmtree(path.parent)
        return
    path.unlink()
    if how == "replaced":
        path.write_bytes(b"another program's\n")


SMALL_FILES = """
import asyncio, json, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from journals import ask, at, contents_of
resource.setrlimit(resource.RLIMIT_FSIZE, (2400, 2400))
print(json.dumps(contents_of(ask(Path(sys.argv[1]), [at(f"d{number}") for number in range(9)])[0])))
"""


def test_a_real_limit_on_the_files_size_loses_nothing_that_was_given_out(tmp_path: Path) -> None:
    helpers = str(Path(__file__).parent.parent)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-c", SMALL_FILES, str(tmp_path / "j"), helpers]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    replied = [at(f"d{number}") for number in range(9) if f"d{number} 1" in ended.stdout]
    assert 0 < len(replied) < 9
    assert asked_again(tmp_path / "j", replied) == 0
