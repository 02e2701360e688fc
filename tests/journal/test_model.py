"""The journal against a simple model: asked, killed, cut off and resumed, it loses no reply and buys none twice."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dialogs.chat import Answer, ChatRequest, Fault, FaultKind
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.journal.files import SYSTEM
from dialogs.journal.journal import Journal
from dialogs.journal.opening import Beginning
from journals import at, contents_of, journaling, opened

REQUESTS = st.builds(
    at, st.sampled_from(["a", "b", "c"]), st.integers(1, 3), st.sampled_from(["Hello", "Bye", "日本\u2028"])
)
Known = tuple[str, int, str]


def known(request: ChatRequest) -> Known:
    return request.place.dialogue, request.place.turn, str(request.messages[-1].content)


class Server:
    """Answers each request with a text of its own; every fifth fails."""

    def __init__(self) -> None:
        self.received = 0

    def script(self, request: ChatRequest) -> str | Fault:
        self.received += 1
        if self.received % 5 == 0:
            return Fault(FaultKind.SERVER_ERROR, "500", retryable=True)
        return f"answer {self.received} to {known(request)}"


class Silent(ScriptedEndpoint):
    """Takes requests and never answers."""

    async def complete(self, request: ChatRequest) -> Answer:
        self.requests.append(request)
        await asyncio.Event().wait()
        raise AssertionError


class JournalMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.incarnation = 0
        self.server = Server()
        self.silent = Silent(lambda _request: "")
        self.given: dict[Known, object] = {}  # the model: what each question was answered
        self.asked: set[Known] = set()  # in this run: each question is asked once in a run
        self.sent_at_least = 0
        self.synced = 0
        self.runner = asyncio.Runner()
        self.old: list[Journal] = []
        self.journal: Journal | None = None

    @property
    def path(self) -> Path:
        return self.folder / f"{self.incarnation}" / "j"

    def _sync(self, descriptor: int) -> None:
        self.synced = os.fstat(descriptor).st_size

    def _opened(self, beginning: Beginning) -> Journal:
        return opened(self.path, beginning, operations=replace(SYSTEM, sync=self._sync))

    @precondition(lambda self: self.journal is None)
    @rule()
    def resume(self) -> None:
        self.journal = self._opened(Beginning.RESUME)
        self.asked.clear()

    @precondition(lambda self: self.journal is None)
    @rule()
    def begin_afresh(self) -> None:
        self.journal = self._opened(Beginning.FRESH)
        self.given.clear()
        self.asked.clear()
        self.sent_at_least = 0

    @precondition(lambda self: self.journal is not None)
    @rule(requests=st.lists(REQUESTS, min_size=1, max_size=5, unique_by=known))
    def ask(self, requests: Sequence[ChatRequest]) -> None:
        requests = self._not_yet_asked(requests)
        before = self.server.received
        answers = self._complete(requests, ScriptedEndpoint(self.server.script))
        new = [request for request in requests if known(request) not in self.given]
        for request, content in zip(requests, contents_of(answers), strict=True):
            assert content == self.given.get(known(request), content)
            if content != "server_error":
                self.given[known(request)] = content
        assert self.server.received - before == len(new)
        self.sent_at_least += len(new)

    def _not_yet_asked(self, requests: Sequence[ChatRequest]) -> list[ChatRequest]:
        fresh = [request for request in requests if known(request) not in self.asked]
        self.asked |= {known(request) for request in fresh}
        return fresh

    def _complete(self, requests: Sequence[ChatRequest], inner: ScriptedEndpoint) -> list[Answer]:
        journal = self.journal
        assert journal is not None

        async def main() -> list[Answer]:
            endpoint = journaling(journal, inner)
            return await asyncio.gather(*(endpoint.complete(request) for request in requests))

        return self.runner.run(main())

    @precondition(lambda self: self.journal is not None)
    @rule(
        requests=st.lists(REQUESTS, max_size=3, unique_by=known),
        lost=st.floats(0, 1),
        zeros=st.sampled_from([0, 1, 4096]),
    )
    def crash(self, requests: Sequence[ChatRequest], lost: float, zeros: int) -> None:
        """Lose power with requests under way: of what was not synced a part is lost, and zeros may stand there."""
        journal = self.journal
        assert journal is not None
        unanswered = [request for request in self._not_yet_asked(requests) if known(request) not in self.given]

        async def main() -> bytes:
            endpoint = journaling(journal, self.silent)
            tasks = [asyncio.ensure_future(endpoint.complete(request)) for request in unanswered]
            await asyncio.sleep(0)
            data = self.path.read_bytes()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return data

        data = self.runner.run(main())
        kept = self.synced + round((len(data) - self.synced) * (1 - lost))
        self.sent_at_least += len(unanswered)
        if kept < len(data):  # notes of requests wait for no sync: a kill spares them, a power cut may not
            self.sent_at_least = 0
        self.old.append(journal)
        self.journal = None
        self.incarnation += 1
        self.path.parent.mkdir()
        self.path.write_bytes(data[:kept] + bytes(zeros))

    @precondition(lambda self: self.journal is not None)
    @rule()
    def close(self) -> None:
        assert self.journal is not None
        self.runner.run(self.journal.close())
        self.journal = None

    @invariant()
    def the_ledger_balances(self) -> None:
        if self.journal is None:
            return
        ledger = self.journal.ledger
        assert ledger.recorded == len(self.given)
        assert ledger.sent == ledger.recorded + ledger.failed + ledger.unknown
        assert ledger.sent >= self.sent_at_least

    def teardown(self) -> None:
        for journal in [*self.old, *([self.journal] if self.journal else [])]:
            self.runner.run(journal.close())
        self.runner.close()
        shutil.rmtree(self.folder)


JournalMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestJournal = JournalMachine.TestCase
