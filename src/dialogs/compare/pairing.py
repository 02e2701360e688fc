"""Which dialogue of one side is which of the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from dialogs.encoding import JsonObject, canonical
from dialogs.errors import WrongUseError
from dialogs.transcript import Transcript

_Key: TypeAlias = str | tuple[str, str]


class Paired(Protocol):
    """What pairs a dialogue; `key` is of scenario, case and sample."""

    @property
    def id(self) -> str:
        """The dialogue's id, for messages."""

    @property
    def key(self) -> str:
        """What is the same on both sides, whatever the model."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def variant(self) -> int:
        """Which of the accepted variants it is."""


P = TypeVar("P", bound=Paired)


@dataclass(frozen=True, slots=True)
class Entry:
    """A transcript in memory, with what pairs it."""

    id: str
    key: str
    model: str
    variant: int
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Pair(Generic[P]):
    """A dialogue of the candidate, None where it is missing, and the baseline's, none where it is added.

    The baseline has several where several variants were accepted.
    """

    baseline: tuple[P, ...]
    candidate: P | None


def entry(transcript: Transcript) -> Entry:
    """Make the entry of a transcript that stays in memory."""
    key = pairing_key(transcript.id, transcript.scenario, transcript.case, transcript.model, transcript.sample)
    return Entry(transcript.id, key, transcript.model, transcript.variant, transcript)


def pairing_key(name: str, scenario: str, case: JsonObject | None, model: str, sample: int) -> str:
    """Return what is the same on both sides; a case is known by its name, whatever values it has on either side.

    Where an id is not of the usual form, and so has no name of the case, its values stand for it.
    """
    before, after = f"{scenario}[", f"]@{model}#{sample}"
    if case is not None and name.startswith(before) and name.endswith(after):
        return canonical([scenario, sample, name[len(before) : -len(after)]]).decode()
    return canonical([scenario, sample, case]).decode()  # the bytes that orjson gives keep 4 KiB of memory each


def models(entries: Iterable[Paired]) -> tuple[str, ...]:
    """Return the names of the models of a side, sorted."""
    return tuple(sorted({each.model for each in entries}))


def pairs(baseline: Sequence[P], candidate: Sequence[P]) -> Iterator[Pair[P]]:
    """Pair the dialogues by scenario, case and sample, and by model too where a side has several of them.

    They come in the baseline's order, and then what was added in the candidate's.

    Raises:
        WrongUseError: a side holds one variant of a dialogue twice.
    """
    by_model = len(models(baseline)) > 1 or len(models(candidate)) > 1
    before = _grouped(baseline, "baseline", by_model=by_model)
    after = _grouped(candidate, "candidate", by_model=by_model)
    for key, variants in before.items():
        found = after.pop(key, None)
        yield from [Pair(tuple(variants), each) for each in found] if found else [Pair(tuple(variants), None)]
    for added in after.values():
        yield from (Pair((), each) for each in added)


def _grouped(entries: Sequence[P], side: str, *, by_model: bool) -> dict[_Key, list[P]]:
    groups: dict[_Key, list[P]] = {}
    for each in entries:
        group = groups.setdefault((each.key, each.model) if by_model else each.key, [])
        if any(other.variant == each.variant for other in group):
            raise WrongUseError(f"the {side} has the dialogue {each.id} twice; wanted each dialogue once")
        group.append(each)
    return groups
