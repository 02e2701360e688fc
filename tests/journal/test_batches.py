"""Batches in the journal: what was handed over, and what is known of its end."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders import reply
from dialogs.errors import UnreadableJournalError, WrongUseError
from dialogs.journal.batches import BatchNote, BatchStep
from dialogs.journal.journal import Journal
from dialogs.journal.lines import seal
from dialogs.journal.opening import Beginning
from dialogs.journal.records import BATCH
from dialogs.journal.statistics import statistics
from dialogs.redaction import Redactor, Secret
from journals import at, opened

NOTE = BatchNote(1, "run", "m", 3, datetime(2026, 1, 1, tzinfo=UTC), "turn 1")
ASKED = [at(name) for name in ("a", "b", "c")]
SECRET = "sk-canary-0123456789"  # noqa: S105 - a canary
KEYS = [request.key("scripted:scripted") for request in ASKED]


async def handed_over(journal: Journal) -> None:
    """Hand three requests over in a batch that is made."""
    await journal.plan_batch(NOTE, [(key, asked.place) for key, asked in zip(KEYS, ASKED, strict=True)])
    await journal.note_batch(NOTE.created("batch_9"))


def filled(path: Path) -> None:
    async def main() -> None:
        journal = opened(path, takes_batches=True)
        await handed_over(journal)
        await journal.record(KEYS[0], ASKED[0], reply("Yes"))
        await journal.close()

    asyncio.run(main())


def resumed(path: Path) -> Journal:
    return opened(path, Beginning.RESUME, takes_batches=True)


def test_a_request_is_known_to_be_in_its_batch_until_its_end_is_known(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    journal = resumed(tmp_path / "j")

    assert [journal.batch_of(key, asked.place) for key, asked in zip(KEYS, ASKED, strict=True)] == [None, 1, 1]
    assert journal.outstanding_batches == [NOTE.created("batch_9")]
    assert str(journal.ledger) == "3 sent = 1 recorded + 0 failed + 0 unknown + 2 in batches"


def test_the_same_request_at_another_place_is_in_no_batch(tmp_path: Path) -> None:
    filled(tmp_path / "j")

    assert resumed(tmp_path / "j").batch_of(KEYS[1], replace(ASKED[1].place, resample=1)) is None


def test_requests_of_a_batch_that_was_never_made_have_failed(tmp_path: Path) -> None:
    filled(tmp_path / "j")

    async def main() -> tuple[str, str]:
        journal = resumed(tmp_path / "j")
        await journal.note_batch(NOTE.void())
        await journal.close()
        again = resumed(tmp_path / "j")
        assert again.batches[1].step is BatchStep.VOID
        return str(journal.ledger), str(again.ledger)

    assert asyncio.run(main()) == ("3 sent = 1 recorded + 2 failed + 0 unknown",) * 2


def test_names_that_hold_secrets_are_found_again(tmp_path: Path) -> None:
    redactor = Redactor([Secret("KEY", SECRET)])
    asked = at(f"talk of {SECRET}")
    key = asked.key("scripted:scripted")

    async def main() -> None:
        journal = opened(tmp_path / "j", takes_batches=True, redactor=redactor)
        await journal.plan_batch(NOTE, [(key, asked.place)])
        await journal.close()

    asyncio.run(main())
    journal = opened(tmp_path / "j", Beginning.RESUME, takes_batches=True, redactor=redactor)

    assert journal.batch_of(key, asked.place) == 1
    assert SECRET not in (tmp_path / "j").read_text()


def test_a_run_that_takes_no_batches_does_not_go_on(tmp_path: Path) -> None:
    filled(tmp_path / "j")

    with pytest.raises(WrongUseError, match="2 requests in batches at the provider: --executor batch goes on with it"):
        opened(tmp_path / "j", Beginning.RESUME)


def test_a_fresh_run_tells_of_the_batches_that_it_forsakes(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    (notice,) = opened(tmp_path / "j", Beginning.FRESH).notices

    assert notice.startswith("batch_9 goes on at the provider, and is billed, unless it is cancelled there")


def test_figures_of_a_journal_count_what_is_at_the_provider(tmp_path: Path) -> None:
    filled(tmp_path / "j")

    assert (statistics(tmp_path / "j").ledger.outstanding, statistics(tmp_path / "j").ledger.unknown) == (2, 0)


def test_a_note_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with (tmp_path / "j").open("ab") as file:
        file.write(seal(BATCH + b'"number":2,"step":"lost"'))

    with pytest.raises(UnreadableJournalError, match=r"j:8: 'lost' is not a valid BatchStep"):
        resumed(tmp_path / "j")
