"""Keeps what is asked beside a run (verdicts, likenesses) in a cassette, so that nothing is paid for twice."""

import os
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

from dialogs.chat import Endpoint
from dialogs.cli.options import CONCURRENCY
from dialogs.clock import SystemClock
from dialogs.configuration import Configuration
from dialogs.endpoints.cassette import CassetteFirstEndpoint
from dialogs.endpoints.journaling import AttemptMarkingEndpoint, JournalingEndpoint
from dialogs.endpoints.pacing import Gate
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy
from dialogs.journal.cassette import Cassette
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.opening import Beginning, journal_path, open_journal
from dialogs.journal.records import EndpointIdentity
from dialogs.journal.rewriting import CassetteWriter
from dialogs.redaction import Redactor, secrets_of
from dialogs.replaying import OpenedEndpoint


@asynccontextmanager
async def kept(
    endpoints: Mapping[str, OpenedEndpoint], record: Path, configuration: Configuration
) -> AsyncIterator[dict[str, Endpoint]]:
    """Give endpoints that ask for what the cassette `record` lacks, with patience, and whose answers go into it.

    That holds for an error and Ctrl-C too; what a killed command left in its journal is taken in first. The endpoints
    are closed at the end.

    Raises:
        WrongUseError: another process writes the cassette.
        UnreadableJournalError: a record in it is damaged.
        JournalFailedError: the disk does not take it.
    """
    async with AsyncExitStack() as stack:
        for endpoint in endpoints.values():
            stack.push_async_callback(endpoint.close)
        writer = stack.enter_context(closing(CassetteWriter(record)))
        path = journal_path(record)
        if path.exists():
            writer.add(path)
        cassette = _cassette(record, stack)
        journal = open_journal(path, Beginning.FRESH, _options(endpoints, configuration), SystemClock())
        stack.callback(_put_away, journal, writer)
        yield {name: _patient(endpoint, journal, cassette) for name, endpoint in endpoints.items()}


def _cassette(record: Path, stack: AsyncExitStack) -> Cassette | None:
    return stack.enter_context(closing(Cassette(record))) if record.stat().st_size else None


def _options(endpoints: Mapping[str, OpenedEndpoint], configuration: Configuration) -> JournalOptions:
    secrets = secrets_of(configuration.models.values(), os.environ, configuration.secrets)
    return JournalOptions(
        endpoints={name: EndpointIdentity(each.identity, each.model) for name, each in endpoints.items()},
        redactor=Redactor(secrets, configuration.redact),
    )


def _put_away(journal: Journal, writer: CassetteWriter) -> None:
    if journal.ledger.recorded:
        writer.add(journal.path)
    journal.remove()


def _patient(endpoint: OpenedEndpoint, journal: Journal, cassette: Cassette | None) -> Endpoint:
    chance = random.Random()  # noqa: S311 - it spreads waits, and keeps no secret
    gate = Gate(SystemClock(), concurrency=endpoint.concurrency or CONCURRENCY)
    marking = AttemptMarkingEndpoint(endpoint, journal)
    asking = JournalingEndpoint(RetryingEndpoint(marking, RetryPolicy(), gate, chance=chance), journal)
    return asking if cassette is None else CassetteFirstEndpoint(asking, cassette)
