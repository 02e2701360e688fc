"""Shards: the parts of a run that several machines play, told by the dialogues' ids alone."""

import re
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import sha256_hex
from dialogs.errors import WrongUseError

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

    Samples of a dialogue are spread over the parts, and a shard is divided as evenly as a whole run is.
    """

    number: int
    count: int

    def __str__(self) -> str:
        """Write it as the names of files have it."""
        return f"{self.number}-of-{self.count}"

    def holds(self, dialogue_id: str) -> bool:
        """Say whether a dialogue belongs to this part."""
        return part_number(dialogue_id, self.count) == self.number

    def samples(self, name: str, samples: int) -> range:
        """Return which of so many samples of a dialogue, whose `name` is its id without them, belong to this part."""
        return range((self.number - part_number(f"{name}#0", self.count)) % self.count, samples, self.count)


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


def part_number(dialogue_id: str, count: int) -> int:
    """Return the part (from 1) of `count` that a dialogue belongs to, by digits of the hash that shards do not use."""
    name, _, sample = dialogue_id.rpartition("#")
    return (int(sha256_hex(name.encode())[16:32], 16) + int(sample)) % count + 1
