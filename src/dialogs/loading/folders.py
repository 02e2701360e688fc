"""The folder of a scenario file: the files that the scenario names, and that must lie in it."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from dialogs.encoding import decode
from dialogs.loading.documents import BrokenNode, Mark, Node, TextNode, read_documents
from dialogs.loading.faults import Faults, line_and_column, quoted
from dialogs.loading.files import (
    LINK_LEADS_OUT,
    MAX_BYTES,
    Unreadable,
    check_characters,
    decode_text,
    is_inside,
    read_bytes,
    read_text_bytes,
    system_reason,
)
from dialogs.loading.paths import shown

MEDIA_MAX_BYTES: Final = 20 * 1024 * 1024
_SURROGATES: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class NamedText:
    """The text of a file that a scenario names, and where its faults go."""

    text: str
    faults: Faults


@dataclass(slots=True)
class Folder:
    """Reads the files that the scenarios of the file at `path` name, relative to its folder.

    What cannot be read is noted at the path in the scenario, and what is wrong inside of a file at its place there.
    `media` keeps what was read for other scenarios.
    """

    path: str
    max_bytes: int = MAX_BYTES
    media: dict[str, bytes] = field(default_factory=dict)

    def text(self, node: TextNode, faults: Faults, *, any_characters: bool = False) -> NamedText | None:
        """Read the text file that `node` names; only `any_characters` lets it hold controls."""
        real_path = self.real_path(node.text)
        data = real_path if isinstance(real_path, Unreadable) else read_text_bytes(real_path, self.max_bytes)
        text = data if isinstance(data, Unreadable) else decode_text(data)
        if isinstance(text, str):
            if any_characters:
                complaint = Unreadable("holds NUL characters; wanted a text file") if "\0" in text else None
            else:
                complaint = check_characters(text)
            text = complaint or text
        if isinstance(text, Unreadable):
            _note(text, node, faults)
            return None
        return NamedText(text, faults.beside(self._shown(node.text), text))

    def json(self, node: TextNode, faults: Faults) -> tuple[Node, Faults] | None:
        """Read the JSON file that `node` names, each value with its place."""
        named = self.text(node, faults)
        if named is None:
            return None
        try:
            decode(named.text)
        except ValueError as error:
            place = line_and_column(named.text[: getattr(error, "pos", 0)])
            named.faults.add_at(*place, f"no JSON: {getattr(error, 'msg', error)}; wanted a JSON file")
            return None
        # JSON is YAML but for pairs of surrogates, and the reader of that knows the places.
        root = next(iter(read_documents(_paired(named.text), named.faults)), BrokenNode(_Start()))
        return root, named.faults

    def data(self, node: TextNode, faults: Faults) -> bytes | None:
        """Read the file of at most 20 MB that `node` names, as it is."""
        real_path = self.real_path(node.text)
        if isinstance(real_path, str):
            data = self.media.get(real_path) or read_bytes(real_path, MEDIA_MAX_BYTES, "a smaller file")
            if isinstance(data, bytes):
                self.media[real_path] = data
                return data
            real_path = data
        _note(real_path, node, faults)
        return None

    def _shown(self, name: str) -> str:
        return shown(str(Path(self.path).parent / name))

    def real_path(self, name: str) -> str | Unreadable:
        """Return where the file is that a scenario names, which must lie in the folder, links followed."""
        if _leads_out(name):
            return Unreadable("leads out of the scenario's folder; wanted a relative path inside it, without ..")
        tree = os.path.realpath(Path(self.path).parent)
        try:
            real_path = os.path.realpath(Path(tree, name), strict=True)
        except (OSError, ValueError) as error:
            return Unreadable(f"cannot be read: {system_reason(error)}; wanted a file in the scenario's folder")
        return real_path if is_inside(real_path, tree) else Unreadable(LINK_LEADS_OUT)


@dataclass(slots=True)
class _Start(Mark):
    line: int = 0
    column: int = 0


def _paired(text: str) -> str:
    """Put the character itself for the two escapes of JSON that YAML does not know."""
    return _SURROGATES.sub(
        lambda pair: pair[1] + chr(0x10000 + ((int(pair[2], 16) & 0x3FF) << 10 | int(pair[3], 16) & 0x3FF)), text
    )


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or PurePosixPath(name).is_absolute() or ".." in windows.parts


def _note(why: Unreadable, node: TextNode, faults: Faults) -> None:
    place = f" at {why.line}:{why.column}" if why.line else ""
    faults.add(node, f"file {quoted(node.text)}{place}: {why.message}")
