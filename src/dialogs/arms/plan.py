"""What is asked beside the live request of each turn."""

from dataclasses import dataclass, field
from enum import StrEnum

from dialogs.arms.baselines import Baselines
from dialogs.compare.likeness import Rules
from dialogs.sameness import Sameness
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript


class History(StrEnum):
    """Whose replies a turn is asked on."""

    LIVE = "live"
    PINNED = "pinned"
    BOTH = "both"


def _to_the_letter() -> Rules:
    return Rules(Sameness())


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a run asks each turn, and on which history.

    `confirm` counts how often a turn that differs from the baseline under `rules` is asked again; `resamples` how often
    each turn of sample 0 is, whatever its reply, which confirms as well.
    """

    baselines: Baselines | None = None
    history: History = History.BOTH
    confirm: int = 1
    resamples: int = 0
    rules: Rules = field(default_factory=_to_the_letter)

    def baselines_of(self, dialogue: Dialogue) -> tuple[Transcript, ...]:
        """Return the variants of the baseline whose history a dialogue is asked on."""
        if self.baselines is None or self.history is History.LIVE:
            return ()
        return self.baselines.of(dialogue)

    def resamples_of(self, dialogue: Dialogue) -> int:
        """Return how often each turn of a dialogue is asked again, whatever its reply."""
        return self.resamples if dialogue.sample == 0 else 0
