import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dialogs.endpoints.embedded.server import Server, ServerFailed
from dialogs.endpoints.embedded.weights import Weights, default_weights
from embedded_model import NEEDS_EMBEDDED

pytestmark = NEEDS_EMBEDDED

# A process that starts the server, says its number, and waits; with `wait` it waits until the weights are loaded.
PARENT = textwrap.dedent("""
    import asyncio, sys, time
    from dialogs.endpoints.embedded.server import Server
    from dialogs.endpoints.embedded.weights import default_weights
    server = Server(default_weights(), threads=1)
    if "wait" in sys.argv:
        asyncio.run(server.address())
    print(server.pid, flush=True)
    time.sleep(60)
""")


async def started(server: Server) -> str:
    address = await server.address()
    assert isinstance(address, str), address
    return address


def get(url: str, key: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"  # dead, and not yet fetched by the system's first process


def wait_until_gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while not is_gone(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return is_gone(pid)


def test_the_server_listens_on_loopback_and_wants_its_key() -> None:
    server = Server(default_weights(), threads=1)
    try:
        address = asyncio.run(started(server))

        assert address.startswith("http://127.0.0.1:")
        assert get(f"{address}/props", server.key) == 200
        assert get(f"{address}/props", "another key") == 401
        assert server.key.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    finally:
        server.end()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("when", "how"), [("load", signal.SIGKILL), ("wait", signal.SIGKILL), ("wait", signal.SIGTERM)]
)
def test_the_server_ends_with_its_parent(when: str, how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, when], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(how)

    assert wait_until_gone(pid)


def test_ctrl_c_on_the_terminal_does_not_reach_the_server() -> None:
    server = Server(default_weights(), threads=1)
    try:
        assert os.getpgid(server.pid) != os.getpgid(0)
    finally:
        server.end()


def test_waiting_that_is_cut_off_ends_the_server() -> None:
    server = Server(default_weights(), threads=1)

    async def cut_off() -> None:
        await asyncio.wait_for(server.address(), 0.001)

    with pytest.raises(TimeoutError):
        asyncio.run(cut_off())
    assert server.failure() is not None


def test_weights_that_are_cut_short_are_a_failure_with_the_servers_own_words(tmp_path: Path) -> None:
    short = tmp_path / "short.gguf"
    with default_weights().path.open("rb") as whole:
        short.write_bytes(whole.read(5_000_000))
    server = Server(Weights(short, "0"), threads=1)

    failed = asyncio.run(server.address())

    assert isinstance(failed, ServerFailed)
    assert "did not start" in failed.reason
    assert "model is corrupted or incomplete" in failed.reason


def test_a_server_that_was_killed_says_so() -> None:
    server = Server(default_weights(), threads=1)
    asyncio.run(started(server))
    assert server.failure() is None

    os.kill(server.pid, signal.SIGKILL)
    failed = server.failure(wait_s=20)
    server.end()

    assert failed is not None
    assert "was ended by SIGKILL: perhaps there was not enough memory" in failed.reason
