"""Short ways to make the project's values in tests."""

import asyncio
import json
from collections.abc import Callable

from dialogs.chat import ChatReply, ChatRequest, CompletionPlace, Fault, History, script_message
from dialogs.clock import SystemClock
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.errors import Place
from dialogs.judging import Judge
from dialogs.playing import Player
from dialogs.scenario import Dialogue, Entry, Scenario, UserTurn
from dialogs.tally import Tally
from dialogs.transcript import Transcript

PLACE = Place("talk.yaml", 1, 1)


def entry(item: str | Entry) -> Entry:
    return UserTurn(item, PLACE) if isinstance(item, str) else item


def scenario(*entries: str | Entry, name: str = "talk", system: str | None = None, **rest: object) -> Scenario:
    return Scenario(name, PLACE, tuple(entry(item) for item in entries), system=system, **rest)  # type: ignore[arg-type]


def dialogue(*entries: str | Entry, name: str = "talk", system: str | None = None, **rest: object) -> Dialogue:
    return Dialogue(scenario(*entries, name=name, system=system, **rest), "scripted")


def reply(content: str | None, finish_reason: str | None = "stop", **message: object) -> ChatReply:
    return ChatReply({"role": "assistant", "content": content, **message}, finish_reason)  # type: ignore[dict-item]


def play(
    talk: Dialogue, script: Script, *, judge: Judge | None = None, inline_media: bool = False
) -> tuple[Transcript, list[ChatRequest]]:
    """Play one dialogue; return its transcript and the requests that were sent."""
    endpoint = ScriptedEndpoint(script)
    player = Player({talk.model: endpoint}, SystemClock(), Tally(), judge=judge, inline_media=inline_media)
    return asyncio.run(player.play(talk)), endpoint.requests


def in_turn(*answers: str | ChatReply | Fault) -> Callable[[ChatRequest], str | ChatReply | Fault]:
    """Make a script that gives these answers one after the other."""
    rest = iter(answers)
    return lambda _request: next(rest)


def sent(request: ChatRequest) -> list[object]:
    """Return the messages of a request as they are sent."""
    messages: list[object] = json.loads(request.body())["messages"]
    return messages


def request(*contents: str, turn: int = 1, **rest: object) -> ChatRequest:
    """Make a request of user messages."""
    history = History(tuple(script_message("user", content) for content in contents))
    place = CompletionPlace("talk@scripted#0", turn)
    return ChatRequest("scripted", history.messages, history.sha256, place, **rest)  # type: ignore[arg-type]


def transcript(name: str = "talk", *contents: str) -> Transcript:
    """Make a transcript of messages, user and assistant by turns, as a played dialogue would leave it."""
    users, replies = contents[::2], contents[1::2]
    played, _requests = play(dialogue(*users, name=name), in_turn(*replies))
    return played
