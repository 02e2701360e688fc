import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from builders import dialogue, in_turn, play, transcript
from command import dialogs, start
from dialogs.baseline_lock import locked_folder
from dialogs.chat import Fault, FaultKind
from dialogs.cli.choosing import Wish
from dialogs.cli.review_desk import Decision, Desk
from dialogs.cli.review_server import ReviewServer
from dialogs.indexed_transcripts import stable_line
from dialogs.journal.files import replacing
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts, write_transcripts
from pages import Read

GONE = transcript("gone", "Hello", "Hi")
OLD = transcript("talk", "When?", "Within thirty days.")
NEW = transcript("talk", "When?", "Within fourteen days.")
SAME = transcript("same", "Hello", "Hi")
ADDED = transcript("added", "Hello", "Hi")
FAILED = play(dialogue("When?", name="failed"), in_turn(Fault(FaultKind.TIMEOUT, "late")))[0]

_Result = TypeVar("_Result")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A baseline and a candidate: one dialogue changed, one added, one failed, one gone, one the same."""
    write_transcripts(tmp_path / "main.jsonl", [OLD, SAME, GONE], stable=True)
    write_transcripts(tmp_path / "new.jsonl", [NEW, ADDED, FAILED, SAME])
    return tmp_path


@dataclass
class Reviewer:
    """A browser with the page open; what it sends has the headers that a browser gives its page's own requests."""

    session: aiohttp.ClientSession
    server: ReviewServer
    revision: int = 0
    names: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return self.server.url.partition("/?")[0]

    async def load(self) -> Read:
        async with self.session.get(self.server.url) as response:
            assert response.status == 200
            page = Read(await response.text())
        index, _, review, _ = map(str.strip, page.texts["script"])
        self.revision = json.loads(review)["revision"]
        self.names = tuple(row[0].partition("@")[0] for row in json.loads(index)["rows"])
        return page

    async def decide(self, action: str, name: str, **headers: str) -> tuple[int, Any]:
        wish = {"number": self.names.index(name), "action": action, "revision": self.revision}
        address, named = f"{self.origin}/decisions", {"Origin": self.origin, **headers}
        async with self.session.post(address, json=wish, headers=named) as response:
            return response.status, await (response.json() if "json" in response.content_type else response.text())


@asynccontextmanager
async def reviewer(server: ReviewServer) -> AsyncIterator[Reviewer]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        one = Reviewer(session, server)
        await one.load()
        yield one


def review(folder: Path, act: Callable[[Reviewer], Awaitable[_Result]], *, prune: bool = False) -> _Result:
    """Serve the review of the folder's files, and act in it."""

    async def serve() -> _Result:
        server = ReviewServer(lambda: Desk(folder / "new.jsonl", folder / "main.jsonl", Wish(prune=prune)), "127.0.0.1")
        runner = await server.start()
        try:
            async with reviewer(server) as one:
                return await act(one)
        finally:
            await runner.cleanup()
            server.desk.close()

    return asyncio.run(serve())


def held(folder: Path) -> bytes:
    return (folder / "main.jsonl").read_bytes()


def lines(*transcripts: Transcript) -> bytes:
    return b"".join(map(stable_line, transcripts))


def test_what_is_accepted_is_in_the_baseline_at_once(folder: Path) -> None:
    status, state = review(folder, lambda one: one.decide("accept", "talk"))

    assert (status, sorted(state["decisions"])) == (200, ["accepted", *["undecided"] * 3])
    assert held(folder) == lines(NEW, SAME, GONE)


def test_the_file_is_what_accept_makes_of_it(folder: Path) -> None:
    async def accept_all(one: Reviewer) -> None:
        await one.decide("accept", "added")
        await one.decide("accept", "talk")

    before = held(folder)
    review(folder, accept_all)
    reviewed = held(folder)
    (folder / "main.jsonl").write_bytes(before)
    dialogs("accept", "new.jsonl", "main.jsonl", cwd=folder)

    assert reviewed == held(folder)


def test_undoing_restores_the_file_to_the_byte(folder: Path) -> None:
    odd = held(folder).replace(b"\n", b"\r\n\r\n").rstrip()
    (folder / "main.jsonl").write_bytes(odd)

    async def there_and_back(one: Reviewer) -> bytes:
        await one.decide("accept", "talk")
        changed = held(folder)
        await one.decide("undo", "talk")
        return changed

    assert review(folder, there_and_back) != odd
    assert held(folder) == odd


def test_undoing_one_of_two_leaves_the_other(folder: Path) -> None:
    async def act(one: Reviewer) -> None:
        await one.decide("accept", "talk")
        await one.decide("accept", "added")
        await one.decide("undo", "talk")

    review(folder, act)

    assert held(folder) == lines(OLD, ADDED, SAME, GONE)


def test_undoing_all_of_a_new_baseline_leaves_none(folder: Path) -> None:
    (folder / "main.jsonl").unlink()

    async def act(one: Reviewer) -> bool:
        await one.decide("accept", "talk")
        was_there = (folder / "main.jsonl").exists()
        await one.decide("skip", "talk")
        return was_there

    assert review(folder, act)
    assert not (folder / "main.jsonl").exists()


def test_a_skipped_dialogue_leaves_the_file_alone(folder: Path) -> None:
    before = (folder / "main.jsonl").stat()
    _, state = review(folder, lambda one: one.decide("skip", "talk"))

    assert state["decisions"].count("skipped") == 1
    assert (folder / "main.jsonl").stat() == before


def test_what_was_not_completed_cannot_be_accepted(folder: Path) -> None:
    before = held(folder)

    assert review(folder, lambda one: one.decide("accept", "failed")) == (
        422,
        {"error": "failed@scripted#0 cannot be accepted: error in turn 1 (timeout)"},
    )
    assert held(folder) == before


def test_pruning_offers_to_remove_what_is_gone(folder: Path) -> None:
    review(folder, lambda one: one.decide("accept", "gone"), prune=True)

    assert held(folder) == lines(OLD, SAME)


def test_a_baseline_that_somebody_else_changed_is_left_so_and_compared_anew(folder: Path) -> None:
    async def act(one: Reviewer) -> tuple[int, int]:
        dialogs("accept", "new.jsonl", "main.jsonl", "--select", "talk", cwd=folder)
        late, _ = await one.decide("accept", "added")
        await one.load()
        again, _ = await one.decide("accept", "added")
        return late, again

    assert review(folder, act) == (409, 200)
    assert held(folder) == lines(NEW, ADDED, SAME, GONE)


def test_a_page_of_before_the_change_can_decide_nothing_any_more(folder: Path) -> None:
    async def act(one: Reviewer) -> int:
        async with reviewer(one.server) as other:
            dialogs("accept", "new.jsonl", "main.jsonl", "--select", "talk", cwd=folder)
            await other.load()
        status, _ = await one.decide("accept", "added")
        return status

    assert review(folder, act) == 409
    assert held(folder) == lines(NEW, SAME, GONE)


def test_while_an_accept_is_at_work_nothing_is_written(folder: Path) -> None:
    before = held(folder)

    async def act(one: Reviewer) -> int:
        with locked_folder(folder, lambda: None):
            status, _ = await one.decide("accept", "talk")
        return status

    assert review(folder, act) == 423
    assert held(folder) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:99999"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Cookie": "dialogs_review=guess"},
    ],
)
def test_a_request_of_another_site_or_without_the_token_is_refused(folder: Path, headers: dict[str, str]) -> None:
    before = held(folder)

    async def act(one: Reviewer) -> int:
        if "Cookie" in headers:
            one.session.cookie_jar.clear()
        status, _ = await one.decide("accept", "talk", **headers)
        return status

    assert review(folder, act) == 403
    assert held(folder) == before


@pytest.mark.parametrize("path", ["", "?token=", "?token=guess", "state", "nowhere"])
def test_who_does_not_know_the_token_reads_nothing(folder: Path, path: str) -> None:
    async def act(one: Reviewer) -> tuple[int, str]:
        async with aiohttp.ClientSession() as stranger, stranger.get(f"{one.origin}/{path}") as response:
            return response.status, await response.text()

    status, text = review(folder, act)
    assert status == 403
    assert "thirty" not in text


def test_a_name_that_was_made_to_mean_this_address_reads_nothing(folder: Path) -> None:
    async def act(one: Reviewer) -> int:
        port = one.origin.rpartition(":")[2]
        async with one.session.get(one.server.url, headers={"Host": f"rebound.example:{port}"}) as response:
            return response.status

    assert review(folder, act) == 403


@pytest.mark.parametrize("body", ["", "[]", "{", '{"number": "0", "action": "accept", "revision": 1}', "x" * 5_000])
def test_what_is_no_decision_is_refused(folder: Path, body: str) -> None:
    async def act(one: Reviewer) -> int:
        headers = {"Origin": one.origin}
        async with one.session.post(f"{one.origin}/decisions", data=body, headers=headers) as response:
            return response.status

    assert review(folder, act) in {400, 413}


def test_no_other_site_may_hold_the_page_in_a_frame_or_keep_it(folder: Path) -> None:
    async def act(one: Reviewer) -> list[str | None]:
        async with one.session.get(one.server.url) as response:
            names = ("Content-Security-Policy", "Cache-Control", "Cross-Origin-Resource-Policy")
            return [response.headers.get(name) for name in names]

    assert review(folder, act) == ["frame-ancestors 'none'", "no-store", "same-origin"]


def test_the_page_has_what_differs_and_nothing_else(folder: Path) -> None:
    text = review(folder, lambda one: one.load()).text()

    assert all(name in text for name in ("talk@scripted#0", "added@scripted#0", "failed@scripted#0", "gone@scripted#0"))
    assert "same@scripted#0" not in text


def test_ctrl_c_ends_the_command_which_says_what_was_accepted(folder: Path) -> None:
    process = start("review", "new.jsonl", "main.jsonl", "--no-open", cwd=folder)
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)

    assert re.fullmatch(r"reviewing 4 dialogues: http://127\.0\.0\.1:\d+/\?token=[\w-]{43}\n", first)
    assert (process.returncode, stdout) == (0, "")
    assert stderr.endswith("main.jsonl: 0 dialogues accepted, 0 skipped, 2 left\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new.jsonl", "new.jsonl"), "new.jsonl is the baseline itself"),
        (("-", "main.jsonl"), "the candidate cannot be standard input"),
        (("new.jsonl", "main.jsonl", "--host", "192.0.2.1"), "192.0.2.1:0: "),
        (("nothing.jsonl", "main.jsonl"), "nothing.jsonl: No such file"),
    ],
)
def test_what_cannot_be_reviewed_is_said(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    done = dialogs("review", *arguments, "--no-open", cwd=folder)

    assert done.code == 2
    assert message in done.stderr


def test_compressed_files_are_reviewed_and_restored(folder: Path) -> None:
    for name in ("main.jsonl", "new.jsonl"):
        with replacing(folder / f"{name}.zst") as write:
            write((folder / name).read_bytes())
    before = (folder / "main.jsonl.zst").read_bytes()
    with closing(Desk(folder / "new.jsonl.zst", folder / "main.jsonl.zst", Wish())) as desk:
        number = [choice.id for choice in desk.choices].index(NEW.id)
        desk.decide(number, Decision.ACCEPTED)
        taken = list(read_transcripts(folder / "main.jsonl.zst"))
        desk.decide(number, Decision.UNDECIDED)

    assert NEW.messages in [each.messages for each in taken]
    assert (folder / "main.jsonl.zst").read_bytes() == before
