"""What happens at a rate limit: requests for each reply, and how much of the limit is used.

    python bench/limits.py                 # dialogs and AsyncOpenAI's defaults against a real token bucket
    python bench/limits.py --simulated     # the limiter alone against limits of every kind, in virtual time

The real server refuses what goes beyond 10 requests a second (burst 10) for 200 calls of 50 dialogues at a time, then
beyond 20 a second (burst 20) for 1,200 calls of 200.
"""

import argparse
import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from workload import MODEL, write_scenarios

_HERE: Final = Path(__file__).parent
_LATENCY_S: Final = 0.5
_ANSWER: Final = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": MODEL,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
}


@dataclass
class Bucket:
    """A token bucket, and what it has seen."""

    rate: float
    burst: float
    tokens: float = math.inf
    at: float = 0.0
    first_at: float = 0.0
    last_at: float = 0.0
    requests: int = 0
    admitted: int = 0

    def admit(self) -> bool:
        now = time.monotonic()
        self.first_at = self.first_at or now
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.requests += 1
        if self.tokens < 1:
            return False
        self.tokens -= 1
        self.admitted += 1
        self.last_at = now
        return True

    async def answer(self, request: web.Request) -> web.Response:
        await request.read()
        if not self.admit():
            headers = {"retry-after-ms": f"{(1 - self.tokens) / self.rate * 1000:.0f}"}
            return web.json_response({"error": {"message": "slow down"}}, status=429, headers=headers)
        await asyncio.sleep(_LATENCY_S)
        return web.json_response(_ANSWER)

    def row(self, name: str, calls: int) -> str:
        elapsed_s = max(self.last_at - self.first_at, 1e-9)
        share = self.admitted / (self.rate * elapsed_s + self.burst)
        return (
            f"{name:24} {self.rate:4g}/s {self.admitted:6} of {calls} replies, "
            f"{self.requests / max(1, self.admitted):6.2f} requests a reply, "
            f"{share:5.0%} of the limit in {elapsed_s:.0f} s"
        )


Client = Callable[[str, int, int], Awaitable[None]]


async def dialogs_run(url: str, calls: int, concurrency: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scenarios = write_scenarios(Path(folder, "scenarios"), calls // 4, 4)
        words = [
            "-m",
            "dialogs",
            "run",
            str(scenarios),
            "-m",
            MODEL,
            "-j",
            str(concurrency),
            "-o",
            f"{folder}/out.jsonl",
        ]
        environ = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "x"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, env=environ, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await process.wait()


async def openai_defaults(url: str, calls: int, concurrency: int) -> None:
    import openai  # noqa: PLC0415 - slow to import

    places = asyncio.Semaphore(concurrency)
    async with openai.AsyncOpenAI(base_url=url, api_key="x") as client:

        async def ask(number: int) -> None:
            async with places:
                await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": f"{number}?"}])

        await asyncio.gather(*(ask(number) for number in range(calls)), return_exceptions=True)


async def measure(client: Client, bucket: Bucket, calls: int, concurrency: int) -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", bucket.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    await client(f"http://127.0.0.1:{port}/v1", calls, concurrency)
    await runner.cleanup()


async def real() -> None:
    clients: dict[str, Client] = {"dialogs run": dialogs_run, "AsyncOpenAI, defaults": openai_defaults}
    for rate, calls, concurrency in ((10, 200, 50), (20, 1200, 200)):
        for name, client in clients.items():
            bucket = Bucket(rate, rate)
            await measure(client, bucket, calls, concurrency)
            print(bucket.row(name, calls), flush=True)


def simulated() -> Iterator[str]:
    sys.path.insert(0, str(_HERE.parent / "tests"))
    from limited_servers import (  # noqa: PLC0415 - found only now
        AtRandom,
        FixedWindow,
        LimitedServer,
        Places,
        SlidingWindow,
        TokenBucket,
        drive,
    )

    for told in ("none", "exact", "seconds"):
        for latency_s in (0.05, 2.0):
            for name, limit, calls, concurrency in (
                ("10/s, burst 1", TokenBucket(10, 1), 200, 50),
                ("10/s, burst 10", TokenBucket(10, 10), 200, 50),
                ("20/s, burst 1", TokenBucket(20, 1), 1200, 200),
                ("20/s, burst 20", TokenBucket(20, 20), 1200, 200),
                ("1/s, burst 60", TokenBucket(1, 60), 300, 50),
                ("10 in any second", SlidingWindow(10, 1), 200, 50),
                ("60 in any minute", SlidingWindow(60, 60), 300, 50),
                ("10 each second", FixedWindow(10, 1), 200, 50),
                ("60 each minute", FixedWindow(60, 60, 20), 300, 50),
                ("600 each minute", FixedWindow(600, 60, 20), 3000, 50),
                ("8 at a time", Places(8, latency_s + 0.005), 400, 50),
                ("2 % at random", AtRandom(0.02), 2000, 64),
                ("10 % at random", AtRandom(0.1), 2000, 64),
                ("30 % at random", AtRandom(0.3), 2000, 64),
            ):
                run = drive(LimitedServer(limit, latency_s, told), calls=calls, concurrency=concurrency)
                of = "of the places" if isinstance(limit, AtRandom) else "of the limit"
                yield (
                    f"{name:18} latency {latency_s:4} s, Retry-After {told:8} "
                    f"{run.requests_per_success:5.2f} requests a reply, {run.share_of_limit:5.0%} {of}, "
                    f"{run.elapsed_s:6.1f} s, {run.failed} failed"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulated", action="store_true", help="in virtual time, against limits of every kind")
    if parser.parse_args().simulated:
        for row in simulated():
            print(row, flush=True)
    else:
        asyncio.run(real())


if __name__ == "__main__":
    main()
