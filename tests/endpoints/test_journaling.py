import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders import in_turn, reply, request
from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Fault, FaultKind
from dialogs.endpoints.answers import parse_answer
from dialogs.endpoints.journaling import AttemptMarkingEndpoint, JournalingEndpoint
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.journal.journal import Journal
from dialogs.journal.ledger import Ledger
from dialogs.journal.opening import Beginning
from dialogs.redaction import Redactor, Secret
from journals import at, contents_of, journaling, opened
from servers import completion_object

CANARY = "sk-canary-0123456789abcdef"
BROKEN = Fault(FaultKind.SERVER_ERROR, "500", retryable=True)


class Retrying(ScriptedEndpoint):
    """Asks the endpoint within up to three times."""

    def __init__(self, inner: AttemptMarkingEndpoint) -> None:
        super().__init__(lambda _request: "")
        self._inner = inner

    async def complete(self, request: ChatRequest) -> Answer:
        answer = await self._inner.complete(request)
        for _again in range(2):
            if isinstance(answer, Fault) and answer.retryable:
                answer = await self._inner.complete(request)
        return answer


def played(
    path: Path,
    script: Script,
    *requests: ChatRequest,
    beginning: Beginning = Beginning.NEW,
    redactor: Redactor | None = None,
) -> tuple[list[Answer], Ledger]:
    """Ask one after the other, with retries, through a journal."""

    async def main() -> tuple[list[Answer], Ledger]:
        journal = opened(path, beginning, redactor=redactor or Redactor())
        marking = AttemptMarkingEndpoint(ScriptedEndpoint(script), journal)
        endpoint = JournalingEndpoint(Retrying(marking), journal)
        answers = [await endpoint.complete(asked) for asked in requests]
        await journal.close()
        return answers, journal.ledger

    return asyncio.run(main())


def unexpected(_request: ChatRequest) -> str:
    raise AssertionError("nothing was to be sent")


def with_body(content: str, **message: object) -> ChatReply:
    """Make a reply as an endpoint does, from the body of an answer."""
    answer = parse_answer(json.dumps(completion_object(content, **message)).encode(), request_id="r-1", latency_ms=7)
    assert isinstance(answer, ChatReply)
    return answer


@pytest.mark.parametrize(
    "answer",
    [
        reply("Hi", reasoning_content="hm"),
        with_body("日本\u2028\x00", reasoning_content="hm"),
        replace(with_body("Hi"), attempts=3),
    ],
)
def test_a_resumed_reply_is_the_one_that_came(tmp_path: Path, answer: ChatReply) -> None:
    asked = request("Hello")
    (first,), _ledger = played(tmp_path / "j", lambda _request: answer, asked)
    (again,), ledger = played(tmp_path / "j", unexpected, asked, beginning=Beginning.RESUME)

    assert first == answer
    assert again == replace(answer, source="journal")
    assert ledger == Ledger(sent=1, recorded=1, reused=1)


def test_the_reply_of_another_place_is_not_taken(tmp_path: Path) -> None:
    played(tmp_path / "j", in_turn("one"), at("a@m#0"))

    answers, _ledger = played(tmp_path / "j", in_turn("two"), at("a@m#1"), beginning=Beginning.RESUME)
    assert contents_of(answers) == ["two"]


def test_the_reply_of_a_dialogue_that_is_played_no_more_is_taken(tmp_path: Path) -> None:
    played(tmp_path / "j", in_turn("one", "two"), at("old-name"), at("kept"))

    async def main() -> list[Answer]:
        journal = opened(tmp_path / "j", Beginning.RESUME, dialogues={"new-name", "kept"})
        endpoint = journaling(journal, ScriptedEndpoint(in_turn("three")))
        answers = [await endpoint.complete(asked) for asked in (at("new-name"), at("kept"), at("newer-name"))]
        await journal.close()
        return answers

    assert contents_of(asyncio.run(main())) == ["one", "two", "three"]


def test_each_attempt_is_in_the_ledger(tmp_path: Path) -> None:
    _answers, ledger = played(tmp_path / "j", in_turn(BROKEN, BROKEN, "Hi", "Ho"), at("a"), at("b"))

    assert ledger == Ledger(sent=4, recorded=2, failed=2)
    assert str(ledger) == "4 sent = 2 recorded + 2 failed + 0 unknown"


def test_attempts_are_numbered(tmp_path: Path) -> None:
    played(tmp_path / "j", in_turn(BROKEN, BROKEN, "Hi", "Ho"), at("a"), at("a", 2))

    records = [json.loads(line) for line in (tmp_path / "j").read_text().splitlines()]
    assert [(record["kind"], record["attempt"]) for record in records if "attempt" in record] == [
        ("sent", 1), ("failed", 1), ("sent", 2), ("failed", 2), ("sent", 3), ("sent", 1),
    ]  # fmt: skip


def test_what_a_billed_answer_held_instead_of_a_completion_is_kept(tmp_path: Path) -> None:
    rubbish = Fault(FaultKind.NOT_A_COMPLETION, "HTML", billing=Billing.YES, body=b"<html>\xff" + b"x" * 100_000)
    played(tmp_path / "j", in_turn(rubbish), at("a"))

    failed = json.loads((tmp_path / "j").read_text().splitlines()[-1])
    assert (failed["fault"], failed["billing"], len(failed["body_base64"])) == ("not_a_completion", "yes", 87384)


def test_a_fault_is_asked_again_by_a_resume(tmp_path: Path) -> None:
    played(tmp_path / "j", lambda _request: BROKEN, at("a"))

    answers, ledger = played(tmp_path / "j", in_turn("Hi"), at("a"), beginning=Beginning.RESUME)
    assert contents_of(answers) == ["Hi"]
    assert ledger == Ledger(sent=4, recorded=1, failed=3)


def test_a_request_that_was_cut_off_has_an_unknown_end(tmp_path: Path) -> None:
    async def main() -> Journal:
        journal = opened(tmp_path / "j")
        endpoint = journaling(journal, ScriptedEndpoint(lambda _request: "Hi", latency_s=60))
        task = asyncio.ensure_future(endpoint.complete(at("a")))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.close()
        return journal

    assert asyncio.run(main()).ledger.unknown == 1
    assert played(tmp_path / "j", unexpected, beginning=Beginning.RESUME)[1].unknown == 1


def test_a_reply_that_came_is_kept_though_nobody_waits_any_more(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path / "j")
        task = asyncio.ensure_future(journaling(journal, ScriptedEndpoint(lambda _request: "Hi")).complete(at("a")))
        while journal.ledger.recorded == 0:  # noqa: ASYNC110 - it is written before the task can say so
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.close()

    asyncio.run(main())
    answers, _ledger = played(tmp_path / "j", unexpected, at("a"), beginning=Beginning.RESUME)
    assert contents_of(answers) == ["Hi"]


@pytest.mark.parametrize(
    "echoing",
    [
        lambda: reply(f"Your key is {CANARY}.", note=CANARY),
        lambda: with_body(f"Your key is {CANARY}.", note=CANARY),
        lambda: Fault(FaultKind.AUTHENTICATION, f"bad key {CANARY}", body=CANARY.encode()),
    ],
)
def test_a_key_that_the_server_echoes_reaches_nobody(tmp_path: Path, echoing: Callable[[], Answer]) -> None:
    redactor = Redactor([Secret("env:OPENAI_API_KEY", CANARY)])
    (answer,), _ledger = played(tmp_path / "j", lambda _request: echoing(), at("a"), redactor=redactor)

    assert CANARY not in repr(answer)
    assert CANARY.encode() not in (tmp_path / "j").read_bytes()
    assert b"{env:OPENAI_API_KEY}" in (tmp_path / "j").read_bytes()


def test_a_resumed_reply_has_the_same_words_where_a_key_was_taken_out(tmp_path: Path) -> None:
    redactor = Redactor([Secret("env:OPENAI_API_KEY", CANARY)])
    asked = at("a", content=f"Is {CANARY} my key?")
    first, _ = played(tmp_path / "j", lambda _request: with_body(f"{CANARY} it is"), asked, redactor=redactor)
    again, _ = played(tmp_path / "j", unexpected, asked, beginning=Beginning.RESUME, redactor=redactor)

    assert contents_of(first) == contents_of(again) == ["{env:OPENAI_API_KEY} it is"]
    assert CANARY.encode() not in (tmp_path / "j").read_bytes()
