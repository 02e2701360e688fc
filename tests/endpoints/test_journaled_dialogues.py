"""Whole dialogues through a journal and from a cassette: what the scenario language adds to requests."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

from builders import PLACE, dialogue, in_turn, reply
from dialogs.chat import ChatReply, ChatRequest, Endpoint, Fault, FaultKind
from dialogs.clock import SystemClock
from dialogs.encoding import JsonObject
from dialogs.endpoints.cassette import CassetteEndpoint
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.journal.cassette import Cassette
from dialogs.journal.opening import Beginning
from dialogs.playing import Player
from dialogs.redaction import Redactor, Secret
from dialogs.scenario import Dialogue, Media, MediaPart, ToolAnswer, ToolRule, UserTurn
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript
from journals import journaling, opened

CALL: JsonObject = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}
TOOL: JsonObject = {"type": "function", "function": {"name": "lookup"}}
TOKEN = "tok-0123456789abcdef"  # noqa: S105 - a canary
BYTES = b"the bytes of a picture"


def talk(*, answer: str = "found", token: str = TOKEN, tools: tuple[JsonObject, ...] = (TOOL,)) -> Dialogue:
    fields: dict[str, Any] = {
        "templated": True,
        "variables": {"token": token},
        "secret_variables": {"token": "TOKEN"},
        "tools": tools,
        "tool_results": {"lookup": (ToolRule(PLACE, (ToolAnswer(answer),)),)},
    }
    picture = UserTurn((MediaPart("image", Media("a.png", "image/png", BYTES)),), PLACE)
    return dialogue("Use {{ token }}", picture, **fields)


def calls() -> ChatReply:
    return reply(None, "tool_calls", tool_calls=[CALL])


def played(endpoint: Endpoint, whole: Dialogue) -> Transcript:
    return asyncio.run(Player({"scripted": endpoint}, SystemClock(), Tally()).play(whole))


def journaled(path: Path, script: Script, beginning: Beginning = Beginning.NEW) -> tuple[Transcript, list[ChatRequest]]:
    endpoint = ScriptedEndpoint(script)
    journal = opened(path, beginning, redactor=Redactor([Secret("env:TOKEN", TOKEN)]))

    async def main() -> Transcript:
        player = Player({"scripted": journaling(journal, endpoint)}, SystemClock(), Tally())
        transcript = await player.play(talk())
        await journal.close()
        return transcript

    return asyncio.run(main()), endpoint.requests


def from_cassette(path: Path, whole: Dialogue) -> Transcript:
    with closing(Cassette(path, {whole.id})) as cassette:
        return played(CassetteEndpoint(cassette, "scripted"), whole)


def test_a_dialogue_that_broke_off_between_rounds_goes_on_there(tmp_path: Path) -> None:
    broken, _ = journaled(tmp_path / "j", in_turn(calls(), Fault(FaultKind.TIMEOUT, "too late")))
    resumed, asked = journaled(tmp_path / "j", in_turn("1", "2"), Beginning.RESUME)

    assert broken.outcome is Outcome.ERROR
    assert resumed.outcome is Outcome.COMPLETED
    assert [(request.place.turn, request.place.round) for request in asked] == [(1, 2), (2, 1)]


def test_a_journal_holds_neither_secrets_nor_bytes_of_media(tmp_path: Path) -> None:
    _, asked = journaled(tmp_path / "j", in_turn(calls(), f"You gave me {TOKEN}", "2"))
    written = (tmp_path / "j").read_text()

    assert TOKEN in asked[0].body().decode()
    assert TOKEN not in written
    assert "base64," not in written
    assert "sha256:" in written


def test_a_cassette_answers_whatever_the_secret_is_now(tmp_path: Path) -> None:
    recorded, _ = journaled(tmp_path / "c", in_turn(calls(), "1", "2"))
    again = from_cassette(tmp_path / "c", talk(token="another"))  # noqa: S106 - a canary

    assert again.messages == recorded.messages
    assert again.record(stable=True) == recorded.record(stable=True)


def test_a_miss_names_the_result_of_a_tool_that_differs(tmp_path: Path) -> None:
    journaled(tmp_path / "c", in_turn(calls(), "1", "2"))
    error = from_cassette(tmp_path / "c", talk(answer="lost")).error

    assert error is not None
    assert 'message 3 (tool) "found", asked with "lost"' in error.message


def test_a_miss_names_tools_that_differ(tmp_path: Path) -> None:
    journaled(tmp_path / "c", in_turn(calls(), "1", "2"))
    others = [from_cassette(tmp_path / "c", talk(tools=tools)).error for tools in ((), ({**TOOL, "strict": True},))]

    assert [error and "tools, asked without" in error.message for error in others] == [True, False]
    assert [error and "other tools" in error.message for error in others] == [False, True]
