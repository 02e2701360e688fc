"""Shards and parts: what several machines play of a run, told by the dialogues' ids alone, and several processes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from zlib import crc32

from dialogs.encoding import sha256_hex
from dialogs.errors import WrongUseError


class _OfModel(Protocol):
    @property
    def model(self) -> str: ...


_Played = TypeVar("_Played", bound=_OfModel)
_SHARD: Final = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `count`. All samples of a dialogue are in the same shard."""

    number: int
    count: int

    def __str__(self) -> str:
        """Write it as the flag has it."""
        return f"{self.number}/{self.count}"

    def holds(self, dialogue_id: str) -> bool:
        """Say whether a dialogue belongs to this shard."""
        return shard_number(dialogue_id, self.count) == self.number


@dataclass(frozen=True, slots=True)
class Part:
    """Part `number` (from 1) of `count` of one run that several processes play.

    The dialogues of each model are dealt out like cards, a round after the other, so that all parts have as many of
    them, to one more or less. Where a round begins is drawn by its number: else every second of the cases could go to
    the same process, and those may be the long ones.
    """

    number: int
    count: int

    def __str__(self) -> str:
        """Write it as the names of files have it."""
        return f"{self.number}-of-{self.count}"

    def holds(self, index: int) -> bool:
        """Say whether a dialogue belongs to this part; `index` (from 0) is its place among those of its model."""
        turn, place = divmod(index, self.count)
        return (place + crc32(turn.to_bytes(8))) % self.count + 1 == self.number

    def of(self, dialogues: Iterable[_Played]) -> Iterator[_Played]:
        """Give those of a run's dialogues that belong to this part."""
        dealt: Counter[str] = Counter()
        for dialogue in dialogues:
            if self.holds(dealt[dialogue.model]):
                yield dialogue
            dealt[dialogue.model] += 1


def parts(count: int) -> tuple[Part, ...]:
    """Return all parts of a run that is divided into `count`."""
    return tuple(Part(number, count) for number in range(1, count + 1))


def parse_shard(text: str) -> Shard:
    """Read `2/5`.

    Raises:
        WrongUseError: it is no shard.
    """
    found = _SHARD.fullmatch(text.strip())
    if found is not None and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    raise WrongUseError(f"--shard {text}: wanted NUMBER/COUNT, from 1/COUNT to COUNT/COUNT, as 2/5")


def shard_number(dialogue_id: str, count: int) -> int:
    """Return the shard (from 1) of `count` that a dialogue belongs to, by a hash of its id without the sample."""
    name, _, _sample = dialogue_id.rpartition("#")
    return int(sha256_hex((name or dialogue_id).encode())[:16], 16) % count + 1
