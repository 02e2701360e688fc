"""The live display of a run: a bar on a terminal, nothing elsewhere."""

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

from dialogs.chat import Answer, Arm, CompletionPlace
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript

if TYPE_CHECKING:
    from typing import NoReturn

    from tqdm import tqdm


class Progress:
    """Shows a tally as it grows: an observer that hands everything on to it."""

    def __init__(self, tally: Tally, *, turns: int, dialogues: int, arm: Arm = "live") -> None:
        """Show how much of `dialogues` is done, and of their `turns`, each once: by the replies of one arm."""
        self._arm = arm
        self._tally = tally
        self._dialogues = dialogues
        self._bar = _bar(turns) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        """Show the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def notice(self, text: str) -> None:
        """Print a line on stderr without disturbing the bar."""
        if self._bar is None:
            typer.echo(text, err=True)
        else:
            self._bar.write(text, file=sys.stderr)

    def answered(self, place: CompletionPlace, answer: Answer) -> None:
        """Show one turn more; what is asked beside the turns is none."""
        self._tally.answered(place, answer)
        self._show(place.arm == self._arm and not place.resample)

    def played(self, transcript: Transcript) -> None:
        """Show one dialogue more."""
        self._tally.played(transcript)
        self._show(0)

    def _show(self, turns: int) -> None:
        if self._bar is None:
            return
        tally = self._tally
        ended = {"errors": tally.outcomes[Outcome.ERROR], "unmet": tally.outcomes[Outcome.UNMET]}
        bad = "".join(f", {number:,} {name}" for name, number in ended.items() if number)
        tokens = tally.prompt_tokens + tally.completion_tokens
        self._bar.set_postfix_str(
            f"{tally.dialogues:,}/{self._dialogues:,} dialogues, {tokens:,} tokens{bad}", refresh=False
        )
        self._bar.update(turns)


def _bar(turns: int) -> "tqdm[NoReturn]":
    from tqdm import tqdm  # noqa: PLC0415 - slow to import, and of use on a terminal only

    tqdm.set_lock(threading.RLock())  # its own is one between processes, which is slow to make and outlives a kill
    return tqdm(
        total=turns,
        unit="turn",
        file=sys.stderr,
        dynamic_ncols=True,
        leave=False,
        bar_format="{n_fmt}/{total_fmt} turns {bar} {elapsed}<{remaining}{postfix}",
    )
