"""Runs yaml-language-server, which editors ask about YAML files, and asks it as an editor would."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(
    os.environ.get("DIALOGS_YAML_LANGUAGE_SERVER")
    or Path(__file__).parents[1] / ".peers" / "node_modules" / ".bin" / "yaml-language-server"
)
needs_yaml_language_server = pytest.mark.skipif(
    not PROGRAM.exists(),
    reason="needs yaml-language-server: bash .ci/peers (or set DIALOGS_YAML_LANGUAGE_SERVER)",
)
_SETTINGS = {"yaml": {"schemaStore": {"enable": False}, "hover": True, "completion": True, "validate": True}}


@dataclass
class Editor:
    """An editor with one file open."""

    _process: "subprocess.Popen[bytes]"
    uri: str
    text: str
    diagnostics: list[dict[str, Any]] = field(default_factory=list)
    _number: int = 0

    def ask(self, method: str, **params: Any) -> Any:  # noqa: ANN401 - what JSON holds
        """Ask, and answer meanwhile what the server asks."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._number and "method" not in message:
                return message.get("result")
            self._answer(message)

    def tell(self, method: str, **params: Any) -> None:  # noqa: ANN401 - what JSON holds
        self._send({"method": method, "params": params})

    def at(self, mark: str) -> dict[str, Any]:
        """Return the place behind the first occurrence of `mark`, as a request wants it."""
        before = self.text[: self.text.index(mark) + len(mark)]
        line = before.count("\n")
        return {
            "textDocument": {"uri": self.uri},
            "position": {"line": line, "character": len(before) - before.rfind("\n") - 1},
        }

    def completions(self, mark: str) -> set[str]:
        """Return what the editor offers behind `mark`."""
        found = self.ask("textDocument/completion", **self.at(mark))
        return {item["label"] for item in found["items"]}

    def hover(self, mark: str) -> str:
        """Return what the editor shows at the end of `mark`."""
        found = self.ask("textDocument/hover", **self.at(mark))
        return "" if found is None else json.dumps(found["contents"], ensure_ascii=False)

    def faults(self) -> list[tuple[int, str]]:
        """Return the lines, from 1, and texts of what is underlined."""
        while not self.diagnostics:
            self._answer(self._receive())
        (last,) = self.diagnostics[-1:]
        return [(each["range"]["start"]["line"] + 1, each["message"]) for each in last["diagnostics"]]

    def _answer(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics.append(message["params"])
        elif "id" in message and "method" in message:
            is_settings = message["method"] == "workspace/configuration"
            items = (
                [_SETTINGS.get(item.get("section"), {}) for item in message["params"]["items"]] if is_settings else None
            )
            self._send({"id": message["id"], "result": items})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while (line := self._process.stdout.readline().strip()) or not length:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
            assert self._process.poll() is None
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Editor]:
    """Open a file in an editor until the block ends."""
    with subprocess.Popen([PROGRAM, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        editor = Editor(process, path.as_uri(), path.read_text(encoding="utf-8"))
        try:
            capabilities = {"workspace": {"configuration": True}, "textDocument": {"hover": {}, "completion": {}}}
            editor.ask("initialize", processId=os.getpid(), rootUri=path.parent.as_uri(), capabilities=capabilities)
            editor.tell("initialized")
            editor.tell("workspace/didChangeConfiguration", settings=_SETTINGS)
            document = {"uri": editor.uri, "languageId": "yaml", "version": 1, "text": editor.text}
            editor.tell("textDocument/didOpen", textDocument=document)
            yield editor
        finally:
            process.kill()
