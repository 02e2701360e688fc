"""The ways to ask that `dialogs run` is held against, each as short as its users would write it.

    python bench/clients.py WAY URL --dialogues 500 --turns 4 --concurrency 64

Each way carries the history from turn to turn and keeps nothing else: no transcript, no journal, no check of an answer.
Libraries are imported within the ways, since a way's start counts.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from workload import MODEL, opening, user_texts

Messages = list[dict[str, str]]
Play = Callable[[int], Awaitable[None]]


async def _work(queue: Iterator[int], play: Play) -> None:
    for dialogue in queue:
        await play(dialogue)


async def _play_all(flags: argparse.Namespace, play: Play) -> None:
    queue = iter(range(flags.dialogues))
    await asyncio.gather(*(_work(queue, play) for _ in range(flags.concurrency)))


async def _talk(dialogue: int, turns: int, ask: Callable[[Messages], Awaitable[str]]) -> None:
    messages = opening()
    for text in user_texts(dialogue, turns):
        messages.append({"role": "user", "content": text})
        messages.append({"role": "assistant", "content": await ask(messages)})


async def aiohttp_loop(flags: argparse.Namespace) -> None:
    """A bare loop: nothing between the messages and the wire but aiohttp and the standard json."""
    import aiohttp  # noqa: PLC0415 - a way's start counts

    url = f"{flags.url}/chat/completions"
    headers = {"Authorization": "Bearer x"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(messages: Messages) -> str:
            async with session.post(url, json={"model": MODEL, "messages": messages}) as response:
                answer = await response.json()
            return str(answer["choices"][0]["message"]["content"])

        await _play_all(flags, lambda dialogue: _talk(dialogue, flags.turns, ask))


async def openai_post(flags: argparse.Namespace) -> None:
    """The official client with its slow parts passed by: aiohttp as transport, encoded and parsed once, by orjson."""
    import httpx2  # noqa: PLC0415 - a way's start counts
    import openai  # noqa: PLC0415 - a way's start counts
    import orjson  # noqa: PLC0415 - a way's start counts

    limits = httpx2.Limits(max_connections=flags.concurrency, max_keepalive_connections=flags.concurrency)
    wire = openai.DefaultAioHttpClient(limits=limits)
    async with openai.AsyncOpenAI(api_key="x", base_url=flags.url, max_retries=0, http_client=wire) as client:

        async def ask(messages: Messages) -> str:
            body = orjson.dumps({"model": MODEL, "messages": messages})
            headers = {"Content-Type": "application/json"}
            response = await client.post(
                "/chat/completions", content=body, cast_to=httpx2.Response, options={"headers": headers}
            )
            return str(orjson.loads(response.content)["choices"][0]["message"]["content"])

        await _play_all(flags, lambda dialogue: _talk(dialogue, flags.turns, ask))


async def openai_gather(flags: argparse.Namespace) -> None:
    """AsyncOpenAI as it comes, all dialogues in one gather, a semaphore around each."""
    import openai  # noqa: PLC0415 - a way's start counts

    places = asyncio.Semaphore(flags.concurrency)
    async with openai.AsyncOpenAI(api_key="x", base_url=flags.url) as client:

        async def ask(messages: Any) -> str:  # noqa: ANN401 - the library's own type is a union of unions
            answer = await client.chat.completions.create(model=MODEL, messages=messages)
            return answer.choices[0].message.content or ""

        async def play(dialogue: int) -> None:
            async with places:
                await _talk(dialogue, flags.turns, ask)

        await asyncio.gather(*(play(dialogue) for dialogue in range(flags.dialogues)))


def _play_in_sync(client: Any, dialogue: int, turns: int) -> None:  # noqa: ANN401 - openai is not imported yet
    messages = opening()
    for text in user_texts(dialogue, turns):
        messages.append({"role": "user", "content": text})
        answer = client.chat.completions.create(model=MODEL, messages=messages)
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})


async def openai_threads(flags: argparse.Namespace) -> None:
    """The sync client, a dialogue to a thread."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a way's start counts

    import openai  # noqa: PLC0415 - a way's start counts

    with (
        openai.OpenAI(api_key="x", base_url=flags.url) as client,
        ThreadPoolExecutor(flags.concurrency) as pool,
    ):
        list(pool.map(lambda dialogue: _play_in_sync(client, dialogue, flags.turns), range(flags.dialogues)))


async def openai_sequential(flags: argparse.Namespace) -> None:
    """The sync client, one dialogue after the other."""
    import openai  # noqa: PLC0415 - a way's start counts

    with openai.OpenAI(api_key="x", base_url=flags.url) as client:
        for dialogue in range(flags.dialogues):
            _play_in_sync(client, dialogue, flags.turns)


WAYS: Final[dict[str, Callable[[argparse.Namespace], Awaitable[None]]]] = {
    "aiohttp-loop": aiohttp_loop,
    "openai-post": openai_post,
    "openai-gather": openai_gather,
    "openai-threads": openai_threads,
    "openai-sequential": openai_sequential,
}


def main() -> None:
    """Read the flags and play."""
    parser = argparse.ArgumentParser(description="Plays dialogues in one of the ways that are compared.")
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("url", help="with /v1 at its end")
    parser.add_argument("--dialogues", type=int, default=100)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--concurrency", type=int, default=64)
    flags = parser.parse_args()
    asyncio.run(_run(flags))


async def _run(flags: argparse.Namespace) -> None:
    await WAYS[flags.way](flags)


if __name__ == "__main__":
    main()
