"""The commands that a report names, as a shell takes them."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComparedFiles:
    """The two files of a comparison, by the names that the reader knows them by."""

    baseline: str
    candidate: str

    @property
    def accept(self) -> str:
        """The command that takes the candidate's side into the baseline."""
        return command("accept", self.candidate, self.baseline)

    @property
    def diff(self) -> str:
        """The command that shows the whole comparison."""
        return command("diff", self.baseline, self.candidate)


def command(*words: str) -> str:
    """Write a command of ours; what begins as a flag does is kept a file's name."""
    names = [f"./{word}" if word.startswith("-") and word != "-" else word for word in words]
    return shlex.join(["dialogs", *names])
