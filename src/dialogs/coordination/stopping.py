"""One stop for all processes of a run: asked for anywhere, obeyed everywhere."""

from collections.abc import Callable

from dialogs.running import Stop


class CentralStop(Stop):
    """The coordinator's stop, which signals and limits reach; `tell` hears of each change."""

    def __init__(self) -> None:
        """Begin with nothing requested, and nobody to tell."""
        super().__init__()
        self.is_cut = False
        self.tell: Callable[[], None] = lambda: None

    def request(self, reason: str | None = None) -> None:
        """Let no worker ask anything more."""
        super().request(reason)
        self.tell()

    def cut(self) -> None:
        """Let all workers end at once."""
        super().cut()
        self.is_cut = True
        self.tell()


class WorkerStop(Stop):
    """A worker's stop: what is asked for here is passed on to the coordinator, which has its own way to say it."""

    def __init__(self, passing_on: Callable[[str | None], None]) -> None:
        """Begin with nothing requested; `passing_on` is called with the reason, once."""
        super().__init__()
        self._passing_on = passing_on

    def request(self, reason: str | None = None) -> None:
        """Ask nothing more here, and let no other worker do."""
        is_first = not self.is_requested()
        super().request(reason)
        if is_first:
            self._passing_on(reason)

    def obey(self, reason: str | None, *, is_cut: bool) -> None:
        """Do what the coordinator says."""
        super().request(reason)
        if is_cut:
            self.cut()
