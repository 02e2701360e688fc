"""The embedded model's server process. Run as a file of its own, so that it loads nothing of ours but this.

It reads one line of JSON (the fields of `Start`) from stdin, and writes one line to stdout: `{"address": URL}` once it
listens, or `{"error": TEXT}`. It ends when stdin does: with its parent, however that dies.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any, Final, TypedDict

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class Start(TypedDict):
    """What the server needs to know. `key` is the one that requests carry; `context_size` is in tokens."""

    parent: int
    weights: str
    name: str
    key: str
    threads: int
    context_size: int


def main() -> None:
    """Serve until the parent is gone."""
    start: Start = json.loads(sys.stdin.buffer.readline() or b"null") or sys.exit(0)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what llama.cpp may print on stdout is log, and no answer
    _end_with_parent(start["parent"])
    try:
        server = _serve(start)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to say it
        answers.write(json.dumps({"error": str(error) or type(error).__name__}) + "\n")
        answers.close()
        sys.exit(1)
    answers.write(json.dumps({"address": server.listening_address}) + "\n")
    answers.close()
    threading.Event().wait()


def _end_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        # The kernel ends us at once, also while llama.cpp loads and holds the interpreter's lock.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    threading.Thread(target=_end_with_stdin, daemon=True).start()


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _serve(start: Start) -> Any:  # noqa: ANN401 - xllamacpp has no types
    import xllamacpp  # noqa: PLC0415 - the parent reads `Start` from here, and must not load 100 MB of llama.cpp

    params = xllamacpp.CommonParams()
    params.model.path = start["weights"]
    params.model_alias = {start["name"]}
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [start["key"]]
    params.n_ctx = start["context_size"]  # the server lowers it to what the model was trained for
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = start["threads"]
    params.n_threads_http = 2
    # One slot and no caches: a reply depends on its request alone.
    params.n_parallel, params.cache_prompt, params.cache_ram_mib = 1, False, 0
    params.n_gpu_layers = 0
    params.fit_params = False  # it would choose a context by the memory that is free
    params.ui = params.endpoint_slots = params.warmup = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
