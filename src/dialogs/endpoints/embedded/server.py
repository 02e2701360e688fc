"""llama.cpp's server in a child process that never outlives this one."""

import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final

from dialogs.endpoints.embedded import child
from dialogs.endpoints.embedded.weights import Weights

# What SmolLM2 was trained for. It costs 190 MB there; larger models cost more.
_CONTEXT_SIZE: Final = 8192
_START_TIMEOUT_S: Final = 600
_LOG_LINES: Final = 40
_LOG_LINES_SHOWN: Final = 3
_END_TIMEOUT_S: Final = 5
# A line of llama.cpp's log begins with the time and the level; a line of another library with neither.
_LOG_LINE: Final = re.compile(r"(?:[\d.]+(?: (?P<level>[DIWE]) |$))?(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class ServerFailed:
    """A server that did not start, or has ended: why, and what it last said."""

    reason: str


class Server:
    """A running server process. It needs `end`, and ends by itself when this process does."""

    def __init__(self, weights: Weights, *, threads: int) -> None:
        """Begin to load the weights; `address` tells when it is done."""
        self.key = secrets.token_urlsafe(32)
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        # Not from a thread that may end before us: on Linux the child would end with that thread. Its own session
        # keeps the terminal's Ctrl-C from it: what is in flight may still come to its end.
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            [sys.executable, "-P", child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._stdin, self._stdout, stderr = _pipes(self._process)
        self._log_reader = threading.Thread(target=self._read_log, args=(stderr,), daemon=True)
        self._log_reader.start()
        self._send(
            child.Start(
                parent=os.getpid(),
                weights=str(weights.path),
                name=weights.name,
                key=self.key,
                threads=threads,
                context_size=_CONTEXT_SIZE,
            )
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def address(self) -> str | ServerFailed:
        """Wait until the server listens, and return its origin; it is ended if the waiting is cut off."""
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                line = await asyncio.to_thread(self._stdout.readline)
        except BaseException:
            self.end()
            raise
        answer = json.loads(line or b"{}")
        if "address" in answer:
            return str(answer["address"])
        self.end()
        reason = f"did not start: {answer['error']}" if "error" in answer else self._how_it_ended()
        return self._failed(reason, slice(None, _LOG_LINES_SHOWN))  # the first trouble is the cause of the others

    def failure(self, wait_s: float = 0.0) -> ServerFailed | None:
        """Say why the server is no longer there, or None as long as it is; `wait_s` gives it time to end."""
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            return None
        return self._failed(self._how_it_ended(), slice(-_LOG_LINES_SHOWN, None))

    def end(self) -> None:
        """End the server now. It holds nothing that is worth an orderly end."""
        self._process.kill()
        self._process.wait(_END_TIMEOUT_S)
        self._log_reader.join(_END_TIMEOUT_S)
        for pipe in (self._stdin, self._stdout):
            pipe.close()

    def _send(self, start: child.Start) -> None:
        try:
            self._stdin.write(json.dumps(start).encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            pass  # it is gone already: `address` finds out why

    def _read_log(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(4096):
                self._log.append(line.decode(errors="replace").rstrip())

    def _how_it_ended(self) -> str:
        status = self._process.wait(_END_TIMEOUT_S)
        if status >= 0:
            return f"ended with exit code {status}"
        name = signal.Signals(-status).name
        if -status == signal.SIGILL:
            return f"ended by {name}: this processor lacks instructions that xllamacpp was built for"
        if -status == signal.SIGKILL:
            return f"was ended by {name}: perhaps there was not enough memory"
        return f"ended by {name}"

    def _failed(self, reason: str, shown: slice) -> ServerFailed:
        self._log_reader.join(_END_TIMEOUT_S)
        said = " / ".join(_troubles(self._log)[shown])
        return ServerFailed(f"{reason}; its log: {said}" if said else reason)


def _troubles(log: Iterable[str]) -> list[str]:
    """Leave out lines of a log that report no trouble, and of the others the time and the level."""
    parsed = [match for line in log if (match := _LOG_LINE.fullmatch(line))]
    return [" ".join(match["text"].split()) for match in parsed if match["level"] not in {"D", "I"} and match["text"]]


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("all three were asked for")
    return process.stdin, process.stdout, process.stderr
