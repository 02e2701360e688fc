"""The flags of `dialogs run` about what is asked beside each live request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dialogs.arms.histories import History
from dialogs.errors import WrongUseError

Baseline: TypeAlias = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Compare with these transcripts, and say which turn changed why."),
]
HistoryFlag: TypeAlias = Annotated[
    History | None,
    typer.Option(
        "--history",
        help="Ask each turn on the dialogue's own replies, on the baseline's, or on both where they differ.",
        show_default="both with --baseline",
    ),
]
Confirm: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--confirm",
        min=0,
        metavar="N",
        help="Ask a turn that differs from the baseline N times more.",
        show_default="1",
    ),
]
Resamples: TypeAlias = Annotated[
    int, typer.Option("--resamples", min=0, metavar="N", help="Ask every turn N times more, to measure its noise.")
]

Against: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="VERSION",
        help="Play another version of the scenarios too, git:COMMIT or a folder, and compare with it.",
    ),
]


@dataclass(frozen=True, slots=True)
class ArmFlags:
    """One field a flag; what `dialogs run --help` says of it holds here.

    Of the two runs of `against`, `is_other_version` marks the first, and `shares` the second, which takes over replies.
    """

    baseline: Path | None = None
    history: History | None = None
    confirm: int | None = None
    resamples: int = 0
    against: str | None = None
    is_other_version: bool = False
    shares: bool = False

    def check(self) -> None:
        """Refuse flags that mean nothing together.

        Raises:
            WrongUseError: they do not.
        """
        if self.against is not None and self.baseline is not None:
            raise WrongUseError("--against plays a baseline of its own, and --baseline names another; drop one of them")
        if self.history in {History.PINNED, History.BOTH} and self.baseline is None and self.against is None:
            raise WrongUseError(f"--history {self.history} is about a baseline's replies; name it with --baseline")
        has_none = self.history is History.LIVE or (self.baseline is None and self.against is None)
        if self.confirm and has_none:
            raise WrongUseError(
                "--confirm asks again what differs from a baseline's replies, which this run is not held against; "
                + ("drop --history live" if self.history is History.LIVE else "name one with --baseline")
            )
        if self.history is History.LIVE and (self.baseline or self.against) and self.resamples:
            raise WrongUseError(
                "--resamples beside --baseline asks on the baseline's history, and --history live leaves it out; "
                "drop one of them"
            )
