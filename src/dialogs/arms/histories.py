"""Whose replies a turn is asked on."""

from enum import StrEnum


class History(StrEnum):
    """The dialogue's own replies so far, the baseline's, or both of them where they differ."""

    LIVE = "live"
    PINNED = "pinned"
    BOTH = "both"
