"""A Ray cluster of several nodes on this machine, whose workers are killed and whose nodes are lost at a word.

It runs in a process of its own (this file, as a program), since Ray's own helper writes to stdout, warns, and looks for
this machine's address beyond loopback:

    with ray_nodes(cpus=(2, 2)) as nodes:
        ...                                  # --ray-address nodes.address
        nodes.kill_busy_worker()
        nodes.lose_node()
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_STORE_BYTES = 80 << 20


class Nodes:
    """The running cluster: a head that plays nothing, and nodes that do."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.address = self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("= "):
                return line[2:].strip()
        raise RuntimeError("the cluster has ended")

    def _say(self, word: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._answer()

    def kill_busy_worker(self) -> bool:
        """Kill -9 a process that plays a part; False where none does."""
        return self._say("kill") != "none"

    def kill_coordinator(self) -> bool:
        """Kill -9 the process of the actor that holds a run's limits; False where there is none."""
        return self._say("behead") != "none"

    def lose_node(self) -> None:
        """End a node without a farewell, with all that plays on it."""
        self._say("lose")


@contextlib.contextmanager
def ray_nodes(cpus: Sequence[int]) -> Iterator[Nodes]:
    """Run a cluster with one node for each number of CPUs."""
    with tempfile.TemporaryDirectory(prefix="rn", dir="/tmp") as folder, Path(folder, "log").open("w") as log:
        command = [sys.executable, __file__, folder, *map(str, cpus)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
        try:
            yield Nodes(process)
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
                process.communicate("end\n", timeout=30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _worker(title: bytes) -> int | None:
    """Find a process of this cluster by the title that Ray gives it; other clusters may run on the machine."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                is_it = (entry / "cmdline").read_bytes().startswith(title)
                if is_it and _parent(_parent(int(entry.name))) == os.getpid():
                    return int(entry.name)
    return None


def _parent(pid: int) -> int:
    return int(Path("/proc", str(pid), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def _kill(title: bytes) -> str:
    worker = _worker(title)
    if worker is None:
        return "none"
    os.kill(worker, signal.SIGKILL)
    return str(worker)


def _answer(text: str) -> None:
    sys.stdout.write(f"= {text}\n")
    sys.stdout.flush()


def _main(folder: str, cpus: Sequence[str]) -> None:
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - in a process of its own

    settings: dict[str, Any] = {"object_store_memory": _STORE_BYTES, "include_dashboard": False, "num_gpus": 0}
    cluster = Cluster()
    cluster.add_node(num_cpus=0, temp_dir=folder, **settings)
    # With addresses of their own they are other machines to Ray, and a driver belongs to the head.
    addresses = (f"127.0.0.{last}" for last in range(2, 255))
    nodes = [cluster.add_node(num_cpus=int(number), node_ip_address=next(addresses), **settings) for number in cpus]
    cluster.wait_for_nodes()
    _answer(cluster.address)
    for line in sys.stdin:
        match line.strip():
            case "kill":
                _answer(_kill(b"ray::_play"))
            case "behead":
                _answer(_kill(b"ray::Hub"))
            case "lose":
                cluster.remove_node(nodes.pop(0), allow_graceful=False)
                _answer("lost")
            case _:
                break
    cluster.shutdown()


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2:])
