"""Compares the dialogues of two sides, pair by pair."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dialogs.compare.comparison import Comparison, DialogueComparison, TurnComparison
from dialogs.compare.evidence import NoiseEvidence
from dialogs.compare.expectations import expectation_changes
from dialogs.compare.inputs import input_differences
from dialogs.compare.likeness import Likeness, Rules
from dialogs.compare.pairing import entry, models, pairs
from dialogs.compare.resampling import measured_noise, resampled_turns
from dialogs.compare.sides import aligned_turns, ended_early
from dialogs.compare.turns import Judge, compare_turns
from dialogs.labels import Label
from dialogs.sameness import Sameness
from dialogs.transcript import Transcript

# A dialogue is what the worst of its turns is; one that gained or lost a turn has changed.
_BY_WEIGHT: Final = (
    (Label.ERROR, Label.ERROR),
    (Label.CHANGED, Label.CHANGED),
    (Label.MISSING, Label.CHANGED),
    (Label.ADDED, Label.CHANGED),
    (Label.UNATTRIBUTED, Label.CHANGED),
    (Label.MASKED, Label.MASKED),
    (Label.UNSTABLE, Label.UNSTABLE),
    (Label.KNOCK_ON, Label.KNOCK_ON),
    (Label.NOT_DISTINGUISHABLE, Label.NOT_DISTINGUISHABLE),
    (Label.UNREACHED, Label.UNREACHED),
)


def compare(
    baseline: Iterable[Transcript],
    candidate: Iterable[Transcript],
    sameness: Sameness | None = None,
    *,
    semantic: Likeness | None = None,
    noise: Mapping[tuple[str, int], NoiseEvidence] | None = None,
) -> Comparison:
    """Pair the dialogues by scenario, case and sample, by model too where a side has several, and compare each pair.

    `semantic` is the likeness of two texts by meaning, for the metric of that name; `noise` is what was measured at a
    turn, by the candidate's dialogue id and the turn's number; None: it is measured here.

    Raises:
        WrongUseError: a side holds one dialogue twice, or a rule of what to ignore cannot be read.
    """
    rules = sameness or Sameness()
    judged_by = Rules(rules, semantic)
    before, after = [entry(each) for each in baseline], [entry(each) for each in candidate]
    paired = [
        ([each.transcript for each in pair.baseline], pair.candidate.transcript if pair.candidate else None)
        for pair in pairs(before, after)
    ]
    if noise is None:
        noise = measured_noise(lambda: resampled_turns(paired), judged_by)
    judge = Judge(judged_by, noise)
    compared = tuple(compare_pair(variants, transcript, judge) for variants, transcript in paired)
    return Comparison(compared, rules, models(before), models(after))


def compare_pair(baseline: Sequence[Transcript], candidate: Transcript | None, judge: Judge) -> DialogueComparison:
    """Compare a dialogue with the accepted variant that it is most like; equal to any is the same.

    One of the two is there.
    """
    if candidate is None:
        return _one_sided(baseline[0], Label.MISSING)
    if not baseline:
        return _one_sided(candidate, Label.ADDED)
    return _nearest(_with_each_variant(baseline, candidate, judge))


def _with_each_variant(
    variants: Sequence[Transcript], candidate: Transcript, judge: Judge
) -> Iterator[DialogueComparison]:
    for baseline in variants:
        compared = _compare_two(baseline, candidate, judge)
        yield compared
        if not compared.differs:
            return


def _nearest(compared: Iterable[DialogueComparison]) -> DialogueComparison:
    """Return the one with the most turns that are the same, the first of them."""
    return max(compared, key=lambda one: (not one.differs, sum(turn.label is Label.SAME for turn in one.turns)))


def _compare_two(baseline: Transcript, candidate: Transcript, judge: Judge) -> DialogueComparison:
    aligned = aligned_turns(baseline, candidate)
    turns = tuple(compare_turns(baseline, candidate, aligned, judge))
    return DialogueComparison(
        label=_dialogue_label(baseline, candidate, turns),
        baseline_id=baseline.id,
        candidate_id=candidate.id,
        turns=turns,
        inputs=tuple(input_differences(baseline, candidate, aligned)),
        baseline_error=baseline.error,
        candidate_error=candidate.error,
        place=candidate.place or baseline.place,
        notes=tuple(_notes(baseline, candidate, turns)),
        baseline_variant=baseline.variant,
        is_whole=_is_whole(candidate),
    )


def _is_whole(candidate: Transcript) -> bool:
    return not ended_early(candidate) and not candidate.is_pinned


def _one_sided(transcript: Transcript, label: Label) -> DialogueComparison:
    missing = label is Label.MISSING
    return DialogueComparison(
        label=label,
        baseline_id=transcript.id if missing else None,
        candidate_id=None if missing else transcript.id,
        turns=tuple(
            TurnComparison(
                turn.turn, label, expectations=() if missing else tuple(expectation_changes((), turn.expectations))
            )
            for turn in transcript.turns
        ),
        baseline_error=transcript.error if missing else None,
        candidate_error=None if missing else transcript.error,
        place=transcript.place,
        is_whole=missing or _is_whole(transcript),
    )


def _dialogue_label(baseline: Transcript, candidate: Transcript, turns: Sequence[TurnComparison]) -> Label:
    if ended_early(baseline) or ended_early(candidate):
        return Label.ERROR
    found = {turn.label for turn in turns}
    return next((label for of_turn, label in _BY_WEIGHT if of_turn in found), Label.SAME)


def _notes(baseline: Transcript, candidate: Transcript, turns: Sequence[TurnComparison]) -> Iterator[str]:
    if any(turn.baseline_turn not in {None, turn.turn} for turn in turns):
        yield "the scripts differ: turns are compared with those in which the user says the same, or nearly"
    if baseline.is_pinned:
        yield "the baseline was played on another one's history alone, and has no replies of its own"
    is_same = all(turn.label is Label.SAME for turn in turns)
    if candidate.baseline_sha256 not in {None, baseline.stable_sha256} and not is_same:
        yield "played against another baseline than this, so its replies on that one's history are left out"
