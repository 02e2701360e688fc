"""Ctrl-C and its kin: the first asks the run to end, the second ends it at once."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from dialogs.running import Stop

_ENDING: Final = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)


class Interruption:
    """What signals have done to a run: `exit_code` is None for as long as there was none."""

    def __init__(self, stop: Stop, notice: Callable[[str], None], *, grace_s: float) -> None:
        """Give what is in flight `grace_s` seconds after the first signal."""
        self._stop = stop
        self._notice = notice
        self._grace_s = grace_s
        self.exit_code: int | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take signals over within the context; to be entered in a running event loop.

        Signals that are ignored stay so: `nohup` and shells in the background ask for that.
        """
        loop = asyncio.get_running_loop()
        heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
        for number in heeded:
            loop.add_signal_handler(number, self._arrive, number)
        try:
            yield
        finally:
            for number in heeded:
                loop.remove_signal_handler(number)

    def _arrive(self, number: signal.Signals) -> None:
        if self.exit_code is None:
            self.exit_code = 128 + number
            waits = f"waiting up to {self._grace_s:g} s for replies on their way (once more to stop at once)"
            self._notice(f"{number.name}: nothing more is asked; {waits if self._grace_s else 'nothing is waited for'}")
            self._stop.request()
            asyncio.get_running_loop().call_later(self._grace_s, self._stop.cut)
        else:
            self._stop.cut()
            asyncio.get_running_loop().remove_signal_handler(number)  # a third one meets Python's own handler
