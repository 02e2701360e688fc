from collections.abc import Sequence
from dataclasses import replace

import pytest

from builders import dialogue, in_turn, play, transcript
from dialogs.accepting import Kept, Slot, Taken, accepted, merged, refusal
from dialogs.chat import Fault, FaultKind
from dialogs.transcript import ArmRecord, Outcome, Transcript

FAILED = play(dialogue("When?"), in_turn(Fault(FaultKind.TIMEOUT, "late")))[0]
TALK = transcript("talk", "When?", "Soon.", "Why?", "So.")
AGAIN = ArmRecord(({"role": "assistant", "content": "Now."},), TALK.turns[0].completions)
PINNED = replace(TALK, turns=tuple(replace(turn, completions=(), pinned=AGAIN) for turn in TALK.turns))


def order(baseline: str, pairs: str, *, taken: str = "", removed: str = "", beside: bool = False) -> str:
    """Merge dialogues named by a letter: of the baseline in small ones, of the candidate in capitals."""

    def word(slot: Slot) -> str:
        return baseline[slot.line] if isinstance(slot, Kept) else f"{slot.id}{slot.variant if slot.variant > 1 else ''}"

    def variants() -> Sequence[tuple[str, int]]:
        return [(name, baseline[:number].count(name) + 1) for number, name in enumerate(baseline)]

    held = [(name, name.lower() if name.lower() in baseline else None) for name in pairs]
    slots = merged(variants(), held, taken=frozenset(taken), removed=frozenset(removed), beside=beside)
    return "".join(word(slot) for slot in slots)


@pytest.mark.parametrize(
    ("expected", "baseline", "pairs", "taken"),
    [
        ("ABC", "", "ABC", "ABC"),
        ("aBc", "abc", "ABC", "B"),
        ("abc", "abc", "CBA", ""),
        ("aNbc", "abc", "ANBC", "N"),
        ("abcN", "abc", "ABCN", "N"),
        ("xNa", "xa", "NA", "N"),
        ("xyN", "xy", "N", "N"),
        ("xyNM", "xy", "NM", "NM"),
        ("aNMb", "ab", "ANMB", "NM"),
        ("xBy", "xby", "B", "B"),
        ("caNb", "cab", "ANCB", "N"),
        ("ab", "ab", "ANB", ""),
    ],
)
def test_the_baseline_keeps_its_order_and_what_is_new_stands_in_the_candidates(
    expected: str, baseline: str, pairs: str, taken: str
) -> None:
    assert order(baseline, pairs, taken=taken) == expected


def test_what_is_removed_leaves_and_what_followed_it_stays() -> None:
    assert order("abc", "AC", removed="b") == "ac"


def test_a_dialogue_replaces_all_its_variants_and_a_variant_stands_behind_them() -> None:
    assert order("aabb", "AB", taken="A") == "Abb"
    assert order("aabb", "AB", taken="A", beside=True) == "aaA3bb"


def test_a_new_dialogue_is_its_first_variant() -> None:
    assert merged([], [("N", None)], taken={"N"}, removed=(), beside=True) == [Taken("N")]


@pytest.mark.parametrize(
    ("transcript_", "reason"),
    [
        (TALK, None),
        (replace(TALK, outcome=Outcome.UNMET), None),
        (FAILED, "error in turn 1 (timeout)"),
        (replace(TALK, outcome=Outcome.INTERRUPTED), "interrupted"),
        (PINNED, "played on the baseline's history alone, so that it is no dialogue of its own"),
    ],
)
def test_only_a_whole_dialogue_of_its_own_can_be_accepted(transcript_: Transcript, reason: str | None) -> None:
    assert refusal(transcript_) == reason


def test_nothing_that_was_asked_on_another_history_is_accepted() -> None:
    first = replace(TALK.turns[0], resamples=(AGAIN,))
    second = replace(TALK.turns[1], pinned=AGAIN, confirmations=(AGAIN,), resamples=(AGAIN,))
    played = replace(TALK, baseline_sha256="00", turns=(first, second))

    kept = accepted(played, variant=2)

    assert kept == replace(TALK, variant=2, turns=(first, TALK.turns[1]))
