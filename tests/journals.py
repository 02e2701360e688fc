"""Journals and cassettes in tests: short ways to open, fill and read them."""

import asyncio
import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from builders import request
from dialogs.chat import Answer, ChatReply, ChatRequest, Endpoint
from dialogs.clock import SystemClock
from dialogs.endpoints.journaling import AttemptMarkingEndpoint, JournalingEndpoint
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.journal.files import SYSTEM, FileOperations
from dialogs.journal.journal import Journal, JournalOptions
from dialogs.journal.opening import Beginning, open_journal
from dialogs.journal.records import EndpointIdentity

NO_SYNC = replace(SYSTEM, sync=lambda _descriptor: None)
ON_SCRIPT = {"scripted": EndpointIdentity("scripted:scripted", "scripted")}


def opened(path: Path, beginning: Beginning = Beginning.NEW, **options: object) -> Journal:
    """Open a journal of the scripted endpoint."""
    chosen = JournalOptions(ON_SCRIPT, **options)  # type: ignore[arg-type]
    return open_journal(path, beginning, chosen, SystemClock())


def echo(asked: ChatRequest) -> str:
    """Answer with what was asked last."""
    return f"{asked.place.dialogue} {asked.place.turn}: {asked.messages[-1].content}"


def journaling(journal: Journal, inner: Endpoint) -> JournalingEndpoint:
    """Put the journal's two endpoints around one that sends."""
    return JournalingEndpoint(AttemptMarkingEndpoint(inner, journal), journal)


def at(name: str, turn: int = 1, content: str = "Hello", **rest: object) -> ChatRequest:
    """Make a request of one message at a place."""
    asked = request(content, turn=turn, **rest)
    return replace(asked, place=replace(asked.place, dialogue=name))


def ask(
    path: Path, requests: Sequence[ChatRequest], beginning: Beginning = Beginning.NEW, script: Script = echo
) -> tuple[list[Answer], int]:
    """Ask all at once through a journal, and close it; return the answers, and how many requests were sent."""
    endpoint = ScriptedEndpoint(script)

    async def main() -> list[Answer]:
        journal = opened(path, beginning)
        journaled = journaling(journal, endpoint)
        answers = await asyncio.gather(*(journaled.complete(asked) for asked in requests))
        await journal.close()
        return answers

    return asyncio.run(main()), len(endpoint.requests)


def contents_of(answers: Sequence[Answer]) -> list[object]:
    """Return what replies say; a fault stands as its kind."""
    return [answer.message["content"] if isinstance(answer, ChatReply) else answer.kind.value for answer in answers]


class Failing:
    """Lets one file operation fail with an error number: its calls from the `first` on, `times` of them."""

    def __init__(self, operation: str, number: int, first: int = 1, times: int = 1 << 30) -> None:
        self._real: Callable[..., object] = getattr(SYSTEM, operation)
        self._operation = operation
        self._number = number
        self._failing = range(first, first + times)
        self.calls = 0

    @property
    def operations(self) -> FileOperations:
        return replace(SYSTEM, **{self._operation: self})  # type: ignore[arg-type]

    def __call__(self, *arguments: object) -> object:
        self.calls += 1
        if self.calls in self._failing:
            raise OSError(self._number, os.strerror(self._number))
        return self._real(*arguments)


DISK_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)
