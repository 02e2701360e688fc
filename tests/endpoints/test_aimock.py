"""The endpoint against a server that no one here wrote: what it journals is what was to be sent."""

import asyncio

import pytest

from aimock_server import Aimock, aimock, needs_aimock
from dialogs.chat import ChatReply, ChatRequest, CompletionPlace, Endpoint, History, message_from_record, script_message
from dialogs.configuration import Configuration
from dialogs.endpoints.opening import open_endpoints

pytestmark = [pytest.mark.aimock, needs_aimock]

REPLIES = {
    "When was Microsoft founded?": "On 4 April 1975 — “Micro-Soft”.",
    "By whom?": "By Bill Gates and Paul Allen 🙂.",
}
HISTORY = [
    {"role": "system", "content": "You know\nhistory."},
    {"role": "user", "content": "When was Microsoft founded?"},
    {"role": "assistant", "content": "On 4 April 1975 — “Micro-Soft”."},
    {"role": "user", "content": "By whom?"},
    {"role": "assistant", "content": "By Bill Gates and Paul Allen 🙂."},
]


async def talk(endpoint: Endpoint) -> list[object]:
    """Play two turns, and return the history at their end."""
    history = History((script_message("system", "You know\nhistory."),))
    for turn, user in enumerate(REPLIES, 1):
        history.append(script_message("user", user))
        place = CompletionPlace("talk@gpt-4o#0", turn)
        request = ChatRequest(
            endpoint.model, history.messages, history.sha256, place, {"temperature": 0}, {"top_k": 20}
        )
        reply = await endpoint.complete(request)
        assert isinstance(reply, ChatReply), reply
        history.append(message_from_record(reply.message))
    return [{"role": message.role, "content": message.content} for message in history.messages]


def played(environ: dict[str, str]) -> list[object]:
    async def main() -> list[object]:
        endpoint = open_endpoints(["gpt-4o"], Configuration(), environ, concurrency=1, timeout_s=20)["gpt-4o"]
        history = await talk(endpoint)
        await endpoint.close()
        return history

    return asyncio.run(main())


def bodies(server: Aimock) -> list[dict[str, object]]:
    """Return the journalled bodies, without what aimock adds."""
    entries = [entry["body"] for entry in server.journal()]
    return [{key: value for key, value in body.items() if not key.startswith("_")} for body in entries]


def test_journals_exactly_the_histories_of_two_turns() -> None:
    with aimock(REPLIES) as server:
        history = played({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"})
        sent = bodies(server)

    rest = {"model": "gpt-4o", "temperature": 0, "top_k": 20}
    assert history == HISTORY
    assert sent == [{"messages": HISTORY[:2], **rest}, {"messages": HISTORY[:4], **rest}]


@pytest.mark.parametrize("version", ["2024-10-21", ""])
def test_knows_our_requests_as_azures(version: str) -> None:
    with aimock(REPLIES) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": "az", "OPENAI_API_VERSION": version}
        history = played(environ)
        sent = bodies(server)

    assert history == HISTORY
    assert [body["messages"] for body in sent] == [HISTORY[:2], HISTORY[:4]]
