"""What is said of a dialogue that stands alone: how it ended, and which expectations it does not meet."""

from collections.abc import Iterator
from itertools import groupby

from dialogs.model_text import ModelText
from dialogs.reports.verdicts import expectation_text, failure
from dialogs.transcript import Outcome, Transcript


def unmet(transcript: Transcript) -> Iterator[tuple[int, ModelText]]:
    """Give the expectations that were not met, each with its turn; those about time too."""
    for turn in transcript.turns:
        for each in turn.expectations:
            if each.passed is False:
                yield turn.turn, expectation_text(each.kind, each.value, each.found)


def ended(transcript: Transcript) -> ModelText:
    """Say in one line how the dialogue ended."""
    if transcript.error is not None:
        return ModelText(failure(f"turn {transcript.error.turn}", transcript.error))
    if transcript.outcome is Outcome.INTERRUPTED:
        return ModelText("interrupted before its end")
    by_turn = groupby(unmet(transcript), key=lambda each: each[0])
    words = [f"turn {turn}: {', '.join(text.raw for _, text in each)}" for turn, each in by_turn]
    return ModelText("; ".join(words) or transcript.outcome.value)
