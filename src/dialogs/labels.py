"""What became of a turn, of a whole dialogue, of an expectation."""

from enum import StrEnum
from typing import Final


class Label(StrEnum):
    """The verdicts of a comparison: of turns and dialogues first, the last three of expectations.

    `live` is the candidate's reply on its own history, `pinned` the one on the baseline's.
    """

    SAME = "same"  # live and pinned are the baseline's reply
    MASKED = "masked"  # pinned differs, and an earlier change hides it: live is the same
    KNOCK_ON = "knock_on"  # only live differs: an earlier turn's change made it
    CHANGED = "changed"  # differs on the same history
    UNATTRIBUTED = "unattributed"  # differs after a changed turn, and was not asked on the baseline's history
    UNREACHED = "unreached"  # live ended before, pinned is the same
    UNSTABLE = "unstable"  # differs on the same history, and the candidate differs from itself there too
    NOT_DISTINGUISHABLE = "not_distinguishable"  # differs no more than the baseline differs from itself
    ERROR = "error"  # a side has no reply, which is no difference
    MISSING = "missing"  # only in the baseline
    ADDED = "added"  # only in the candidate
    REGRESSION = "regression"  # an expectation that the baseline met, and the candidate does not
    FIX = "fix"  # one that only the candidate meets
    UNMET = "unmet"  # one that the candidate does not meet, and the baseline did not meet or have


FAILING: Final = frozenset(
    {
        Label.CHANGED,
        Label.MASKED,
        Label.UNATTRIBUTED,
        Label.ERROR,
        Label.MISSING,
        Label.REGRESSION,
        Label.UNMET,
    }
)
WARNING: Final = frozenset({Label.KNOCK_ON, Label.UNSTABLE, Label.UNREACHED})
