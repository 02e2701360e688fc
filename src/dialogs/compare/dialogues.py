"""Pairs the dialogues of two sides, and compares them turn by turn."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from dialogs.compare.comparison import Aspect, Comparison, DialogueComparison, TurnComparison
from dialogs.compare.inputs import input_differences
from dialogs.compare.labels import Label
from dialogs.compare.replies import Reply, replies_by_turn, users_by_turn
from dialogs.encoding import canonical
from dialogs.errors import WrongUseError
from dialogs.transcript import Outcome, Transcript

_ByModel: TypeAlias = dict[str, Transcript]
_Replies: TypeAlias = tuple[Reply, ...]


def compare(baseline: Iterable[Transcript], candidate: Iterable[Transcript]) -> Comparison:
    """Pair the dialogues by scenario, case and sample, by model too where a side has several, and compare each pair.

    Raises:
        WrongUseError: a side holds one dialogue twice.
    """
    return Comparison(tuple(_dialogues(baseline, candidate)))


def _dialogues(baseline: Iterable[Transcript], candidate: Iterable[Transcript]) -> Iterator[DialogueComparison]:
    groups = _grouped(candidate, "candidate")
    for key, before in _grouped(baseline, "baseline").items():
        after = groups.pop(key, {})
        if len(before) == len(after) == 1:  # one model on each side, perhaps not the same
            after = dict(zip(before, after.values(), strict=True))
        for model, transcript in before.items():
            pair = after.pop(model, None)
            yield _compare_pair(transcript, pair) if pair else _one_sided(transcript, Label.MISSING)
        groups[key] = after
    yield from (_one_sided(transcript, Label.ADDED) for group in groups.values() for transcript in group.values())


def _grouped(transcripts: Iterable[Transcript], side: str) -> dict[bytes, _ByModel]:
    """Gather the models of each scenario, case and sample."""
    groups: dict[bytes, _ByModel] = {}
    for transcript in transcripts:
        group = groups.setdefault(canonical([transcript.scenario, transcript.case, transcript.sample]), {})
        if transcript.model in group:
            raise WrongUseError(f"the {side} has the dialogue {transcript.id} twice; wanted each dialogue once")
        group[transcript.model] = transcript
    return groups


def _compare_pair(baseline: Transcript, candidate: Transcript) -> DialogueComparison:
    turns = tuple(_compare_turns(baseline, candidate))
    return DialogueComparison(
        label=_dialogue_label(baseline, candidate, turns),
        baseline_id=baseline.id,
        candidate_id=candidate.id,
        turns=turns,
        inputs=tuple(input_differences(baseline, candidate)),
        baseline_error=baseline.error,
        candidate_error=candidate.error,
    )


def _one_sided(transcript: Transcript, label: Label) -> DialogueComparison:
    missing = label is Label.MISSING
    return DialogueComparison(
        label=label,
        baseline_id=transcript.id if missing else None,
        candidate_id=None if missing else transcript.id,
        turns=tuple(TurnComparison(turn.turn, label) for turn in transcript.turns),
        baseline_error=transcript.error if missing else None,
        candidate_error=None if missing else transcript.error,
    )


def _ended_early(transcript: Transcript) -> bool:
    return transcript.outcome in {Outcome.ERROR, Outcome.INTERRUPTED}


def _dialogue_label(baseline: Transcript, candidate: Transcript, turns: Sequence[TurnComparison]) -> Label:
    if _ended_early(baseline) or _ended_early(candidate):
        return Label.ERROR
    return Label.SAME if all(turn.label is Label.SAME for turn in turns) else Label.CHANGED


def _compare_turns(baseline: Transcript, candidate: Transcript) -> Iterator[TurnComparison]:
    before, after = replies_by_turn(baseline), replies_by_turn(candidate)
    users = {**users_by_turn(baseline), **users_by_turn(candidate)}
    differs_already = False
    for turn in sorted({*before, *after}):
        old, new = before.get(turn, ()), after.get(turn, ())
        aspects = _differing_aspects(old, new)
        label = _turn_label(baseline, candidate, old, new)
        if label is Label.CHANGED and differs_already:
            label = Label.UNATTRIBUTED
        differs_already = differs_already or label is Label.CHANGED
        if label is Label.SAME:
            yield TurnComparison(turn, label)
        else:
            yield TurnComparison(turn, label, users.get(turn), aspects if old and new else (), old, new)


def _turn_label(baseline: Transcript, candidate: Transcript, old: _Replies, new: _Replies) -> Label:
    if old and new:
        return Label.SAME if old == new else Label.CHANGED
    if (not old and _ended_early(baseline)) or (not new and _ended_early(candidate)):
        return Label.ERROR
    return Label.ADDED if new else Label.MISSING


def _differing_aspects(baseline: _Replies, candidate: _Replies) -> tuple[Aspect, ...]:
    rounds = list(zip_longest(baseline, candidate, fillvalue=Reply()))
    return tuple(
        aspect
        for aspect in Aspect
        if any(getattr(old, aspect.value) != getattr(new, aspect.value) for old, new in rounds)
    )
