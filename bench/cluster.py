"""What a Ray cluster of two nodes on this machine does under losses, and how well one limit holds for all its workers.

    python bench/cluster.py [DIALOGUES]

400 dialogues x 5 turns, 64 at a time, under a limit of 200 requests a second: in one process; on two nodes; and there
with two busy workers killed (-9) and a node lost on the way. The server counts the requests of each turn, and those of
each second.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ray_nodes import Nodes, ray_nodes
from servers import Received, Server, Wire, answer, completion_object, serve

TURNS: Final = 5
PLACES: Final = 64
LATENCY_S: Final = 0.1
A_SECOND: Final = 200
_FLAGS: Final = ("-m", "mock", "--stable", "-j", str(PLACES), "--rpm", str(60 * A_SECOND))


def speak(request: Received) -> Wire:
    return Wire(LATENCY_S, *answer(completion_object(f"You said: {request.messages[-1]['content']}")).pieces)


def main(dialogues: int) -> int:
    print("| | transcripts | as in one process | requests | sent twice | a second: mean, most | seconds |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_scenario(folder, dialogues)
        with serve(speak) as server:
            expected = row("one process", folder, server, b"")
        with ray_nodes(cpus=(2, 2)) as nodes:
            on_ray = ("--engine", "ray", "--ray-address", nodes.address)
            with serve(speak) as server:
                undisturbed = row("two nodes", folder, server, expected, *on_ray)
            with serve(speak) as server:
                threading.Thread(target=harm, args=(nodes, server, dialogues * TURNS), daemon=True).start()
                disturbed = row("two workers killed, a node lost", folder, server, expected, *on_ray)
    return 0 if expected == undisturbed == disturbed else 1


def write_scenario(folder: Path, dialogues: int) -> None:
    cases = "".join(f"  - {{id: c{number}, n: {number}}}\n" for number in range(dialogues))
    turns = "".join(f"  - Say {{{{ n }}}} of turn {turn}\n" for turn in range(TURNS))
    (folder / "talk.yaml").write_text(f"cases:\n{cases}turns:\n{turns}", encoding="utf-8")


def harm(nodes: Nodes, server: Server, requests: int) -> None:
    for share, word in ((0.2, nodes.kill_busy_worker), (0.4, nodes.kill_busy_worker), (0.6, nodes.lose_node)):
        server.wait_for_requests(int(requests * share), 600)
        word()


def row(name: str, folder: Path, server: Server, expected: bytes, *flags: str) -> bytes:
    """Run, print the row, and return the transcripts."""
    output = folder / "out.jsonl"
    command = [sys.executable, "-m", "dialogs", "run", "talk.yaml", "-o", str(output), *_FLAGS, *flags]
    environment = {**os.environ, "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-0123456789abcdef"}
    began = time.monotonic()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    elapsed_s = time.monotonic() - began
    if ended.returncode:
        print(ended.stderr, file=sys.stderr)
    written = output.read_bytes()
    asked = Counter(request.messages[-1]["content"] for request in server.requests)
    seconds = Counter(int(at - server.arrivals[0]) for at in server.arrivals)
    whole = [seconds[second] for second in range(1, max(seconds))] or [0]
    cells = (
        name,
        len(set(written.splitlines())),
        "yes" if written == (expected or written) else "no",
        len(server.requests),
        len(server.requests) - len(asked),
        f"{sum(whole) / len(whole):.0f}, {max(whole)}",
        f"{elapsed_s:.0f}",
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return written


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
