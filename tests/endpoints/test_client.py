import asyncio
from collections.abc import Awaitable, Callable

import openai
import pytest

from dialogs.chat import Billing
from dialogs.endpoints.client import Client, official_client
from dialogs.endpoints.faults import NoAnswerError
from dialogs.endpoints.sites import Site
from dialogs.endpoints.urls import parse_base_url
from servers import Act, Wire, completion, error, in_order, serve

BODY = b'{"messages":[]}'


class Tokens:
    """Gives another token each time."""

    def __init__(self) -> None:
        self.given = 0

    async def token(self) -> str:
        self.given += 1
        return f"token-{self.given}"


def with_client(
    base_url: str, tokens: Tokens, use: Callable[[Client, str], Awaitable[None]], *, form_s: float = 60.0
) -> None:
    async def main() -> None:
        base = parse_base_url(base_url, "the test")
        site = Site(base=base, key=None, key_name="KEY", timeout_s=5)
        official = official_client(site, openai.AsyncOpenAI, base_url=base.address, api_key=tokens.token)
        client = Client(site, official, asyncio.Semaphore(4), form_s=form_s)
        client.join()
        await use(client, base.to("/chat/completions"))
        await client.leave()

    asyncio.run(main())


async def three_posts(client: Client, url: str) -> None:
    for number in range(3):
        await client.post(url, BODY + b" " * number)


def test_requests_go_out_in_the_form_that_the_official_client_gave_the_first() -> None:
    with serve(in_order(completion())) as server:
        with_client(server.base_url, Tokens(), three_posts)
        first, *later = server.requests

    assert [request.target for request in later] == [first.target] * 2
    assert [len(BODY) + 1, len(BODY) + 2] == [int(request.headers.pop("content-length")) for request in later]
    assert first.headers.pop("content-length") == str(len(BODY))
    assert [request.headers for request in later] == [first.headers] * 2
    assert first.headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize("status", [401, 429, 500])
def test_after_a_refusal_the_official_client_gives_a_new_form(status: int) -> None:
    given = Tokens()
    with serve(in_order(completion(), error(status, "No"), completion())) as server:
        with_client(server.base_url, given, three_posts)

    assert given.given == 2
    assert server.requests[-1].headers["authorization"] == "Bearer token-2"


def test_the_official_client_gives_a_new_form_from_time_to_time() -> None:
    given = Tokens()
    with serve(in_order(completion())) as server:
        with_client(server.base_url, given, three_posts, form_s=0.0)

    assert given.given == 3


def test_each_url_has_a_form_of_its_own() -> None:
    async def two_urls(client: Client, url: str) -> None:
        for target in (url, f"{url}/other", url, f"{url}/other"):
            await client.post(target, BODY)

    with serve(in_order(completion())) as server:
        with_client(server.base_url, Tokens(), two_urls)

    paths = ["/v1/chat/completions", "/v1/chat/completions/other"] * 2
    assert [request.target for request in server.requests] == paths


def test_a_later_request_that_gets_no_answer_says_so_as_the_first_would() -> None:
    async def post_twice(client: Client, url: str) -> None:
        await client.post(url, BODY)
        with pytest.raises(NoAnswerError, match="connection") as caught:
            await client.post(url, BODY)
        assert caught.value.billing is Billing.PERHAPS

    with serve(in_order(completion(), Wire(Act.RESET))) as server:
        with_client(server.base_url, Tokens(), post_twice)


def test_a_request_beside_the_first_takes_its_form_before_that_is_answered() -> None:
    given = Tokens()
    with serve(in_order(Wire(0.2, *completion().pieces), completion())) as server:

        async def post_beside(client: Client, url: str) -> None:
            first = asyncio.ensure_future(client.post(url, BODY))
            while not server.requests:  # noqa: ASYNC110 - the server is a thread
                await asyncio.sleep(0.001)
            await client.post(url, BODY)
            await first

        with_client(server.base_url, given, post_beside)

    assert (given.given, len(server.requests)) == (1, 2)


class SlowTokens(Tokens):
    """Gives them after a while; the first `failing` times, none."""

    def __init__(self, failing: int = 0) -> None:
        super().__init__()
        self.failing = failing

    async def token(self) -> str:
        token = await super().token()
        await asyncio.sleep(0.01)
        if self.given <= self.failing:
            raise NoAnswerError("no token")
        return token


@pytest.mark.parametrize("tokens", [Tokens(), SlowTokens()], ids=["at once", "after a while"])
def test_the_first_wave_waits_for_one_form(tokens: Tokens) -> None:
    async def wave(client: Client, url: str) -> None:
        await asyncio.gather(*(client.post(url, BODY) for _ in range(20)))

    with serve(in_order(completion())) as server:
        with_client(server.base_url, tokens, wave)
        assert {request.headers["authorization"] for request in server.requests} == {"Bearer token-1"}

    assert tokens.given == 1


def test_where_no_form_came_of_a_request_the_next_one_makes_it() -> None:
    found: list[object] = []

    async def wave(client: Client, url: str) -> None:
        found.extend(await asyncio.gather(*(client.post(url, BODY) for _ in range(4)), return_exceptions=True))

    tokens = SlowTokens(failing=2)
    with serve(in_order(completion())) as server:
        with_client(server.base_url, tokens, wave)

    assert [isinstance(each, NoAnswerError) for each in found] == [True, True, False, False]
    assert tokens.given == 3


def test_one_that_is_cancelled_while_it_waits_for_the_form_disturbs_no_other() -> None:
    async def wave(client: Client, url: str) -> None:
        first, cancelled, third = (asyncio.ensure_future(client.post(url, BODY)) for _ in range(3))
        await asyncio.sleep(0)
        cancelled.cancel()
        for answer in (await first, await third):
            assert answer.is_success
        assert cancelled.cancelled()

    with serve(in_order(completion())) as server:
        with_client(server.base_url, SlowTokens(), wave)
