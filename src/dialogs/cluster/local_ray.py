"""A Ray cluster of this machine alone, in a session of its own: signals that are for a run do not reach it.

`timeout`, CI systems and terminals signal whole groups of processes. A cluster that ended with them could not bring to
an end what is on its way. It ends when the process that has started it does, however that ends.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Final

from dialogs.errors import IncompleteError

STORE_BYTES: Final = 256 << 20
_LAST_S: Final = 20.0


@contextlib.contextmanager
def local_ray(token: str) -> Iterator[str]:
    """Run a cluster within the context, and give its address; only who has the `token` may speak with it.

    Raises:
        IncompleteError: it could not be started.
    """
    folder = tempfile.mkdtemp(prefix="dialogs-ray-")
    command = [sys.executable, "-m", "dialogs.cluster.local_ray", folder]
    with Path(folder, "start.log").open("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(  # noqa: S603 - this module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={**os.environ, **token_variables(token)},
        )
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                log.seek(0)
                last = log.read().strip().rpartition("\n")[2]
                raise IncompleteError(f"no Ray cluster could be started on this machine: {last}")
            yield address
        finally:
            _end(process)
            rmtree(folder, ignore_errors=True)


def token_variables(token: str) -> dict[str, str]:
    """Return the environment variables by which Ray's processes know a token."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}


def _end(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_LAST_S)  # which closes its stdin
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _main(folder: str) -> None:
    warnings.simplefilter("ignore")
    import ray  # noqa: PLC0415 - an extra

    ray.init(
        address="local",
        include_dashboard=False,
        object_store_memory=STORE_BYTES,
        log_to_driver=False,
        logging_level=logging.CRITICAL,
        _temp_dir=folder,
    )
    sys.stdout.write(f"{ray.get_runtime_context().gcs_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    ray.shutdown()


if __name__ == "__main__":
    _main(sys.argv[1])
