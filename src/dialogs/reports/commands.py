"""The commands that a report names, as a shell takes them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.opened_files import without_compression

# Ends the name of what `--against` keeps of the other version, which is played anew each time: nobody accepts into it.
OTHER_VERSION: Final = ".against.jsonl"


@dataclass(frozen=True, slots=True)
class ComparedFiles:
    """The two files of a comparison, by the names that the reader knows them by; `flags` are the rules of sameness."""

    baseline: str
    candidate: str
    flags: tuple[str, ...] = ()

    @property
    def accept(self) -> str | None:
        """The command that takes the candidate's side into the baseline; None where that is another version."""
        if without_compression(self.baseline).endswith(OTHER_VERSION):
            return None
        return command("accept", self.candidate, self.baseline, flags=self.flags)

    @property
    def diff(self) -> str:
        """The command that shows the whole comparison."""
        return command("diff", self.baseline, self.candidate, flags=self.flags)


def command(*words: str, flags: Sequence[str] = ()) -> str:
    """Write a command of ours; a file that is named as a flag is kept a file."""
    names = [f"./{word}" if word.startswith("-") and word != "-" else word for word in words]
    return shlex.join(["dialogs", *names, *flags])
