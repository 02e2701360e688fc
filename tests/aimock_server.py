"""Runs aimock, a mock of chat endpoints that no one here wrote, and reads its journal of what it was sent."""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(
    os.environ.get("DIALOGS_AIMOCK") or Path(__file__).parents[1] / ".peers" / "node_modules" / ".bin" / "llmock"
)
needs_aimock = pytest.mark.skipif(not PROGRAM.exists(), reason="needs aimock: bash .ci/peers (or set DIALOGS_AIMOCK)")


@dataclass(frozen=True)
class Aimock:
    """A running aimock."""

    origin: str

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def journal(self) -> list[dict[str, Any]]:
        """Return the requests that it was sent, oldest first, each with method, path, headers and body."""
        with urllib.request.urlopen(f"{self.origin}/__aimock/journal", timeout=10) as response:  # noqa: S310 - loopback
            entries: list[dict[str, Any]] = json.load(response)
        return entries


@contextlib.contextmanager
def aimock(replies: Mapping[str, str], *arguments: str, first: Sequence[Mapping[str, object]] = ()) -> Iterator[Aimock]:
    """Run aimock; it answers the last user message by `replies`. `arguments` are more of its own flags.

    `first` are fixtures in its own form, which go before the replies.
    """
    fixtures = [*first] + [
        {"match": {"userMessage": user}, "response": {"content": text}} for user, text in replies.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fixtures.json")
        path.write_text(json.dumps({"fixtures": fixtures}))
        command = [str(PROGRAM), "--port", "0", "--fixtures", str(path), "--strict", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                yield Aimock(_origin(process))
            finally:
                process.terminate()


def _origin(process: "subprocess.Popen[str]") -> str:
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise AssertionError("".join(lines))
