"""Parts: what several processes play of one run. Their files stand beside the output, and become it in the end."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from dialogs.encoding import encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.scenario import Dialogue
from dialogs.sharding import Part, part_number

_JOURNAL: Final = re.compile(r"(\d{1,6})-of-(\d{1,6})\.jsonl\.journal")
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
        holds = self._part.holds
        return (dialogue for dialogue in self._dialogues if holds(dialogue.id))


def merged_lines(ids: Iterable[str], parts: Sequence[Iterable[bytes]]) -> Iterator[bytes]:
    """Give the lines of all parts' transcript files, as they are, in the order of the whole run.

    `ids` are the names of the run's dialogues in that order; `parts` are the lines of part 1, 2, … in the same order.
    A dialogue that was not begun has no line. Nothing is held but a line of each part.

    Raises:
        UnreadableTranscriptError: a part holds lines of other dialogues, or in another order.
    """
    readers = [iter(part) for part in parts]
    heads = [next(reader, _END) for reader in readers]
    for name in ids:
        place = part_number(name, len(readers)) - 1
        if heads[place].startswith(_beginning(name)):
            yield heads[place]
            heads[place] = next(readers[place], _END)
    for number, line in enumerate(heads, 1):
        if line:
            raise UnreadableTranscriptError(
                f"part {number} of {len(readers)}: a line of a dialogue that does not belong there: {line[:80]!r}…"
            )


def _beginning(name: str) -> bytes:
    """Return how the transcript line of a dialogue begins."""
    return encode_line({"format": 1, "id": name})[:-1].encode()
