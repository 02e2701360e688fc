"""The noise of the turns that both sides were asked several times, measured over all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from dialogs.compare.comparison import Aspect
from dialogs.compare.evidence import NoiseEvidence
from dialogs.compare.likeness import Rules
from dialogs.compare.noise import evidence, measure, permutations_for
from dialogs.compare.replies import Replies, Reply, arm_replies, live_replies
from dialogs.compare.sides import aligned_turns
from dialogs.compare.words import words
from dialogs.errors import MissingModelError
from dialogs.transcript import Transcript, TurnRecord

Distance: TypeAlias = Callable[[Replies, Replies], float]
_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Resampled:
    """All replies of both sides to one request: `turn` is the candidate's."""

    dialogue: str
    turn: int
    baseline: tuple[Replies, ...]
    candidate: tuple[Replies, ...]


def resampled(baseline: Transcript, candidate: Transcript) -> Iterator[Resampled]:
    """Give the turns that both sides were asked several times on one history.

    That is the baseline's, where the candidate was played against it; else no reply before may differ by a byte.
    """
    attributed = candidate.baseline_sha256 is not None and candidate.baseline_sha256 == baseline.stable_sha256
    same_so_far = candidate.baseline_sha256 is None and baseline.baseline_sha256 is None
    for turn in aligned_turns(baseline, candidate):
        before = turn.before.record if turn.before else None
        after = turn.after.record if turn.after else None
        if before is None or after is None:
            same_so_far = same_so_far and not (before or after)
            continue
        old, new = _all_replies(baseline, before), _all_replies(candidate, after)
        is_own = before.pinned is None  # else the baseline's are on the history of a baseline of its own
        if (attributed or same_so_far) and is_own and before.resamples and after.resamples and old and new:
            yield Resampled(candidate.id, after.turn, old, new)
        same_so_far = same_so_far and _sent(baseline, before) == _sent(candidate, after)


def resampled_turns(paired: Iterable[tuple[Sequence[Transcript], Transcript | None]]) -> Iterator[Resampled]:
    """Give the resampled turns of all pairs; of several variants, that whose history the candidate was asked on."""
    for variants, candidate in paired:
        if candidate is None or not any(turn.resamples for turn in candidate.turns):
            continue
        found = (each for each in variants if candidate.baseline_sha256 in {None, each.stable_sha256})
        baseline = next(found, None)
        if baseline is not None:
            yield from resampled(baseline, candidate)


def _all_replies(transcript: Transcript, turn: TurnRecord) -> tuple[Replies, ...]:
    """Return the replies to one request: the first, and those that it brought when it was asked again."""
    first = arm_replies(transcript, turn, turn.pinned) if turn.pinned else live_replies(transcript, turn)
    again = (arm_replies(transcript, turn, arm) for arm in turn.resamples)
    return tuple(replies for replies in (first, *again) if replies)


def _sent(transcript: Transcript, turn: TurnRecord) -> list[object]:
    return [transcript.messages[completion.reply].get("content") for completion in turn.completions]


def measured_noise(turns: Callable[[], Iterable[Resampled]], rules: Rules) -> Mapping[tuple[str, int], NoiseEvidence]:
    """Measure the noise of each turn, and correct over all; `turns` is gone through twice, and held nowhere."""
    names = [(each.dialogue, each.turn) for each in turns()]
    permutations = permutations_for(len(names))
    distance = distance_under(rules)
    measured = [
        measure(each.baseline, each.candidate, distance, permutations=permutations, seed=f"{each.dialogue} {each.turn}")
        for each in turns()
    ]
    return dict(zip(names, evidence(measured), strict=True))


def distance_under(rules: Rules) -> Distance:
    """Return how far apart two replies are: 0 where they are the same under the rules, else less the more alike.

    Texts are measured by their words, unless the rules measure their meaning, so that free text can agree in part; what
    differs in more than its text is as far apart as can be.
    """

    def distance(one: Replies, other: Replies) -> float:
        difference = rules.difference(one, other)
        if not difference.aspects:
            return 0.0
        if difference.aspects != (Aspect.CONTENT,) or len(one) != len(other):
            return 1.0
        if difference.similarity is not None:
            return 1.0 - difference.similarity
        return 1.0 - min(_likeness(_text(old), _text(new)) for old, new in zip(one, other, strict=True))

    return distance


def _text(reply: Reply) -> str:
    return reply.content.raw if reply.content else ""


def _likeness(one: str, other: str) -> float:
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only resampled turns need it

    return float(Indel.normalized_similarity(_parts(one), _parts(other)))


@lru_cache(maxsize=_REMEMBERED)
def _parts(text: str) -> tuple[str, ...]:
    """Return the words, or where they cannot be told apart, the characters."""
    try:
        return tuple(words(text))
    except MissingModelError:
        return tuple(text)
