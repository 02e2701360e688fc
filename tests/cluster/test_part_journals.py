import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dialogs.chat import Answer, ChatRequest
from dialogs.clock import SystemClock
from dialogs.cluster.folders import PosixFolder, SharedFolder
from dialogs.cluster.objects import ObjectFolder, open_folder
from dialogs.cluster.part_journals import open_part_journal
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.journal.journal import Journal, JournalOptions
from journals import ON_SCRIPT, at, contents_of, echo, journaling

pytest.importorskip("fsspec", reason="pip install fsspec")


@pytest.fixture(params=["posix", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedFolder]:
    opened = open_folder(str(tmp_path / "parts") if request.param == "posix" else f"memory://{tmp_path.name}/parts")
    yield opened
    opened.clear()


def opened(folder: SharedFolder, attempt: str, tmp_path: Path) -> Journal:
    scratch = tmp_path / attempt
    scratch.mkdir()
    options = JournalOptions(ON_SCRIPT)
    return open_part_journal(folder, "1-of-2.jsonl", attempt, options, clock=SystemClock(), scratch=scratch)


async def ask(journal: Journal, requests: Sequence[ChatRequest]) -> tuple[list[Answer], int]:
    endpoint = ScriptedEndpoint(echo)
    journaled = journaling(journal, endpoint)
    answers = await asyncio.gather(*(journaled.complete(asked) for asked in requests))
    return list(answers), len(endpoint.requests)


def test_an_attempt_takes_over_what_a_killed_one_kept(folder: SharedFolder, tmp_path: Path) -> None:
    async def main() -> tuple[list[Answer], int, Journal]:
        killed = opened(folder, "run-1", tmp_path)  # never closed
        await ask(killed, [at("a"), at("b")])
        journal = opened(folder, "run-2", tmp_path)
        answers, sent = await ask(journal, [at("a"), at("b"), at("c")])
        await journal.close()
        return answers, sent, journal

    answers, sent, journal = asyncio.run(main())
    assert contents_of(answers) == ["a 1: Hello", "b 1: Hello", "c 1: Hello"]
    assert sent == 1
    assert (journal.ledger.sent, journal.ledger.recorded, journal.ledger.reused) == (3, 3, 2)


def test_three_attempts_keep_each_reply_once(folder: SharedFolder, tmp_path: Path) -> None:
    async def main() -> tuple[int, Journal]:
        sent = 0
        for attempt, asked in (("run-1", [at("a")]), ("run-2", [at("a"), at("b")])):
            sent += (await ask(opened(folder, attempt, tmp_path), asked))[1]
        journal = opened(folder, "run-3", tmp_path)
        return sent + (await ask(journal, [at("a"), at("b"), at("c")]))[1], journal

    sent, journal = asyncio.run(main())
    assert sent == 3
    assert (journal.ledger.sent, journal.ledger.recorded, journal.ledger.unknown) == (3, 3, 0)


def test_an_attempt_that_lives_on_sends_nothing_once_another_took_over(tmp_path: Path) -> None:
    folder = PosixFolder(tmp_path / "parts")

    async def main() -> list[Answer]:
        lost = opened(folder, "run-1", tmp_path)
        await ask(lost, [at("a")])
        opened(folder, "run-2", tmp_path)
        await ask(lost, [at("b")])  # finds out when it is brought to the disk
        return (await ask(lost, [at("c")]))[0]

    assert contents_of(asyncio.run(main())) == ["journal_failed"]


def test_a_segment_holds_whole_lines(tmp_path: Path) -> None:
    folder = open_folder(f"memory://{tmp_path.name}/lines")
    asyncio.run(ask(opened(folder, "run-1", tmp_path), [at("a"), at("b")]))

    segments = [folder.read(name) or b"" for name in folder.names()]
    assert segments
    assert all(segment.endswith(b"\n") for segment in segments)


class _FullStore(ObjectFolder):
    is_full = False

    def write(self, name: str, data: bytes) -> None:
        if self.is_full:
            raise OSError("the store is gone")
        super().write(name, data)


def test_a_store_that_fails_ends_the_sending(tmp_path: Path) -> None:
    folder = _FullStore(f"memory://{tmp_path.name}/failing")

    async def main() -> tuple[list[Answer], str | None]:
        journal = opened(folder, "run-1", tmp_path)
        folder.is_full = True
        await ask(journal, [at("a")])
        return (await ask(journal, [at("b")]))[0], journal.failure

    answers, failure = asyncio.run(main())
    assert contents_of(answers) == ["journal_failed"]
    assert "the store is gone; nothing more was sent" in (failure or "")
