"""Parts: what several processes play of one run. Their files stand beside the output, and become it in the end."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from dialogs.encoding import encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.expansion import Expansion
from dialogs.scenario import Dialogue
from dialogs.sharding import Part

CLUSTER_FILE: Final = "run.json"  # it says that the parts are those of a run on a cluster
_JOURNAL: Final = re.compile(r"(\d{1,6})-of-(\d{1,6})\.jsonl\.journal")
_HEAD: Final = re.compile(rb'\{"format":\d+,"id":("(?:[^"\\]|\\.)*")')
_END: Final = b""


def parts_folder(output: Path) -> Path:
    """Return where the parts of the run stand that writes `output`."""
    return output.with_name(f"{output.name}.parts")


def part_path(output: Path, part: Part) -> Path:
    """Return the transcript file of a part; its journal stands beside it, as that of any output."""
    return parts_folder(output) / f"{part}.jsonl"


def part_of_journal(journal: Path) -> Part | None:
    """Say whose journal a file is, by its name; None: it is no part's."""
    found = _JOURNAL.fullmatch(journal.name)
    return Part(int(found[1]), int(found[2])) if found else None


class DialoguesOfPart:
    """The dialogues of one part of a run, in the run's order; made anew at each iteration."""

    def __init__(self, dialogues: Iterable[Dialogue], part: Part) -> None:
        """Leave out of `dialogues` those of other parts."""
        self._dialogues = dialogues
        self._part = part

    def __iter__(self) -> Iterator[Dialogue]:
        """Give the dialogues."""
        if isinstance(self._dialogues, Expansion):
            return self._dialogues.of_part(self._part)
        return self._part.of(self._dialogues)


def ids_of(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """Name dialogues in their order."""
    return dialogues.ids() if isinstance(dialogues, Expansion) else (dialogue.id for dialogue in dialogues)


def merged_lines(ids: Iterable[str], parts: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """Give the lines of all parts' transcript files, as they are, in the order of the whole run.

    `ids` are the names of the run's dialogues in that order; `parts` are each part's lines in the same order. A
    dialogue that was not begun has no line. Nothing is held but a line of each part.

    Raises:
        UnreadableTranscriptError: a part holds lines of other dialogues, or in another order.
    """
    heads = {_id_in(line): (line, rest) for rest in map(iter, parts) if (line := next(rest, _END))}
    for name in ids:
        found = heads.pop(encode_line(name).encode(), None)
        if found is not None:
            line, rest = found
            yield line
            if following := next(rest, _END):
                heads[_id_in(following)] = following, rest
    for line, _ in heads.values():
        raise UnreadableTranscriptError(f"a part has the line of a dialogue that does not belong there: {line[:80]!r}…")


def _id_in(line: bytes) -> bytes:
    """Return the id of a transcript's line, as JSON has it."""
    found = _HEAD.match(line)
    if found is None:
        raise UnreadableTranscriptError(f"a part has a line that is no transcript: {line[:80]!r}…")
    return found[1]
