"""The ledger: what became of every request that was sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ledger:
    """Requests of all runs on a journal: sent = recorded + failed + outstanding + unknown.

    `recorded` are the answers kept, `failed` the attempts that brought none, `unknown` those whose end was never seen
    (a kill, a cancelled attempt): they may have been billed. `outstanding` are in batches whose end was not seen yet:
    their replies can still be fetched. `reused` counts the completions that this run took from
    the journal. The server never counts more than `sent`.
    """

    sent: int = 0
    recorded: int = 0
    failed: int = 0
    reused: int = 0
    outstanding: int = 0

    @property
    def unknown(self) -> int:
        """Requests that may have been billed without an answer."""
        return self.sent - self.recorded - self.failed - self.outstanding

    def __add__(self, other: "Ledger") -> "Ledger":
        """Add up what became of the requests of two journals."""
        return Ledger(
            self.sent + other.sent,
            self.recorded + other.recorded,
            self.failed + other.failed,
            self.reused + other.reused,
            self.outstanding + other.outstanding,
        )

    def __str__(self) -> str:
        """Write the balance on one line."""
        in_batches = f" + {self.outstanding} in batches" if self.outstanding else ""
        return (
            f"{self.sent} sent = {self.recorded} recorded + {self.failed} failed + {self.unknown} unknown{in_batches}"
        )
