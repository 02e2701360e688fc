"""Which dialogue of one side is which of the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from dialogs.encoding import canonical
from dialogs.errors import WrongUseError
from dialogs.transcript import Transcript

T = TypeVar("T")
_Key: TypeAlias = bytes | tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """What pairs a dialogue, and where to find the rest of it. `key` is of scenario, case and sample."""

    id: str
    key: bytes
    model: str
    variant: int
    item: T


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """A dialogue of the candidate, None where it is missing, and the baseline's, none where it is added.

    The baseline has several where several variants were accepted.
    """

    baseline: tuple[T, ...]
    candidate: T | None


def entry(transcript: Transcript) -> Entry[Transcript]:
    """Make the entry of a transcript that stays in memory."""
    key = canonical([transcript.scenario, transcript.case, transcript.sample])
    return Entry(transcript.id, key, transcript.model, transcript.variant, transcript)


def models(entries: Iterable[Entry[T]]) -> tuple[str, ...]:
    """Return the names of the models of a side, sorted."""
    return tuple(sorted({each.model for each in entries}))


def pairs(baseline: list[Entry[T]], candidate: list[Entry[T]]) -> Iterator[Pair[T]]:
    """Pair the dialogues by scenario, case and sample, and by model too where a side has several of them.

    They come in the baseline's order, and then what was added in the candidate's.

    Raises:
        WrongUseError: a side holds one variant of a dialogue twice.
    """
    by_model = len(models(baseline)) > 1 or len(models(candidate)) > 1
    before = _grouped(baseline, "baseline", by_model=by_model)
    after = _grouped(candidate, "candidate", by_model=by_model)
    for key, variants in before.items():
        items = tuple(each.item for each in variants)
        found = after.pop(key, None)
        yield from [Pair(items, each.item) for each in found] if found else [Pair(items, None)]
    for added in after.values():
        yield from (Pair((), each.item) for each in added)


def _grouped(entries: list[Entry[T]], side: str, *, by_model: bool) -> dict[_Key, list[Entry[T]]]:
    groups: dict[_Key, list[Entry[T]]] = {}
    for each in entries:
        group = groups.setdefault((each.key, each.model) if by_model else each.key, [])
        if any(other.variant == each.variant for other in group):
            raise WrongUseError(f"the {side} has the dialogue {each.id} twice; wanted each dialogue once")
        group.append(each)
    return groups
