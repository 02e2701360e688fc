"""What is asked beside the live request of each turn."""

from dataclasses import dataclass, field

from dialogs.arms.baselines import Baselines
from dialogs.arms.histories import History
from dialogs.compare.likeness import Rules
from dialogs.sameness import Sameness
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript


def _to_the_letter() -> Rules:
    return Rules(Sameness())


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a run asks each turn, and on which history.

    `confirm` counts how often a turn that differs from the baseline under `rules` is asked again; `resamples` how often
    each turn of sample 0 is, whatever its reply, which confirms as well. With `shares`, requests that the baseline has
    replies to are not sent again: it was played on the same endpoints a moment ago. `is_of_part` says that only some of
    the dialogues are played, so that those of the baseline which are not are not missing.
    """

    baselines: Baselines | None = None
    history: History = History.BOTH
    confirm: int = 1
    resamples: int = 0
    shares: bool = False
    is_of_part: bool = False
    rules: Rules = field(default_factory=_to_the_letter)

    def is_done(self, transcript: Transcript, dialogue: Dialogue) -> bool:
        """Say whether a finished transcript holds all that is asked of its dialogue, and nothing else."""
        hashes: list[str | None] = [baseline.stable_sha256 for baseline in self.baselines_of(dialogue)]
        wants_pinned = self.history is History.PINNED and bool(hashes)
        return (
            transcript.baseline_sha256 in (hashes or [None])
            and transcript.is_pinned == wants_pinned
            and all(len(turn.resamples) >= self.resamples_of(dialogue) for turn in transcript.turns)
        )

    def baselines_of(self, dialogue: Dialogue) -> tuple[Transcript, ...]:
        """Return the variants of the baseline whose history a dialogue is asked on."""
        if self.baselines is None or self.history is History.LIVE:
            return ()
        return self.baselines.of(dialogue)

    def resamples_of(self, dialogue: Dialogue) -> int:
        """Return how often each turn of a dialogue is asked again, whatever its reply."""
        return self.resamples if dialogue.sample == 0 else 0
