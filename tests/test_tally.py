from collections import Counter

from dialogs.chat import ChatReply, CompletionPlace, Usage
from dialogs.tally import ErrorGroup, Tally, UnmetGroup
from dialogs.transcript import ExpectationRecord, Outcome, Transcript, TranscriptError, TurnRecord

PLACE = CompletionPlace("talk@m#0", 1)


def counted(name: str, tally: Tally) -> Tally:
    """Count a reply, a dialogue with an unmet expectation, and one with an error."""
    unmet = TurnRecord(1, (), expectations=(ExpectationRecord("contains", "x", passed=False),))
    tally.answered(PLACE, ChatReply({}, "length", usage=Usage(3, 2), attempts=2))
    tally.played(Transcript(f"{name}#0", name, "m", Outcome.UNMET, (), (unmet,)))
    tally.played(Transcript(f"{name}#1", name, "m", Outcome.ERROR, (), (), error=TranscriptError(2, "refused", "No")))
    return tally


def test_what_two_processes_counted_is_what_one_would_have_counted() -> None:
    both = counted("b", counted("a", Tally(kept=1)))
    both.kept += 2
    added = counted("a", Tally(kept=1))
    added.add(counted("b", Tally(kept=2)))

    assert added == both
    assert added.errors == {("refused", "No"): ErrorGroup("a#1", 2, 2)}


def test_counts_that_were_added_are_no_longer_shared() -> None:
    one, other = Tally(), counted("a", Tally())
    one.add(other)
    one.add(other)

    assert next(iter(one.unmet.values())).count == 2
    assert other == counted("a", Tally())
    assert other.unmet == {("", "contains"): UnmetGroup("a#0", 1, ExpectationRecord("contains", "x", passed=False))}
    assert one.outcomes == Counter({Outcome.UNMET: 2, Outcome.ERROR: 2})
