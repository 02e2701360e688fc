"""`dialogs run --engine ray` on real clusters of this machine: what it writes, and what a loss costs."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import Ended, dialogs
from dialogs.cluster.ray_cluster import losses_told
from dialogs.errors import IncompleteError
from ray_nodes import Nodes, ray_nodes
from servers import Received, Server, Wire, answer, completion_object, serve

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="pip install 'dialogs-cli[ray]'")
DIALOGUES = 400
TURNS = 3
REQUESTS = DIALOGUES * TURNS
PLACES = 63
NODES = 3


def speak(request: Received) -> Wire:
    return Wire(0.05, *answer(completion_object(f"You said: {request.messages[-1]['content']}")).pieces)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with ray_nodes(cpus=(1,) * NODES) as running:
        yield running


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(speak) as running:
        yield running


def in_folder(folder: Path, dialogues: int) -> Path:
    cases = "".join(f"  - {{id: c{number}, n: {number}}}\n" for number in range(dialogues))
    turns = "".join(f"  - Say {{{{ n }}}} of turn {turn}\n" for turn in range(TURNS))
    (folder / "talk.yaml").write_text(f"cases:\n{cases}turns:\n{turns}", encoding="utf-8")
    return folder


def run(folder: Path, server: Server, *flags: str) -> Ended:
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-0123456789abcdef"}
    command = ("run", "talk.yaml", "-m", "mock", "--stable", "-j", str(PLACES), *flags)
    return dialogs(*command, cwd=folder, variables=variables, timeout_s=300)


def asked(server: Server) -> Counter[str]:
    """Count the requests by what they ask, which is another text in every turn of every dialogue."""
    return Counter(request.messages[-1]["content"] for request in server.requests)


def meanwhile(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_killed_workers_and_a_lost_node_cost_no_more_than_what_was_on_its_way(
    nodes: Nodes, server: Server, tmp_path: Path
) -> None:
    folder = in_folder(tmp_path, DIALOGUES)
    local = run(folder, server, "-o", "local.jsonl")
    server.requests.clear()
    in_flight: list[int] = []

    def harm() -> None:
        words = (nodes.kill_busy_worker, nodes.kill_busy_worker, nodes.lose_node)
        for share, word in zip((0.2, 0.4, 0.6), words, strict=True):
            server.wait_for_requests(int(REQUESTS * share), 120)
            in_flight.append(server.in_flight)
            word()

    harming = meanwhile(harm)
    on_ray = run(folder, server, "-o", "ray.jsonl", "--engine", "ray", "--ray-address", nodes.address)
    harming.join()

    assert (local.code, on_ray.code) == (0, 0), on_ray.stderr
    assert (folder / "ray.jsonl").read_bytes() == (folder / "local.jsonl").read_bytes()
    assert len(asked(server)) == REQUESTS
    assert len(server.requests) - REQUESTS <= len(in_flight) * PLACES // NODES
    assert "lost, and others went on in their place" in on_ray.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["local.jsonl", "ray.jsonl", "talk.yaml"]


def run_beheaded(folder: Path, server: Server, nodes: Nodes, *flags: str) -> Ended:
    """Run, and kill the coordinator in mid-run."""
    killed: list[bool] = []

    def harm() -> None:
        server.wait_for_requests(100, 120)
        killed.append(nodes.kill_coordinator())

    harming = meanwhile(harm)
    ended = run(folder, server, "-o", "ray.jsonl", "--engine", "ray", "--ray-address", nodes.address, *flags)
    harming.join()
    assert killed == [True]
    return ended


def test_a_lost_coordinator_is_replaced_within_the_run(nodes: Nodes, server: Server, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, 100)
    ended = run_beheaded(folder, server, nodes)

    assert ended.code == 0, ended.stderr
    assert "the coordinator of the run was lost; another one has taken its place" in ended.stderr
    assert len((folder / "ray.jsonl").read_bytes().splitlines()) == 100
    assert set(asked(server).values()) == {1}  # what was on its way had time to come in


def test_with_a_budget_a_lost_coordinator_ends_the_run_and_nothing_is_lost(
    nodes: Nodes, server: Server, tmp_path: Path
) -> None:
    folder = in_folder(tmp_path, 100)
    ended = run_beheaded(folder, server, nodes, "--max-requests", "1000")
    resumed = run(folder, server, "-o", "ray.jsonl", "--engine", "ray", "--ray-address", nodes.address, "--resume")

    assert (ended.code, resumed.code) == (3, 0), ended.stderr + resumed.stderr
    assert "the coordinator of the run was lost with its process or node" in ended.stderr
    assert "ray.jsonl.parts holds the finished parts, and all replies of those played now" in ended.stderr
    assert len((folder / "ray.jsonl").read_bytes().splitlines()) == 100
    assert set(asked(server).values()) == {1}


def test_one_limit_holds_for_all_workers(nodes: Nodes, server: Server, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, 100)
    ended = run(folder, server, "--engine", "ray", "--ray-address", nodes.address, "--rpm", "3000", "-o", "o.jsonl")
    arrivals = sorted(server.arrivals)

    assert ended.code == 0, ended.stderr
    # The gate lets at most one request through in 20 ms, and makes good for 50 ms of lateness at most.
    whole_s = arrivals[-1] - arrivals[0]
    assert len(arrivals) == 300
    assert 300 / (whole_s + 0.1) <= 50 * 1.05


def test_an_interrupted_run_goes_on_and_asks_nothing_again(nodes: Nodes, server: Server, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, 60)
    flags = ("--engine", "ray", "--ray-address", nodes.address, "-o", "out.jsonl")
    stopped = run(folder, server, *flags, "--max-requests", "90")
    at_once = run(folder, server, *flags, "--max-requests", "0", "--resume")
    resumed = run(folder, server, *flags, "--resume")

    assert (stopped.code, at_once.code, resumed.code) == (3, 3, 0), resumed.stderr
    assert "90 requests were sent, as many as --max-requests allows" in stopped.stderr
    assert "the same command with --resume goes on from there" in stopped.stderr
    assert asked(server) == Counter(f"Say {n} of turn {turn}" for n in range(60) for turn in range(TURNS))
    assert not (folder / "out.jsonl.parts").exists()


def test_a_run_without_an_address_plays_on_a_cluster_of_its_own(server: Server, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, 1)
    ended = run(folder, server, "--engine", "ray", "-o", "out.jsonl", "--ray-address", "local")
    lines = ended.stderr.splitlines()

    assert ended.code == 0, ended.stderr
    assert lines[0].startswith("playing on a Ray cluster of this machine alone (1 node, ")
    assert [line.split(":")[0] for line in lines[1:]] == ["1 dialogue", lines[2].split(":")[0], "transcripts"]
    assert ended.stdout == "out.jsonl\n"


def test_a_signal_to_all_processes_of_a_run_lets_it_end_in_order(server: Server, tmp_path: Path) -> None:
    folder = in_folder(tmp_path, 200)
    command = (
        "run",
        "talk.yaml",
        "-m",
        "mock",
        "-j",
        "2",
        "-o",
        "out.jsonl",
        "--engine",
        "ray",
        "--ray-address",
        "local",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "dialogs", *command],
        cwd=folder,
        env={**os.environ, "OPENAI_BASE_URL": server.base_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    server.wait_for_requests(10, 120)
    os.killpg(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=120)

    assert process.returncode == 143, said
    assert "SIGTERM: nothing more is asked" in said
    assert "the same command with --resume goes on from there (--output out.jsonl)" in said


def test_a_cluster_that_is_gone_is_no_bug_of_ours() -> None:
    ray = pytest.importorskip("ray")

    with (
        pytest.raises(IncompleteError, match=r"the Ray cluster was lost \(.+\); the same command with --resume"),
        losses_told(ray),
    ):
        raise ray.exceptions.LocalRayletDiedError
