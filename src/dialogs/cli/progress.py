"""The live display of a run: a bar on a terminal, elsewhere a line from time to time."""

import asyncio
import os
import sys
import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import typer

from dialogs.chat import Answer, CompletionPlace
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript

if TYPE_CHECKING:
    from typing import NoReturn

    from tqdm import tqdm

_TERMINAL_S: Final = 1.0
_LOG_S: Final = 30.0
# On fewer columns there is no room for a bar and times.
_ROOM_FOR_A_BAR: Final = 60
_WIDE: Final = "{n:,}/{total:,} turns {bar} {elapsed}<{remaining}{postfix}"
_NARROW: Final = "{n:,}/{total:,} turns{postfix}"


class Progress:
    """Shows a tally as it grows: an observer that hands everything on to it."""

    def __init__(self, tally: Tally, *, turns: int, dialogues: int, every_s: float | None = None) -> None:
        """Show how much of `dialogues` is done, and of their `turns`, each once.

        The clock of a bar moves each second; where there is no terminal, a line is written each 30 s, which is what
        keeps a CI system from taking a long run for a dead one. `every_s` is another interval than these.
        """
        self.tally = tally
        self._dialogues = dialogues
        self._turns = turns
        self._answered = 0
        self._bar = _bar(turns) if sys.stderr.isatty() else None
        self._every_s = every_s or (_LOG_S if self._bar is None else _TERMINAL_S)
        self._began = time.monotonic()
        self._beat: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        """Show the bar, and begin the lines; to be entered in a running event loop."""
        self._plan_beat()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._beat is not None:
            self._beat.cancel()
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
        self.tally.answered(place, answer)
        self._show(self.tally.is_of_turn(place))

    def played(self, transcript: Transcript) -> None:
        """Show one dialogue more."""
        self.tally.played(transcript)
        self._show(0)

    def show(self, tally: Tally, turns: int) -> None:
        """Show another tally, and how many turns it stands for in all: what processes of the run have counted."""
        self.tally = tally
        self._show(turns - self._answered)

    def _show(self, turns: int) -> None:
        self._answered += turns
        if self._bar is None:
            return
        self._bar.set_postfix_str(self._state(), refresh=False)
        self._bar.update(turns)

    def _state(self) -> str:
        """Say how it stands, first what is cut off last where the columns are few."""
        tally = self.tally
        ended = {"errors": tally.outcomes[Outcome.ERROR], "unmet": tally.outcomes[Outcome.UNMET]}
        bad = [f"{number:,} {name}" for name, number in ended.items() if number]
        tokens = tally.prompt_tokens + tally.completion_tokens
        return ", ".join([*bad, f"{tally.dialogues:,}/{self._dialogues:,} dialogues", f"{tokens:,} tokens"])

    def _plan_beat(self) -> None:
        self._beat = asyncio.get_running_loop().call_later(self._every_s, self._pulse)

    def _pulse(self) -> None:
        self._plan_beat()
        if self._bar is None:
            elapsed = timedelta(seconds=int(time.monotonic() - self._began))
            typer.echo(f"{elapsed}: {self._answered:,}/{self._turns:,} turns, {self._state()}", err=True)
        else:
            self._bar.bar_format = _form()
            self._bar.refresh()


def _bar(turns: int) -> "tqdm[NoReturn]":
    from tqdm import tqdm  # noqa: PLC0415 - slow to import, and of use on a terminal only

    tqdm.monitor_interval = 0  # no thread beside ours: processes may part from this one
    tqdm.set_lock(threading.RLock())  # its own is one between processes, which is slow to make and outlives a kill
    return tqdm(total=turns, unit="turn", file=sys.stderr, dynamic_ncols=True, leave=False, bar_format=_form())


def _form() -> str:
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # stderr is none, or a program has put something else in its place
        return _WIDE
    return _WIDE if columns >= _ROOM_FOR_A_BAR else _NARROW
